import JSONRPC
import Testing

/// All events of a stream that arrives in pieces of one size.
private func events(_ bytes: [UInt8], pieces: Int = .max, limit: Int = 1 << 20, depth: Int = 64) -> [FrameSplitter.Event] {
    var splitter = FrameSplitter(limit: limit, depth: depth)
    var found: [FrameSplitter.Event] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        splitter.append(rest.prefix(pieces))
        rest = rest.dropFirst(pieces)
        while let event = splitter.next() { found.append(event) }
    }
    if let event = splitter.finish() { found.append(event) }
    return found
}

private func events(_ text: String, pieces: Int = .max) -> [FrameSplitter.Event] { events(Array(text.utf8), pieces: pieces) }

extension FrameSplitter.Event {
    fileprivate var kind: String {
        switch self {
        case .frame(let bytes): String(decoding: bytes, as: UTF8.self)
        case .broken: "broken"
        case .tooMany: "too many"
        case .tooLarge: "too large"
        }
    }
}

@Suite struct FrameSplitterTests {
    static let streams: [(String, [String])] = [
        ("", []), ("\n\r\n \t\n", []), ("{}\n", ["{}"]), ("{}\r\n[]\r\n", ["{}", "[]"]), ("{}", ["{}"]),
        ("{}{}[1]\"x\"2 3\n", ["{}", "{}", "[1]", "\"x\"", "2", "3"]),
        ("{\"a\":\n1,\n\"b\":[\n]}\n", ["{\"a\":\n1,\n\"b\":[\n]}"]),
        ("{\"}\\\"{\":\"]\\\\\"}\n[]", ["{\"}\\\"{\":\"]\\\\\"}", "[]"]),
        ("1", ["1"]), ("true", ["true"]), ("tru", ["broken"]), ("-1.5e+3\n", ["-1.5e+3"]), ("nul\n{}\n", ["broken", "{}"]),
        ("{\"a\" 1}\n{}\n", ["broken", "{}"]), ("foo bar baz\n{}\n", ["broken", "{}"]), ("{]}\n{}", ["broken", "{}"]),
        ("{\"a\":1", ["broken"]),
        // A line that stops inside a value does not take the next line with it.
        ("{\"a\":1\n{\"b\":2}\n", ["broken", "{\"b\":2}"]), ("{\"a\":\"x\n{\"b\":2}\n", ["broken", "{\"b\":2}"]),
        ("{\"a\":1,\n {\"b\":2}\n", ["broken", "{\"b\":2}"]),
        ("Content-Length: 2\r\n\r\n{}", ["broken", "{}"]), ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", ["broken", "broken"]),
        ("{}\u{0}\n{}\n", ["{}", "broken", "{}"]), ("\u{FEFF}{}\n{}\n", ["broken", "{}"]),
        ("}\n]\n,\n:\n", ["broken", "broken", "broken", "broken"]),
        ("truex\n1\n", ["broken", "1"]), ("[1,]\n[,1]\n[1 2]\n{,}\n{1:2}\n", ["broken", "broken", "broken", "broken", "broken"]),
    ]

    @Test(arguments: streams)
    func `a stream is cut at the same places, whatever its pieces`(_ stream: String, _ expected: [String]) {
        for pieces in [Int.max, 1, 2, 3, 7] {
            #expect(events(stream, pieces: pieces).map(\.kind) == expected, "in pieces of \(pieces)")
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n", "HTTP"), ("Content-Length: 20\r\n", "header"), ("\u{FEFF}{}\n", "byte order mark"),
        ("hello\n", "'h'"),
        ("{\"a\":\u{1}}", "0x01"), ("\u{0}", "NUL"), ("{\"a\":\"b\n", "inside a string"), ("{\"a\":", "ends inside"),
    ])
    func `what is sent by mistake is called by its name`(_ text: String, _ word: String) {
        guard case .broken(let reason) = events(text).first else { return #expect(Bool(false), "\(text) is not broken") }
        #expect(reason.contains(word))
    }

    @Test func `UTF-16, TLS and noise are broken, not fatal`() {
        let wide = Array("{\"a\":1}\n".utf16).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        for start: [UInt8] in [[0xFF, 0xFE] + wide, wide, [0x16, 0x03, 0x01, 0x02, 0x00]] {
            let found = events(start + Array("\n{}\n".utf8))
            #expect(found.first?.kind == "broken" && found.last?.kind == "{}", "\(found)")
        }
        var state: UInt64 = 42
        let noise = (0..<100_000).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        #expect(events(noise + Array("\n{}\n".utf8)).last?.kind == "{}")
    }

    @Test func `nesting beyond the limit is broken, and the next line is read`() {
        let deep = { (levels: Int) in
            Array((String(repeating: "[", count: levels) + String(repeating: "]", count: levels) + "\n").utf8)
        }
        #expect(events(deep(64)).map(\.kind).first?.hasPrefix("[[[") == true)
        #expect(events(deep(65) + deep(1)).map(\.kind) == ["broken", "[]"])
        #expect(events(deep(100_000) + deep(1)).map(\.kind) == ["broken", "[]"])
    }

    @Test func `a frame at the limit passes, one byte more is the end`() {
        for pieces in [Int.max, 1, 5] {
            let at = Array("[\"12345678\"]\n[]\n".utf8)
            #expect(events(at, pieces: pieces, limit: 12).map(\.kind) == ["[\"12345678\"]", "[]"])
            let over = Array("[\"123456789\"]\n[]\n".utf8)
            #expect(events(over, pieces: pieces, limit: 12).map(\.kind) == ["too large"])
        }
        #expect(
            events(Array(repeating: UInt8(ascii: "x"), count: 100), pieces: 9, limit: 50).map(\.kind) == ["broken", "too large"])
        #expect(events(Array(repeating: UInt8(ascii: "\n"), count: 1000), limit: 50).isEmpty)
    }

    @Test func `each byte is looked at once, however small the pieces`() {
        // Two megabytes byte by byte: if each piece cost its whole frame again, this would take hours.
        let frame = Array("[\"".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 2_000_000) + Array("\"]".utf8)
        #expect(events(frame, pieces: 1, limit: 1 << 22) == [.frame(frame)])
    }

    @Test func `only an unfinished value counts as one`() {
        var splitter = FrameSplitter()
        for (piece, isMidFrame) in [("\n ", false), ("{", true), ("}", false), ("oops", false), ("\n[", true), ("]", false)] {
            splitter.append(Array(piece.utf8))
            while splitter.next() != nil {}
            #expect(splitter.isMidFrame == isMidFrame, "after '\(piece)'")
        }
    }

    @Test func `a large frame comes whole, and what follows it too`() {
        let large = "[" + String(repeating: "12345678,", count: 20_000) + "0]"
        for pieces in [100, 65_536, 100_000, Int.max] {
            let found = events(large + "\n{}" + large + large + "1\n", pieces: pieces)
            #expect(found.map(\.kind) == [large, "{}", large, large, "1"])
        }
    }

    @Test(arguments: [1, 7, Int.max]) func `a frame of too many values is skipped, and the next one read`(_ pieces: Int) {
        let read = { (text: String) in
            var splitter = FrameSplitter(values: 4)
            var found: [FrameSplitter.Event] = []
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                splitter.append(rest.prefix(pieces))
                rest = rest.dropFirst(pieces)
                while let event = splitter.next() { found.append(event) }
            }
            return found.map(\.kind)
        }
        #expect(read("[1,2,3,4]\n[1,2,3,4,5]\n[1]\n") == ["[1,2,3,4]", "too many", "[1]"])
        #expect(read("{\"a\":[1,[2,3]],\"b\":{\"c\":1,\"d\":2}}{}") == ["too many", "{}"])
        // A comma in a text is none.
        #expect(read("[\",,,,,,,\"]\n") == ["[\",,,,,,,\"]"])
    }
}
