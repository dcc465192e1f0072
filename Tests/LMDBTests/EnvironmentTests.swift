import Glibc
import LMDB
import Testing

@Suite struct EnvironmentTests {
    let directory = TemporaryDirectory()

    @Test func `A committed value is read back, also after closing`() throws {
        do {
            let environment = try Environment(directory: directory.path)
            let database = try environment.make("a")
            try environment.put("value", for: "key", in: database)
            #expect(try environment.get("key", in: database) == "value")
            #expect(try environment.get("other", in: database) == nil)
        }
        let environment = try Environment(directory: directory.path)
        #expect(try environment.get("key", in: environment.make("a")) == "value")
    }

    @Test func `A write whose body throws changes nothing`() throws {
        struct Stop: Error {}
        let environment = try Environment(directory: directory.path)
        let database = try environment.make("a")
        #expect(throws: Stop.self) {
            try environment.write { transaction in
                try transaction.put(bytes("value").span, for: bytes("key").span, in: database)
                throw Stop()
            }
        }
        #expect(try environment.get("key", in: database) == nil)
    }

    @Test func `Header and value are stored one after the other, and may be empty`() throws {
        let environment = try Environment(directory: directory.path)
        let database = try environment.make("a")
        try environment.write { transaction in
            let (head, tail, nothing) = (bytes("head"), bytes("tail"), [UInt8]())
            try transaction.put(tail.span, header: head.span, for: bytes("both").span, in: database)
            try transaction.put(nothing.span, for: bytes("none").span, in: database)
        }
        #expect(try environment.get("both", in: database) == "headtail")
        #expect(try environment.get("none", in: database) == "")
    }

    @Test func `The same directory cannot be opened twice in a process, however it is spelled`() throws {
        var environment: Environment? = try Environment(directory: directory.path)
        #expect(environment?.path == directory.path)
        let error = #expect(throws: LMDBError.self) { try Environment(directory: directory.path + "/./") }
        #expect(error?.code == .alreadyOpen)
        environment = nil
        _ = try Environment(directory: directory.path)
    }

    @Test func `A key of 512 bytes is refused with its size`() throws {
        let environment = try Environment(directory: directory.path)
        let database = try environment.make("a")
        try environment.put("value", for: String(repeating: "k", count: Environment.largestKey), in: database)
        let error = #expect(throws: LMDBError.self) {
            try environment.put("value", for: String(repeating: "k", count: 512), in: database)
        }
        #expect(error?.code == .badSize(bytes: 512))
    }

    @Test func `Appending a key that is not greater is refused`() throws {
        let environment = try Environment(directory: directory.path)
        let database = try environment.make("a")
        try environment.put("value", for: "b", in: database, appending: true)
        let error = #expect(throws: LMDBError.self) {
            try environment.put("value", for: "a", in: database, appending: true)
        }
        #expect(error?.code == .keyOutOfOrder)
    }

    @Test func `Every descriptor of an environment closes on exec`() throws {
        let environment = try Environment(directory: directory.path)
        try environment.put("value", for: "key", in: environment.make("a"))
        var flags: [String: Int32] = [:]
        for descriptor in Int32(3)..<1024 {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let length = unsafe readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
            guard length > 0 else { continue }
            let target = String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
            if target.hasPrefix(directory.path) { flags["\(descriptor) \(target)"] = fcntl(descriptor, F_GETFD) }
        }
        #expect(flags.count >= 2, "lock.mdb and data.mdb are open")
        #expect(flags.values.allSatisfy { $0 & FD_CLOEXEC != 0 }, "\(flags)")
    }

    @Test func `Network file systems are recognised by their type`() {
        #expect(FileSystem.networkName(0x6969) == "NFS")
        #expect(FileSystem.networkName(Int(Int32(bitPattern: 0xFF53_4D42))) == "CIFS")
        #expect(FileSystem.networkName(0xEF53) == nil, "ext4 is local")
        #expect(FileSystem.networkName(0x0102_1994) == nil, "tmpfs is local")
    }

    @Test func `A transaction inside another one traps at once`() async {
        await #expect(processExitsWith: .failure) { [path = directory.path as String] in
            let environment = try Environment(directory: path)
            try environment.read { _ in try environment.read { _ in } }
        }
    }

    @Test func `Statistics count pages, entries and readers`() throws {
        let environment = try Environment(directory: directory.path)
        let database = try environment.make("a")
        for key in ["a", "b", "c"] { try environment.put("value", for: key, in: database) }
        try environment.read { transaction in
            #expect(try transaction.statistics(database).entries == 3)
            let statistics = try environment.statistics()
            #expect(statistics.readers.map(\.process) == [Int(getpid())])
            #expect(statistics.readers.map(\.transaction) == [statistics.lastTransaction])
            #expect(statistics.maxReaders == 1024)
            #expect(statistics.fileSize >= (statistics.usedPages - 1) * statistics.pageSize)
        }
        #expect(try environment.statistics().readers.isEmpty)
    }
}

extension Environment {
    func make(_ name: String) throws -> Database {
        try write { transaction in
            try transaction.database(name)
        }
    }

    func put(_ value: String, for key: String, in database: Database, appending: Bool = false) throws {
        try write { transaction in
            try transaction.put(bytes(value).span, for: bytes(key).span, in: database, appending: appending)
        }
    }

    func get(_ key: String, in database: Database) throws -> String? {
        try read { transaction in
            let key = bytes(key)
            guard let value = try transaction.value(key.span, in: database) else { return nil }
            return String(decoding: value.array, as: UTF8.self)
        }
    }
}
