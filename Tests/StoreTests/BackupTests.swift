import Glibc
import Store
import Synchronization
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
        let (report, former) = try Store.restore(backup, in: place)
        #expect(report.findings.isEmpty && report.records > 3000)
        #expect(former == place + "/data.mdb.1")
        let store = try Store(directory: place)
        #expect(try contents(store) == ["kept": [1, 2, 3]])
        #expect(try store.verify().findings.isEmpty)
        let again = try { try Store.restore(backup, in: directory.path + "/fresh") }()
        #expect(again.former == nil && again.report == report)
    }

    @Test func `A backup that is taken while another thread writes holds one moment`() async throws {
        let store = try Store(directory: place)
        try store.write { writer in
            for name in ["a", "b"] { try writer.put([0], .models, id: name) }
        }
        let isDone = Atomic<Bool>(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var value: UInt8 = 0
                while !isDone.load(ordering: .relaxed) {
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
            isDone.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
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
