import Glibc
import Store
import Testing

@Suite struct CorruptionTests {
    let directory = TemporaryDirectory()

    @Test func `The checksum is CRC-32C`() {
        // Source: RFC 3720, B.4, and the check value of the CRC catalogue.
        func checksum(_ bytes: [UInt8]) -> UInt32 {
            var checksum = CRC32C()
            checksum.update(bytes.span)
            return checksum.value
        }
        #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(checksum(Array(0..<32)) == 0x46DD_794E)
        #expect(checksum([]) == 0)
    }

    @Test func `A checksum taken in pieces is that of the whole`() {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 * 37) }
        var whole = CRC32C()
        whole.update(bytes.span)
        for cut in 0...100 {
            var pieces = CRC32C()
            pieces.update(bytes.span.extracting(..<cut))
            pieces.update(bytes.span.extracting(cut...))
            #expect(pieces.value == whole.value)
        }
    }

    @Test func `A byte flipped in the file is found by reading and by verification, which go on with the rest`() throws {
        let marked = Array("a payload that occurs once in the file".utf8)
        do {
            let store = try Store(directory: directory.path)
            try store.write { writer in
                try writer.put([1], .models, id: "gpt2")
                try writer.put(marked, .models, id: "gpt2-medium")
                try writer.put([3], .models, id: "gpt2-xl")
            }
        }
        try flip(in: marked)
        let store = try Store(directory: directory.path)
        let error = #expect(throws: StoreError.self) { try store.read { try $0.document(.models, id: "gpt2-medium") } }
        guard case .corrupt("models", "gpt2-medium", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try store.read { try $0.document(.models, id: "gpt2") } == [1])
        let report = try store.verify()
        #expect(report.findings.map(\.key) == ["gpt2-medium"])
        #expect(report.findings.map(\.database) == ["models"])
        #expect(report.records == 4, "three documents and the version")
    }

    @Test func `A value under a wrong key is corrupt`() throws {
        do {
            let store = try Store(directory: directory.path)
            try store.write { writer in
                try writer.put([1], .names, id: "a")
                try writer.put([2], .names, id: "b")
            }
        }
        let raw = try RawStore(directory.path)
        let a = try raw.record(in: "names", at: 0)
        try raw.replace(in: "names", key: Array("b".utf8)) { _ in a.value }
        raw.close()
        let store = try Store(directory: directory.path)
        #expect(try store.read { try $0.document(.names, id: "a") } == [1])
        #expect(throws: StoreError.self) { try store.read { try $0.document(.names, id: "b") } }
    }

    @Test(arguments: ["map_entries", "map_mirror", "map_rankings"])
    func `A map that lost a record is found by verification`(database: String) throws {
        do {
            let store = try Store(directory: directory.path)
            try store.writeEntries(map: 1, entries: MapTests.entries(300, features: 30, heads: 2, seed: 9))
        }
        let raw = try RawStore(directory.path)
        try raw.replace(in: database, key: raw.record(in: database, at: 3).key) { _ in nil }
        raw.close()
        let findings = try Store(directory: directory.path).verify().findings
        #expect(findings.map(\.database) == ["map_summaries"])
        #expect(findings.map(\.key) == ["map 1"])
    }

    /// Flips one bit in the middle of every place of the file that holds `pattern`.
    private func flip(in pattern: [UInt8]) throws {
        let descriptor = unsafe open(directory.path + "/data.mdb", O_RDWR)
        defer { close(descriptor) }
        var content = [UInt8](repeating: 0, count: 1 << 20)
        let length = unsafe read(descriptor, &content, content.count)
        var found = 0
        for start in 0..<(length - pattern.count) where content[start..<(start + pattern.count)].elementsEqual(pattern) {
            let place = start + pattern.count / 2
            let flipped = [content[place] ^ 0x04]
            #expect(unsafe pwrite(descriptor, flipped, 1, place) == 1)
            found += 1
        }
        try #require(found > 0)
    }
}
