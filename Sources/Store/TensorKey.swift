import LMDB

/// The key of one chunk of a tensor; chunk 0 is the tensor's header.
struct TensorKey: Hashable, CustomStringConvertible {
    let owner: String
    let name: String
    let chunk: UInt32

    /// The beginning that all keys of one owner share.
    static func prefix(owner: String) throws -> [UInt8] {
        let text = try DocumentKey.validated(owner, longest: DocumentKey.longestIdentifier)
        return [UInt8(text.count)] + text
    }

    /// The beginning that all keys of one tensor share.
    static func prefix(owner: String, name: String) throws -> [UInt8] {
        let text = try DocumentKey.validated(name, longest: Schema.Tensor.longestName)
        let key = try prefix(owner: owner) + [UInt8(text.count)] + text
        let longest = Environment.largestKey - MemoryLayout<UInt32>.size
        guard key.count <= longest else {
            throw StoreError.invalidIdentifier(
                owner + " " + name, reason: "owner and name have \(key.count - 2) bytes together, and \(longest - 2) is the most")
        }
        return key
    }

    init(owner: String, name: String, chunk: UInt32) {
        self.owner = owner
        self.name = name
        self.chunk = chunk
    }

    /// Reads a key back; nil if it is not a tensor's.
    init?(_ key: [UInt8]) {
        guard let ownerLength = key.first.map(Int.init), key.count > 1 + ownerLength else { return nil }
        let nameLength = Int(key[1 + ownerLength])
        let nameStart = 2 + ownerLength
        guard key.count == nameStart + nameLength + MemoryLayout<UInt32>.size,
            let owner = String(validating: key[1..<(1 + ownerLength)], as: UTF8.self),
            let name = String(validating: key[nameStart..<(nameStart + nameLength)], as: UTF8.self)
        else { return nil }
        self.init(owner: owner, name: name, chunk: key.span.bigEndian(at: nameStart + nameLength, as: UInt32.self))
    }

    /// The key's bytes.
    func encoded() throws -> [UInt8] {
        var key = try TensorKey.prefix(owner: owner, name: name)
        key.append(bigEndian: chunk)
        return key
    }

    /// The owner, the name and the chunk.
    var description: String { "\(owner) \(name) chunk \(chunk)" }
}
