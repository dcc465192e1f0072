private import Glibc

/// The exponential function in double precision, so that Glibc's name does not spread.
func exponential(_ x: Double) -> Double { exp(x) }

/// The exponential function in single precision: a third of the other's time.
func exponential(_ x: Float) -> Float { expf(x) }

/// The natural logarithm in double precision.
func logarithm(_ x: Double) -> Double { log(x) }
