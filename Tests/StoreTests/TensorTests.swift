import Store
import Testing

@Suite struct TensorTests {
    /// Floats in a chunk of 256 pages: less the page header, the record's header and the stamp.
    static let floatsPerChunk = (256 * 4096 - 16 - 8 - 8) / 4
    let directory = TemporaryDirectory()

    private func values(_ count: Int) -> [Float] { (0..<count).map { Float($0) * 0.5 - 100 } }

    @Test(arguments: [0, 1, floatsPerChunk - 1, floatsPerChunk, floatsPerChunk + 1, 10 * floatsPerChunk + 3])
    func `Tensors are read as they were written`(count: Int) throws {
        let store = try Store(directory: directory.path)
        let tensor = StoredTensor(shape: [count, 1], values: values(count))
        try store.writeTensor(tensor.values, shape: tensor.shape, owner: "d1", name: "W_enc")
        #expect(try store.read { try $0.tensor(owner: "d1", name: "W_enc") } == tensor)
        #expect(try store.verify().findings.isEmpty)
    }

    @Test func `NaN, infinity and negative zero keep their bits, and a single number has no sizes`() throws {
        let store = try Store(directory: directory.path)
        let odd: [Float] = [Float(bitPattern: 0x7FC0_1234), -.infinity, -0.0, .leastNonzeroMagnitude]
        try store.writeTensor(odd, shape: [4], owner: "d1", name: "odd")
        try store.writeTensor([3], shape: [], owner: "d1", name: "step")
        let read = try store.read { (try $0.tensor(owner: "d1", name: "odd"), try $0.tensor(owner: "d1", name: "step")) }
        #expect(read.0?.values.map(\.bitPattern) == odd.map(\.bitPattern))
        #expect(read.1 == StoredTensor(shape: [], values: [3]))
    }

    @Test func `Tensors are listed and deleted by owner`() throws {
        let store = try Store(directory: directory.path)
        for owner in ["d1", "d10", "d2"] {
            for name in ["W_enc", "b_enc"] { try store.writeTensor([1, 2], shape: [2], owner: owner, name: name) }
        }
        try store.writeTensor(values(12 * Self.floatsPerChunk), shape: [12, Self.floatsPerChunk], owner: "d1", name: "W_dec")
        let listed = try store.read { try $0.tensors(owner: "d1") }
        #expect(listed.map(\.name) == ["W_dec", "W_enc", "b_enc"])
        #expect(listed.map(\.shape) == [[12, Self.floatsPerChunk], [2], [2]])
        try store.deleteTensors(owner: "d1")
        #expect(try store.read { try $0.tensors(owner: "d1") }.isEmpty)
        #expect(try store.read { try $0.tensors(owner: "d10") }.count == 2)
        #expect(try store.stats().entries["tensors"] == 8)
    }

    @Test func `A tensor is replaced, and its space is used again`() throws {
        let store = try Store(directory: directory.path)
        for round in 0..<6 {
            try store.writeTensor([Float](repeating: Float(round), count: 1 << 20), shape: [1 << 20], owner: "d1", name: "W_enc")
        }
        #expect(try store.read { try $0.tensor(owner: "d1", name: "W_enc") }?.values.last == 5)
        #expect(try store.stats().fileSize < 4 * (4 << 20), "six times 4 MiB take the room of at most three")
    }

    @Test func `A missing chunk is corrupt`() throws {
        try damage { raw, key in try raw.replace(in: "tensors", key: key) { _ in nil } }
        try expectCorrupt("missing")
    }

    @Test func `A chunk of an earlier tensor of the same name is corrupt`() throws {
        var old: [UInt8] = []
        try damage { raw, key in
            try raw.replace(in: "tensors", key: key) { value in
                old = value; return value
            }
        }
        try damage { raw, key in try raw.replace(in: "tensors", key: key) { _ in old } }
        try expectCorrupt("torn")
    }

    @Test func `A flipped bit in a chunk is corrupt`() throws {
        try damage { raw, key in
            try raw.replace(in: "tensors", key: key) { value in
                var value = value
                value[500_000] ^= 0x10
                return value
            }
        }
        try expectCorrupt("checksum")
    }

    @Test(arguments: ["", "a\u{0}b", String(repeating: "n", count: 251)]) func `Names that the store does not take are refused`(
        _ name: String
    ) throws {
        let store = try Store(directory: directory.path)
        #expect(throws: StoreError.self) { try store.writeTensor([1], shape: [1], owner: "d1", name: name) }
    }

    /// Writes a tensor of three chunks and hands over the key of the second.
    private func damage(_ change: (RawStore, [UInt8]) throws -> Void) throws {
        do {
            let store = try Store(directory: directory.path)
            try store.writeTensor(
                values(2 * Self.floatsPerChunk + 5), shape: [2 * Self.floatsPerChunk + 5], owner: "d1", name: "W")
        }
        let raw = try RawStore(directory.path)
        defer { raw.close() }
        try change(raw, raw.record(in: "tensors", at: 2).key)
    }

    /// Expects both the reader and the verification to name the damaged chunk.
    private func expectCorrupt(_ word: String) throws {
        let store = try Store(directory: directory.path)
        let error = #expect(throws: StoreError.self) { try store.read { try $0.tensor(owner: "d1", name: "W") } }
        guard case .corrupt("tensors", "d1 W chunk 2", let what) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(what.contains(word))
        #expect(try store.verify().findings.contains { $0.key == "d1 W chunk 2" && $0.what.contains(word) })
    }
}
