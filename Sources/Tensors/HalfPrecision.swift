/// Widening of the two 16-bit formats that model files use.
public enum HalfPrecision {
    /// The single-precision value of an IEEE 754 binary16 pattern; exact.
    public static func widen(binary16 bits: UInt16) -> Float { Float(Float16(bitPattern: bits)) }

    /// The single-precision value of a bfloat16 pattern (the upper half of a binary32); exact.
    public static func widen(bfloat16 bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
}
