import Glibc
import LMDB
import Testing

@Suite struct DataFileTests {
    let directory = TemporaryDirectory()
    var file: String { directory.path + "/data.mdb" }

    private func size() -> Int {
        var status = stat()
        return unsafe stat(file, &status) == 0 ? Int(status.st_size) : -1
    }

    /// 40 entries with overflow pages.
    private func fill() throws {
        let environment = try Environment(directory: directory.path)
        let database = try environment.make("a")
        for index in 0..<40 {
            try environment.put(String(repeating: "v", count: 10_000), for: "key \(index)", in: database)
        }
    }

    @Test(arguments: [1, 4096, 4096 * 30]) func `A file that was cut off is refused, with both sizes`(bytes: Int) throws {
        try fill()
        let whole = size()
        #expect(unsafe truncate(file, whole - bytes) == 0)
        let error = #expect(throws: LMDBError.self) { try Environment(directory: directory.path) }
        guard case .truncated(let found, let needed) = error?.code else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(found == whole - bytes)
        #expect(needed > found && needed <= whole)
        #expect(error?.description.contains("\(found)") == true)
    }

    @Test func `A file without whole meta pages is refused`() throws {
        try fill()
        #expect(unsafe truncate(file, 5000) == 0)
        let error = #expect(throws: LMDBError.self) { try Environment(directory: directory.path) }
        guard case .truncated = error?.code else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `Anything but a database is refused`() throws {
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT, 0o600)
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: 20_000)
        #expect(unsafe write(descriptor, text, text.count) == text.count)
        close(descriptor)
        let error = #expect(throws: LMDBError.self) { try Environment(directory: directory.path) }
        #expect(error?.code == .notADatabase)
    }

    @Test func `A file that lacks only pages never written is opened`() throws {
        do {
            let environment = try Environment(directory: directory.path)
            let database = try environment.make("a")
            // Pages to reuse: with its free list loaded, the engine forgets large values that one transaction put and deleted.
            for round in 0..<4 { try environment.put(String(repeating: "\(round)", count: 50_000), for: "kept", in: database) }
            let large = [UInt8](repeating: 0, count: 1 << 20)
            try environment.write { transaction in
                try transaction.put(large.span, for: bytes("key").span, in: database)
                try transaction.delete(bytes("key").span, in: database)
            }
            let statistics = try environment.statistics()
            #expect(
                statistics.fileSize < statistics.usedPages * statistics.pageSize,
                "pages were taken and freed within one transaction and not written")
        }
        let environment = try Environment(directory: directory.path)
        #expect(try environment.get("kept", in: environment.make("a")) == String(repeating: "3", count: 50_000))
    }
}
