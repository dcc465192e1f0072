private import Glibc

/// The natural logarithm, so that Glibc's name does not spread.
func logarithm(_ x: Double) -> Double { log(x) }
