/// A 64-bit name for numbers: equal data, equal fingerprint; any change, almost surely another.
///
/// Four lanes of multiply-and-rotate over the elements' bit patterns, so that half a gigabyte of weights takes a fraction of a second.
/// It tells data apart; it does not resist a forger.
public struct Fingerprint: Sendable, Equatable {
    private var lanes: SIMD4<UInt64> = [
        0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x27D4_EB2F_1656_67C5,
    ]
    private var count: UInt64 = 0

    /// The fingerprint of nothing yet.
    public init() {}

    /// Takes in numbers, in order.
    public mutating func update(_ values: Span<Float>) {
        let multiplier = SIMD4<UInt64>(repeating: 0xFF51_AFD7_ED55_8CCD)
        let whole = values.count & ~3, piece = Steps.bytes / MemoryLayout<Float>.stride
        for start in stride(from: 0, to: whole, by: piece) {
            for index in stride(from: start, to: min(start + piece, whole), by: 4) {
                let bits = SIMD4<UInt64>(
                    UInt64(values[index].bitPattern), UInt64(values[index + 1].bitPattern), UInt64(values[index + 2].bitPattern),
                    UInt64(values[index + 3].bitPattern))
                lanes = (lanes ^ bits) &* multiplier
                lanes = (lanes &<< 31) | (lanes &>> 33)
            }
            Steps.advance()
        }
        for index in whole..<values.count { mix(UInt64(values[index].bitPattern)) }
        count &+= UInt64(values.count)
    }

    /// Takes in a whole number, such as a size.
    public mutating func update(_ value: Int) { mix(UInt64(bitPattern: Int64(value))) }

    /// The name.
    public var value: UInt64 {
        var finished = self
        finished.mix(count)
        var sum = finished.lanes[0] ^ finished.lanes[1] &* 3 ^ finished.lanes[2] &* 5 ^ finished.lanes[3] &* 7
        sum = (sum ^ (sum >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return sum ^ (sum >> 29)
    }

    /// The name as sixteen hexadecimal digits.
    public var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private mutating func mix(_ word: UInt64) {
        lanes[0] = (lanes[0] ^ word) &* 0xFF51_AFD7_ED55_8CCD
        lanes[0] = (lanes[0] << 31) | (lanes[0] >> 33)
    }
}
