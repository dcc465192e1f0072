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

    // The cursor cannot be copied, and #expect captures what it looks at: so each step's outcome is taken first.

    @Test func `Cursors move in key order, both ways`() throws {
        try environment.read { transaction in
            var cursor = try transaction.cursor(database)
            var forwards: [String] = []
            while try cursor.next() { forwards.append(String(decoding: cursor.value.array, as: UTF8.self)) }
            #expect(forwards == ["a1!", "b1!", "b2!", "b3!", "c1!"])
            let atTheEnd = cursor.key.array
            #expect(atTheEnd.isEmpty)
            let last = try cursor.last() ? cursor.key.array : nil
            #expect(last == bytes("c1"))
            let previous = try cursor.previous() ? cursor.key.array : nil
            #expect(previous == bytes("b3"))
            let first = try cursor.first() ? cursor.key.array : nil
            #expect(first == bytes("a1"))
            let beforeFirst = try cursor.previous()
            #expect(!beforeFirst)
        }
    }

    @Test func `Seeking finds the first key that is not less`() throws {
        try environment.read { transaction in
            var cursor = try transaction.cursor(database)
            let (between, past) = (bytes("b11"), bytes("d"))
            let found = try cursor.seek(between.span) ? cursor.key.array : nil
            #expect(found == bytes("b2"))
            let pastTheEnd = try cursor.seek(past.span)
            #expect(!pastTheEnd)
        }
    }

    @Test func `A prefix is deleted in steps, and nothing else`() throws {
        let prefix = bytes("b")
        func step(_ limit: Int) throws -> Int {
            try environment.write { transaction in
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
