import Glibc
import LMDB
import Testing

@Suite struct MapSizeTests {
    static let mebibyte = 1 << 20
    let directory = TemporaryDirectory()

    private func tiny(maximum: Int = 1 << 30) -> Environment.Options {
        var options = Environment.Options()
        options.mapSize = Self.mebibyte
        options.maximumMapSize = maximum
        return options
    }

    @Test func `A full map grows, and the transaction is done again`() throws {
        let environment = try Environment(directory: directory.path, options: tiny())
        let database = try environment.make("a")
        var runs = 0
        try environment.write { transaction in
            runs += 1
            for index in 0..<8 {
                let value = [UInt8](repeating: UInt8(index), count: Self.mebibyte)
                try transaction.put(value.span, for: [UInt8(index)].span, in: database)
            }
        }
        #expect(runs == 5, "1 MiB does not hold 8 MiB, nor do 2, 4 and 8; 16 do")
        #expect(environment.mapSize == 16 * Self.mebibyte)
        try environment.read { transaction in
            for index in 0..<8 {
                let key = [UInt8(index)]
                let value = try #require(try transaction.value(key.span, in: database)?.array)
                #expect(value == [UInt8](repeating: UInt8(index), count: Self.mebibyte))
            }
        }
    }

    @Test func `A map that may not grow further is full, and reading and small writes go on`() throws {
        let environment = try Environment(directory: directory.path, options: tiny(maximum: 2 * Self.mebibyte))
        let database = try environment.make("a")
        let error = #expect(throws: LMDBError.self) {
            try environment.put(String(repeating: "v", count: 3 * Self.mebibyte), for: "large", in: database)
        }
        #expect(error?.code == .mapFull(mapSize: 2 * Self.mebibyte))
        try environment.put("value", for: "small", in: database)
        #expect(try environment.get("small", in: database) == "value")
    }

    @Test func `A map that another process grew is followed`() async throws {
        let environment = try Environment(directory: directory.path, options: tiny())
        let database = try environment.make("a")
        await #expect(processExitsWith: .success) { [path = directory.path as String] in
            let environment = try Environment(directory: path)
            try environment.put(String(repeating: "v", count: 8 << 20), for: "large", in: environment.make("a"))
        }
        #expect(try environment.get("large", in: database)?.utf8.count == 8 << 20)
        #expect(environment.mapSize > 8 << 20)
        try environment.put("value", for: "small", in: database)
        #expect(try environment.get("small", in: database) == "value")
    }

    @Test func `Where the address space is limited, the map is smaller`() async {
        await #expect(processExitsWith: .success) {
            let directory = TemporaryDirectory()
            let room: rlim_t = 8 << 30
            var limit = rlimit(rlim_cur: room, rlim_max: room)
            precondition(unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
            let environment = try Environment(directory: directory.path)
            precondition(environment.mapSize < 8 << 30 && environment.mapSize >= 1 << 30, "\(environment.mapSize)")
            try environment.put("value", for: "key", in: environment.make("a"))
        }
    }
}
