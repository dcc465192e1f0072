/// Widening of the two 16-bit formats that model files use.
public enum HalfPrecision {
    /// The single-precision value of an IEEE 754 binary16 pattern; exact.
    ///
    /// Written without `Float16`, which on a processor without F16C is a library call per element: shifting the pattern into place
    /// leaves the exponent 112 too low, and the product with 2^112 repairs that for normal and subnormal numbers alike.
    @inlinable
    public static func widen(binary16 bits: UInt16) -> Float {
        let magnitude = Float(bitPattern: UInt32(bits & 0x7FFF) << 13) * 0x1p112
        let infinityOrNaN: UInt32 = bits & 0x7C00 == 0x7C00 ? 0x7F80_0000 : 0
        return Float(bitPattern: magnitude.bitPattern | infinityOrNaN | UInt32(bits & 0x8000) << 16)
    }

    /// The single-precision value of a bfloat16 pattern (the upper half of a binary32); exact.
    @inlinable
    public static func widen(bfloat16 bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
}
