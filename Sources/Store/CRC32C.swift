// CRC-32C (Castagnoli), eight bytes a step: table k holds the checksum of a byte followed by k zero bytes, and the
// checksum of eight bytes is the exclusive or of eight table entries. *Source:* RFC 3720 B.4 for the polynomial and the
// test values; M. Kounavis and F. Berry, "A Systematic Approach to Building High Performance Software-Based CRC Generators".
import LMDB

/// A running CRC-32C.
package struct CRC32C {
    /// The polynomial 0x1EDC6F41, bits reversed.
    private static let polynomial: UInt32 = 0x82F6_3B78
    private static let slices = 8

    /// [slice, byte], flat.
    private static let table: [UInt32] = {
        var table = [UInt32](repeating: 0, count: slices * 256)
        for byte in 0..<256 {
            var remainder = UInt32(byte)
            for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 0 ? 0 : polynomial) }
            table[byte] = remainder
        }
        for index in 256..<table.count {
            let shorter = table[index - 256]
            table[index] = shorter >> 8 ^ table[Int(shorter & 0xFF)]
        }
        return table
    }()

    private var remainder = ~UInt32(0)

    /// The checksum of no bytes.
    package init() {}

    /// The checksum of all bytes so far.
    package var value: UInt32 { ~remainder }

    /// Takes in bytes; about 2 GB/s.
    package mutating func update(_ bytes: Span<UInt8>) {
        let table = CRC32C.table.span
        var remainder = self.remainder
        var offset = 0
        while offset + CRC32C.slices <= bytes.count {
            let word = bytes.load(at: offset, as: UInt64.self) ^ UInt64(remainder)
            remainder =
                table[7 << 8 | Int(word & 0xFF)] ^ table[6 << 8 | Int(word >> 8 & 0xFF)]
                ^ table[5 << 8 | Int(word >> 16 & 0xFF)] ^ table[4 << 8 | Int(word >> 24 & 0xFF)]
                ^ table[3 << 8 | Int(word >> 32 & 0xFF)] ^ table[2 << 8 | Int(word >> 40 & 0xFF)]
                ^ table[1 << 8 | Int(word >> 48 & 0xFF)] ^ table[Int(word >> 56)]
            offset += CRC32C.slices
        }
        while offset < bytes.count {
            remainder = remainder >> 8 ^ table[Int((remainder ^ UInt32(bytes[offset])) & 0xFF)]
            offset += 1
        }
        self.remainder = remainder
    }
}
