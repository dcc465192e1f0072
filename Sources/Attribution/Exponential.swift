private import Glibc

/// The exponential function in double precision, so that Glibc's name does not spread.
func exponential(_ x: Double) -> Double { exp(x) }

/// The natural logarithm in double precision.
func logarithm(_ x: Double) -> Double { log(x) }
