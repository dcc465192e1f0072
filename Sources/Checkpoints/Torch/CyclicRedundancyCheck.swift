/// CRC-32 as ZIP computes it: the reflected polynomial 0xEDB88320, eight bytes at a time.
///
/// *Source:* APPNOTE.TXT 4.4.7; slicing by eight after Kounavis & Berry 2005.
struct CyclicRedundancyCheck {
    private static let sliceBytes = 8
    /// [8, 256] what a byte does to the remainder, at each of eight places.
    private static let tables: [UInt32] = {
        let polynomial: UInt32 = 0xEDB8_8320
        var tables = (0..<UInt32(256)).map { byte in
            (0..<8).reduce(byte) { remainder, _ in remainder & 1 == 1 ? remainder >> 1 ^ polynomial : remainder >> 1 }
        }
        for place in 256..<sliceBytes * 256 {
            let before = tables[place - 256]
            tables.append(before >> 8 ^ tables[Int(before & 0xFF)])
        }
        return tables
    }()

    private var remainder = UInt32.max

    /// The check of all bytes so far.
    var value: UInt32 { ~remainder }

    /// Takes in more bytes.
    mutating func update(_ bytes: [UInt8]) {
        let tables = Self.tables
        var remainder = remainder, place = 0
        while place + Self.sliceBytes <= bytes.count {
            let low = remainder ^ UInt32(littleEndian: bytes, at: place)
            let first = tables[7 * 256 + Int(low & 0xFF)] ^ tables[6 * 256 + Int(low >> 8 & 0xFF)]
            let second = tables[5 * 256 + Int(low >> 16 & 0xFF)] ^ tables[4 * 256 + Int(low >> 24)]
            let third = tables[3 * 256 + Int(bytes[place + 4])] ^ tables[2 * 256 + Int(bytes[place + 5])]
            remainder = first ^ second ^ third ^ tables[256 + Int(bytes[place + 6])] ^ tables[Int(bytes[place + 7])]
            place += Self.sliceBytes
        }
        while place < bytes.count {
            remainder = remainder >> 8 ^ tables[Int(remainder & 0xFF) ^ Int(bytes[place])]
            place += 1
        }
        self.remainder = remainder
    }
}

extension FixedWidthInteger {
    /// The number whose bytes begin at `place`, lowest first.
    ///
    /// - Precondition: they are all there.
    init(littleEndian bytes: [UInt8], at place: Int) {
        var number: Self = 0
        for index in (0..<Self.bitWidth / 8).reversed() { number = number << 8 | Self(truncatingIfNeeded: bytes[place + index]) }
        self = number
    }
}
