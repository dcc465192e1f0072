// Identifiers as keys, such that "d2" comes before "d12" and every identifier can be read back from its key.
//
// 1. Before each longest run of digits stands one byte with the run's length: "d12" is d 0x02 1 2.
// 2. Identifiers have no control characters, so a byte below 0x20 in a key is always such a length.
// 3. Of two identifiers that agree up to a run of digits, the shorter run is the smaller number (leading zeros aside), and
//    equal lengths compare as text: so the engine's byte order is the numeric order.
// 4. A run of more than 31 digits is cut into pieces of 31; still unique, no longer in numeric order.

/// The key of a document.
enum DocumentKey {
    static let longestIdentifier = 255
    private static let longestRun = 31
    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    /// The key for an identifier: at most 255 bytes and 128 lengths, within the engine's 511.
    ///
    /// - Throws: `StoreError.invalidIdentifier`.
    static func encode(_ identifier: String) throws -> [UInt8] {
        let text = try validated(identifier, longest: longestIdentifier)
        var key: [UInt8] = []
        key.reserveCapacity(text.count + 4)
        var index = 0
        while index < text.count {
            guard digits.contains(text[index]) else {
                key.append(text[index])
                index += 1
                continue
            }
            var end = index + 1
            while end < text.count, end - index < longestRun, digits.contains(text[end]) { end += 1 }
            key.append(UInt8(end - index))
            key.append(contentsOf: text[index..<end])
            index = end
        }
        return key
    }

    /// The identifier of a key; nil if the key was not made by `encode`.
    static func decode(_ key: [UInt8]) -> String? {
        let text = key.filter { $0 > longestRun }
        guard let identifier = String(validating: text, as: UTF8.self), (try? encode(identifier)) == key else { return nil }
        return identifier
    }

    /// The bytes of an identifier of 1 to `longest` bytes without control characters.
    static func validated(_ identifier: String, longest: Int) throws -> [UInt8] {
        let text = Array(identifier.utf8)
        guard !text.isEmpty else { throw StoreError.invalidIdentifier(identifier, reason: "it is empty") }
        guard text.count <= longest else {
            throw StoreError.invalidIdentifier(identifier, reason: "it has \(text.count) bytes, and \(longest) is the most")
        }
        let delete: UInt8 = 0x7F
        guard !text.contains(where: { $0 < UInt8(ascii: " ") || $0 == delete }) else {
            throw StoreError.invalidIdentifier(identifier, reason: "it contains a control character")
        }
        return text
    }
}
