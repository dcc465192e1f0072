import LMDB
private import Tensors

/// The header of every value: CRC-32C u32, layout version u8, table tag u8, zero u16.
///
/// The checksum covers the rest of the header, the key and the payload, so that a value under a wrong key is found too.
enum Record {
    static let headerBytes = 8
    /// The version of the payload layouts in `Schema`.
    static let layout: UInt8 = 1

    /// The header for a payload.
    static func header(key: Span<UInt8>, payload: Span<UInt8>, table: Schema.Table) -> [UInt8] {
        header(key: key, payload: payload, tag: table.rawValue)
    }

    /// The header for a payload of the table with that tag.
    static func header(key: Span<UInt8>, payload: Span<UInt8>, tag: UInt8) -> [UInt8] {
        let tail = [layout, tag, 0, 0]
        let checksum = checksum(tail: tail.span, key: key, payload: payload)
        var header: [UInt8] = []
        header.reserveCapacity(headerBytes)
        header.append(littleEndian: checksum)
        header.append(contentsOf: tail)
        return header
    }

    /// The payload of a value, after its header was checked.
    ///
    /// - Throws: `StoreError.corrupt` naming the database and the key.
    @_lifetime(copy value)
    static func payload(_ value: Span<UInt8>, key: Span<UInt8>, table: Schema.Table) throws -> Span<UInt8> {
        if let damage = damage(value, key: key, tag: table.rawValue) { throw table.corrupt(key, damage) }
        return value.extracting(headerBytes...)
    }

    /// What is wrong with a value of the table with that tag, in words; nil if it is sound.
    static func damage(_ value: Span<UInt8>, key: Span<UInt8>, tag: UInt8) -> String? {
        guard value.count >= headerBytes else {
            return "the value has \(value.count) bytes, less than its header of \(headerBytes)"
        }
        let stored = value.load(at: 0, as: UInt32.self)
        let computed = checksum(
            tail: value.extracting(4..<headerBytes), key: key, payload: value.extracting(headerBytes...))
        guard stored == computed else { return "the checksum is \(computed.hexadecimal), not the stored \(stored.hexadecimal)" }
        guard value[4] == layout, value[5] == tag else {
            return "the header names layout \(value[4]) and table \(value[5]), not \(layout) and \(tag)"
        }
        return nil
    }

    private static func checksum(tail: Span<UInt8>, key: Span<UInt8>, payload: Span<UInt8>) -> UInt32 {
        Steps.advance()
        var checksum = CRC32C()
        checksum.update(tail)
        checksum.update(key)
        checksum.update(payload)
        return checksum.value
    }
}

extension Schema.Table {
    /// The error for a damaged value.
    func corrupt(_ key: Span<UInt8>, _ what: String) -> StoreError {
        .corrupt(database: name, key: KeyDescription.of(key.array, in: self), what: what)
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// All digits in base 16.
    var hexadecimal: String {
        let digits = String(self, radix: 16)
        return "0x" + String(repeating: "0", count: Self.bitWidth / 4 - digits.count) + digits
    }
}

extension [UInt8] {
    /// Appends a number as values hold it.
    mutating func append<T: FixedWidthInteger>(littleEndian number: T) {
        for shift in stride(from: 0, to: T.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// Appends a number as keys hold it.
    mutating func append<T: FixedWidthInteger>(bigEndian number: T) {
        for shift in stride(from: T.bitWidth - 8, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}

extension Span<UInt8> {
    /// The number in a key.
    func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T {
        load(at: offset, as: type).byteSwapped
    }

    /// The float in a value.
    func float(at offset: Int) -> Float { Float(bitPattern: load(at: offset, as: UInt32.self)) }
}
