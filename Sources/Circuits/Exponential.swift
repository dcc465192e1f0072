private import Glibc

/// eˣ.
func exponential(_ x: Double) -> Double { exp(x) }
