import Glibc
import LMDB
import Store
import Testing

@Suite struct StoreTests {
    let directory = TemporaryDirectory()

    @Test(arguments: [2, 99]) func `A newer schema, and one too old, is refused, with the versions`(version: UInt8) throws {
        do { _ = try Store(directory: directory.path) }
        let raw = try RawStore(directory.path)
        try raw.replace(in: "meta", key: Array("schema".utf8)) { _ in
            RawStore.record(key: Array("schema".utf8), payload: [version, 0, 0, 0], table: 0)
        }
        raw.close()
        let error = #expect(throws: StoreError.self) { try Store(directory: directory.path) }
        #expect(error == .versionUnsupported(found: Int(version), supported: Store.schemaVersion, oldest: 3))
        #expect(error?.description.contains("schema version \(version)") == true)
    }

    @Test func `Where there must be a store, none is made, and where it must be current, none is changed`() throws {
        var options = Store.Options()
        for preparation in [Store.Preparation.migrateExisting, .none] {
            options.preparation = preparation
            #expect(throws: StoreError.absent) { try Store(directory: directory.path, options: options) }
        }
        do { _ = try Store(directory: directory.path) }
        _ = try Store(directory: directory.path, options: options)
    }

    @Test func `A store that was cut off is refused when it is opened`() throws {
        do {
            let store = try Store(directory: directory.path)
            try store.writeTensor([Float](repeating: 1, count: 100_000), shape: [100_000], owner: "d1", name: "W_enc")
        }
        let file = directory.path + "/data.mdb"
        var status = stat()
        #expect(unsafe stat(file, &status) == 0)
        #expect(unsafe truncate(file, Int(status.st_size) - 200_000) == 0)
        let error = #expect(throws: StoreError.self) { try Store(directory: directory.path) }
        guard case .unreadable(directory.path, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("cut off"))
    }

    @Test func `Opening the same directory twice in a process is refused`() throws {
        let store = try Store(directory: directory.path)
        let error = #expect(throws: StoreError.self) { try Store(directory: store.directory) }
        guard case .unreadable = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `A write that throws changes nothing, and its numbers are given out again`() throws {
        struct Stop: Error {}
        let store = try Store(directory: directory.path)
        #expect(throws: Stop.self) {
            try store.write { writer in
                #expect(try writer.nextNumber(.jobs) == 1)
                try writer.put([1], .jobs, id: "j1")
                throw Stop()
            }
        }
        #expect(try store.read { try $0.document(.jobs, id: "j1") } == nil)
        #expect(try store.write { try $0.nextNumber(.jobs) } == 1)
    }

    @Test func `Asynchronous writes keep their order and see each other`() async throws {
        let store = try Store(directory: directory.path)
        let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await store.write { try $0.nextNumber(.jobs) } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(numbers.sorted() == Array(1...20))
    }

    @Test func `A store that starts tiny grows with what is written`() throws {
        var options = Store.Options()
        options.mapSize = 1 << 20
        let store = try Store(directory: directory.path, options: options)
        let values = (0..<2_000_000).map { Float($0) }
        try store.writeTensor(values, shape: [2, 1_000_000], owner: "d1", name: "W_enc")
        #expect(
            try store.read { try $0.tensor(owner: "d1", name: "W_enc") } == StoredTensor(shape: [2, 1_000_000], values: values))
        #expect(try store.stats().mapSize >= 8 << 20)
    }

    @Test func `Statistics name every database, its entries, the pages and the oldest reader`() throws {
        let store = try Store(directory: directory.path)
        try store.write { try $0.put([1, 2, 3], .models, id: "gpt2") }
        try store.writeTensor([1, 2, 3], shape: [3], owner: "d1", name: "b_enc")
        let stats = try store.stats()
        #expect(stats.entries["models"] == 1)
        #expect(stats.entries["tensors"] == 2)
        #expect(stats.entries.count == 18)
        #expect(stats.usedPages > 2 && stats.usedPages * stats.pageSize <= stats.fileSize)
        #expect(stats.availableBytes > 0)
        #expect(stats.oldestReader == nil)
    }

    @Test func `A full disk is one clear error; reading, deleting and small writes go on`() async {
        await #expect(processExitsWith: .success) {
            let directory = TemporaryDirectory()
            let store = try Store(directory: directory.path)
            try store.write { try $0.put([42], .models, id: "kept") }
            signal(SIGXFSZ, SIG_IGN)
            let fileSizes = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
            var limit = rlimit()
            precondition(unsafe getrlimit(fileSizes, &limit) == 0)
            limit.rlim_cur = 4 << 20
            precondition(unsafe setrlimit(fileSizes, &limit) == 0)
            let values = [Float](repeating: 1, count: 4 << 20)
            do {
                try store.writeTensor(values, shape: [4 << 20], owner: "d1", name: "W_enc")
                preconditionFailure("16 MiB were written into 4 MiB")
            } catch StoreError.full(let path, let fileSize, _, let available) {
                precondition(path == directory.path && fileSize > 0 && available < 4 << 20)
            }
            let kept = try store.read { try $0.document(.models, id: "kept") }
            precondition(kept == [42])
            try store.deleteTensors(owner: "d1")
            try store.write { try $0.put([43], .models, id: "small") }
            limit.rlim_cur = limit.rlim_max
            precondition(unsafe setrlimit(fileSizes, &limit) == 0)
            try store.writeTensor(values, shape: [4 << 20], owner: "d1", name: "W_enc")
            let again = try store.read { try $0.tensor(owner: "d1", name: "W_enc") }
            precondition(again?.values == values)
            let report = try store.verify()
            precondition(report.findings.isEmpty, "\(report.findings)")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "mounting needs root"))
    func `A file system that is full is one clear error, and room lets the work go on`() throws {
        let directory = TemporaryDirectory()
        try #require(unsafe mount("tmpfs", directory.path, "tmpfs", 0, "size=4m") == 0)
        defer { unsafe umount2(directory.path, Int32(MNT_DETACH)) }
        let store = try Store(directory: directory.path)
        try store.write { try $0.put([42], .models, id: "kept") }
        let values = [Float](repeating: 1, count: 2 << 20)
        let error = #expect(throws: StoreError.self) {
            try store.writeTensor(values, shape: [2 << 20], owner: "d1", name: "W_enc")
        }
        guard case .full(directory.path, _, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try store.read { try $0.document(.models, id: "kept") } == [42])
        try #require(unsafe mount("tmpfs", directory.path, "tmpfs", UInt(MS_REMOUNT), "size=64m") == 0)
        try store.writeTensor(values, shape: [2 << 20], owner: "d1", name: "W_enc")
        #expect(try store.read { try $0.tensor(owner: "d1", name: "W_enc") }?.values == values)
    }
}
