import Store
import Testing

@Suite struct DocumentTests {
    let directory = TemporaryDirectory()
    let store: Store

    init() throws { store = try Store(directory: directory.path) }

    @Test(arguments: DocumentKind.allCases) func `Documents are put, read, replaced and deleted`(_ kind: DocumentKind) throws {
        try store.write { try $0.put([1, 2], kind, id: "a") }
        #expect(try store.read { try $0.document(kind, id: "a") } == [1, 2])
        try store.write { try $0.put([], kind, id: "a") }
        #expect(try store.read { try $0.document(kind, id: "a") } == [])
        #expect(try store.write { try $0.delete(kind, id: "a") })
        #expect(try !store.write { try $0.delete(kind, id: "a") })
        #expect(try store.read { try $0.document(kind, id: "a") } == nil)
    }

    @Test func `Identifiers are listed with their numbers by value`() throws {
        let ordered = [
            "a", "d1", "d2", "d9", "d10", "d12", "d012", "d100", "d100.2", "d100.10", "d100a", "d\u{e9}", "gpt2", "gpt2-medium",
        ]
        try store.write { writer in for id in ordered.reversed() { try writer.put(Array(id.utf8), .dictionaries, id: id) } }
        let documents = try store.read { try $0.documents(.dictionaries) }
        #expect(documents.map(\.id) == ordered)
        #expect(documents.allSatisfy { $0.bytes == Array($0.id.utf8) })
    }

    @Test func `Pages follow each other, also after a document that is gone`() throws {
        try store.write { writer in for number in 1...25 { try writer.put([], .jobs, id: "j\(number)") } }
        var pages: [[String]] = []
        var last: String?
        repeat {
            let page = try store.read { try $0.documents(.jobs, after: last, limit: 10).map(\.id) }
            pages.append(page)
            last = page.last
        } while last != nil
        #expect(pages.map(\.count) == [10, 10, 5, 0])
        #expect(pages.joined().elementsEqual((1...25).map { "j\($0)" }))
        try store.write { _ = try $0.delete(.jobs, id: "j10") }
        #expect(try store.read { try $0.documents(.jobs, after: "j10", limit: 1).map(\.id) } == ["j11"])
        #expect(try store.read { try $0.documents(.jobs, limit: 0) }.isEmpty)
        #expect(try store.read { try $0.count(.jobs) } == 24)
    }

    @Test(arguments: ["", String(repeating: "x", count: 256), "a\nb", "\u{7f}"])
    func `Identifiers that the store does not take are refused`(_ id: String) throws {
        let error = #expect(throws: StoreError.self) { try store.write { try $0.put([], .names, id: id) } }
        guard case .invalidIdentifier(id, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `The longest identifier with the most runs of digits is taken`() throws {
        let id = (0..<255).map { $0.isMultiple(of: 2) ? "1" : "a" }.joined()
        let digits = String(repeating: "7", count: 255)
        try store.write { writer in
            try writer.put([1], .names, id: id)
            try writer.put([2], .names, id: digits)
        }
        #expect(try Set(store.read { try $0.documents(.names).map(\.id) }) == [id, digits])
        #expect(try store.read { try $0.document(.names, id: digits) } == [2])
    }

    @Test func `A document is put if it is absent, and only then`() throws {
        #expect(try store.write { try $0.putIfAbsent([1], .names, id: "best") })
        #expect(try !store.write { try $0.putIfAbsent([2], .names, id: "best") })
        #expect(try store.read { try $0.document(.names, id: "best") } == [1])
    }

    @Test func `Numbers of a kind never recur, not even when its documents are deleted or the store is opened again`() throws {
        for expected in 1...3 {
            let number = try store.write { writer in
                let number = try writer.nextNumber(.dictionaries)
                try writer.put([], .dictionaries, id: "d\(number)")
                try writer.delete(.dictionaries, id: "d\(number)")
                return number
            }
            #expect(number == expected)
        }
        #expect(try store.write { try $0.nextNumber(.maps) } == 1)
    }

    @Test func `One write changes several kinds together`() throws {
        try store.write { writer in
            try writer.put([1], .dictionaries, id: "d1")
            try writer.put([2], .names, id: "best")
            let written = try writer.reader.document(.dictionaries, id: "d1")
            #expect(written == [1])
        }
        let both = try store.read { (try $0.document(.dictionaries, id: "d1"), try $0.document(.names, id: "best")) }
        #expect(both.0 == [1] && both.1 == [2])
    }

    @Test func `Identifiers are listed in their order, and known without a look at their documents`() throws {
        try store.write { writer in for id in ["d12", "d2", "other"] { try writer.put([1], .maps, id: id) } }
        #expect(try store.read { try $0.identifiers(.maps) } == ["d2", "d12", "other"])
        #expect(try store.read { try $0.identifiers(.jobs) } == [])
        for (id, isThere) in [("d2", true), ("d1", false), ("d", false), ("z", false)] {
            #expect(try store.read { try $0.contains(.maps, id: id) } == isThere, "\(id)")
        }
        #expect(try !store.read { try $0.contains(.jobs, id: "d2") })
    }
}
