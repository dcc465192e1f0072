import JSON

/// A pattern's lower triangle, row by row, as the roots of its shares in 16 or 8 bits.
enum Triangle {
    /// More cells than these are written in 8 bits instead of 16.
    static let fineCells = 200_000
    /// More cells than these are no page any more, of at most 2 MB.
    static let mostCells = 900_000

    /// `{"u16": base64}` or `{"u8": base64}` of a matrix [T, T] whose upper triangle is null.
    static func packed(_ rows: JSON, isFine: Bool) -> JSON {
        let most = isFine ? Double(UInt16.max) : Double(UInt8.max)
        var bytes: [UInt8] = []
        for (destination, row) in (rows.array ?? []).enumerated() {
            for value in (row.array ?? []).prefix(destination + 1) {
                let share = min(max(value.number ?? 0, 0), 1)
                let number = UInt16((share.squareRoot() * most + 0.5).rounded(.down))
                bytes.append(UInt8(truncatingIfNeeded: number))
                if isFine { bytes.append(UInt8(number >> 8)) }
            }
        }
        return [isFine ? "u16" : "u8": .string(base64(bytes))]
    }

    /// Three bytes in four characters.
    ///
    /// *Source:* RFC 4648, section 4.
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = 0
            for place in 0..<3 { bits = bits << 8 | (place < group.count ? Int(group[start + place]) : 0) }
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
