/// Conversion to and from the two 16-bit formats that model files use.
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

    /// The binary16 pattern nearest to a single-precision value; of two as near, the even one.
    ///
    /// 1. Small ones become subnormal: adding 0.5, whose last place is 2^-24, makes the processor round where binary16 ends.
    /// 2. Others are rounded in the integer (adding half of the last place less one, and one if the place above is odd), and their exponent
    ///    is set 112 lower.
    /// 3. From 65520 on it is infinity; what is no number stays none.
    ///
    /// Written without `Float16` for the reason given above, and without branches, so that a loop of it is vectorised.
    ///
    /// *Source:* F. Giesen, "Float->half variants", round to nearest even.
    @inlinable
    public static func narrow(binary16 value: Float) -> UInt16 {
        let sign = value.bitPattern & 0x8000_0000, magnitude = value.bitPattern ^ sign
        let half = Float(0.5)
        let subnormal = (Float(bitPattern: magnitude) + half).bitPattern &- half.bitPattern
        let normal = (magnitude &- 0x3800_0000 &+ 0xFFF &+ (magnitude >> 13 & 1)) >> 13
        let leastNormal: UInt32 = 0x3880_0000, overflow: UInt32 = 0x477F_F000, infinity: UInt32 = 0x7F80_0000
        var bits = magnitude < leastNormal ? subnormal : normal
        bits = magnitude >= overflow ? 0x7C00 : bits
        bits = magnitude > infinity ? 0x7E00 : bits
        return UInt16(truncatingIfNeeded: bits | sign >> 16)
    }

    /// Appends the binary16 patterns nearest to numbers, little-endian.
    ///
    /// - Returns: Whether every finite number stayed finite: its magnitude was below 65520.
    public static func narrow(_ values: Span<Float>, appendingTo bytes: inout [UInt8]) -> Bool {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: values.count * MemoryLayout<UInt16>.size))
        var overflowed: UInt32 = 0
        unsafe bytes.withUnsafeMutableBytes { target in
            unsafe values.withUnsafeBufferPointer { source in
                guard let base = target.baseAddress else { return }
                let first = unsafe base + start
                for index in source.indices {
                    let value = unsafe source[index], bits = narrow(binary16: value)
                    unsafe (first + index * MemoryLayout<UInt16>.size).storeBytes(of: bits.littleEndian, as: UInt16.self)
                    let isInfinite: UInt32 = bits & 0x7FFF == 0x7C00 ? 1 : 0
                    let wasFinite: UInt32 = value.bitPattern & 0x7F80_0000 != 0x7F80_0000 ? 1 : 0
                    overflowed |= isInfinite & wasFinite
                }
            }
        }
        return overflowed == 0
    }

    /// Widens little-endian binary16 patterns.
    ///
    /// - Parameters:
    ///   - bytes: [2n] the patterns, aligned or not.
    ///   - values: Where the n numbers go.
    ///   - position: The place of the first.
    /// - Precondition: the numbers fit behind `position`.
    public static func widen(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>, at position: Int) {
        let n = bytes.count / MemoryLayout<UInt16>.size
        precondition(position >= 0 && n <= values.count - position, "\(n) numbers at \(position) do not fit into \(values.count)")
        unsafe bytes.withUnsafeBytes { source in
            unsafe values.withUnsafeMutableBufferPointer { target in
                guard let from = source.baseAddress, let base = target.baseAddress else { return }
                let to = unsafe base + position
                for index in 0..<n {
                    let bits = unsafe (from + index * MemoryLayout<UInt16>.size).loadUnaligned(as: UInt16.self)
                    unsafe to[index] = widen(binary16: UInt16(littleEndian: bits))
                }
            }
        }
    }

    /// The single-precision value of a bfloat16 pattern (the upper half of a binary32); exact.
    @inlinable
    public static func widen(bfloat16 bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
}
