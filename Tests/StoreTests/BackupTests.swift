import Glibc
import Store
import Tensors
import Testing

@Suite struct BackupTests {
    let directory = TemporaryDirectory()
    var place: String { directory.path + "/store" }
    var backup: String { directory.path + "/backup.mdb" }

    private func backUp(_ store: Store) throws {
        var file = try ReplacementFile(backup)
        try store.backUp(to: file)
        try file.commit()
    }

    private func contents(_ store: Store) throws -> [String: [UInt8]] {
        try store.read { reader in
            Dictionary(uniqueKeysWithValues: try reader.documents(.models).map { ($0.id, $0.bytes) })
        }
    }

    @Test func `What was backed up comes back, and the former store is kept`() throws {
        do {
            let store = try Store(directory: place)
            try store.write { try $0.put([1, 2, 3], .models, id: "kept") }
            try store.writeEntries(map: 1, entries: MapTests.entries(3000, features: 90, heads: 4, seed: 5))
            try backUp(store)
            try store.write { writer in
                try writer.put([4], .models, id: "later")
                _ = try writer.delete(.models, id: "kept")
            }
        }
        let report = try Store.restore(backup, in: place)
        #expect(report.findings.isEmpty && report.records > 3000)
        let store = try Store(directory: place)
        #expect(try contents(store) == ["kept": [1, 2, 3]])
        #expect(try store.verify().findings.isEmpty)
        // The former one is a store as before.
        let former = try #require(try store.former())
        #expect(former == "former-1")
        #expect(try contents(try Store(directory: "\(place)/\(former)")) == ["later": [4]])
        try store.forgetFormer()
        #expect(try store.former() == nil)
        #expect(try Store.restore(backup, in: directory.path + "/fresh") == report)
    }

    @Test func `A backup that is taken while another thread writes holds one moment`() async throws {
        let store = try Store(directory: place)
        try await store.write { writer in
            for name in ["a", "b"] { try writer.put([0], .models, id: name) }
        }
        let writing = Task {
            var value: UInt8 = 0
            while !Task.isCancelled {
                value &+= 1
                let both = value
                try await store.write { writer in
                    for name in ["a", "b"] { try writer.put([UInt8](repeating: both, count: 9000), .models, id: name) }
                }
            }
        }
        for _ in 0..<10 {
            try backUp(store)
            let copy = directory.path + "/copy"
            _ = try Store.restore(backup, in: copy)
            let found = try contents(try Store(directory: copy))
            #expect(found["a"] == found["b"] && found.count == 2)
        }
        writing.cancel()
        try await writing.value
    }

    @Test func `A damaged backup is refused and the store stays`() throws {
        let marked = Array("a payload that occurs once in the file".utf8)
        do {
            let store = try Store(directory: place)
            try store.write { try $0.put(marked, .models, id: "gpt2") }
            try backUp(store)
        }
        try flip(in: marked, of: backup)
        let error = #expect(throws: StoreError.self) { _ = try Store.restore(backup, in: place) }
        #expect(error?.description.contains("damaged") == true, "\(String(describing: error))")
        #expect(try contents(try Store(directory: place)) == ["gpt2": marked])
        unsafe truncate(backup, 5000)
        #expect(throws: StoreError.self) { _ = try Store.restore(backup, in: place) }
        #expect(throws: StoreError.self) { _ = try Store.restore(directory.path + "/nothing", in: place) }
        // What is no store at all, and a file of the same engine that is somebody else's.
        let empty = unsafe creat(directory.path + "/empty", 0o600)
        try #require(empty >= 0)
        close(empty)
        try RawStore.makeForeign(directory.path + "/foreign")
        for other in ["/empty", "/foreign/data.mdb", ""] {
            let error = #expect(throws: StoreError.self) { _ = try Store.restore(directory.path + other, in: place) }
            #expect(error?.description.contains(directory.path + other) == true, "\(String(describing: error))")
        }
        #expect(try contents(try Store(directory: place)) == ["gpt2": marked])
    }

    /// Changes one bit where the text stands.
    private func flip(in text: [UInt8], of path: String) throws {
        let descriptor = unsafe open(path, O_RDWR)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        let place = try #require((0..<count - text.count).first { Array(bytes[$0..<$0 + text.count]) == text })
        var flipped = bytes[place] ^ 1
        #expect(unsafe pwrite(descriptor, &flipped, 1, place) == 1)
    }
}
