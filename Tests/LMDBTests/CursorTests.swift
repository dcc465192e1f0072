import LMDB
import Testing

@Suite struct CursorTests {
    let directory = TemporaryDirectory()
    let environment: Environment
    let database: Database

    init() throws {
        environment = try Environment(directory: directory.path)
        database = try environment.make("a")
        for key in ["b1", "a1", "c1", "b3", "b2"] { try environment.put(key + "!", for: key, in: database) }
    }

    @Test func `Cursors move in key order, both ways`() throws {
        try environment.read { transaction in
            var cursor = try transaction.cursor(database)
            var forwards: [String] = []
            while try cursor.next() { forwards.append(String(decoding: cursor.value.array, as: UTF8.self)) }
            #expect(forwards == ["a1!", "b1!", "b2!", "b3!", "c1!"])
            #expect(cursor.key.isEmpty)
            #expect(try cursor.last())
            #expect(cursor.key.array == bytes("c1"))
            #expect(try cursor.previous())
            #expect(cursor.key.array == bytes("b3"))
            #expect(try cursor.first())
            #expect(try !cursor.previous())
        }
    }

    @Test func `Seeking finds the first key that is not less`() throws {
        try environment.read { transaction in
            var cursor = try transaction.cursor(database)
            let (between, past) = (bytes("b11"), bytes("d"))
            #expect(try cursor.seek(between.span))
            #expect(cursor.key.array == bytes("b2"))
            #expect(try !cursor.seek(past.span))
        }
    }

    @Test func `A prefix is deleted in steps, and nothing else`() throws {
        let prefix = bytes("b")
        func step(_ limit: Int) throws -> Int {
            try environment.write { transaction in
                var transaction = transaction
                return try transaction.delete(prefix: prefix.span, in: database, limit: limit)
            }
        }
        #expect(try step(2) == 2)
        #expect(try step(2) == 1)
        #expect(try step(2) == 0)
        #expect(try environment.get("a1", in: database) != nil)
        #expect(try environment.get("c1", in: database) != nil)
        #expect(try environment.read { try $0.statistics(database).entries } == 2)
    }
}
