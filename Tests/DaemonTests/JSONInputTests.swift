import API
import Foundation
import JSON
import Testing

/// Group B of the bad inputs: JSON of every kind, and what only looks like it.
@Suite(.timeLimit(.minutes(5))) struct JSONInputTests {
    /// github.com/nst/JSONTestSuite, beside the project where it is there.
    static let suite = LiveDaemon.root.appending(path: "../shared/data/JSONTestSuite/test_parsing.tar.gz").standardizedFileURL

    /// Files that hold JSON and are refused: what a duplicate name means depends on the reader, and C's strings end at a NUL.
    static let refused: Set<String> = [
        "y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json", "y_object_escaped_null_in_key.json",
    ]
    /// Files that hold no JSON value but a stream of none or several, which are so many requests.
    static let streams: Set<String> = [
        "n_single_space.json", "n_structure_no_data.json", "n_structure_double_array.json",
        "n_structure_object_with_trailing_garbage.json",
    ]

    enum Place: CaseIterable {
        case frame, params, id

        func bytes(_ text: Data) -> [UInt8] {
            let (before, after) =
                switch self {
                case .frame: ("", "")
                case .params: (#"{"jsonrpc":"2.0","method":"system.ping","params":"#, #","id":"n"}"#)
                case .id: (#"{"jsonrpc":"2.0","method":"system.ping","id":"#, "}")
                }
            return Array(before.utf8) + Array(text) + Array(after.utf8)
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: suite.path), "JSONTestSuite is not at ../shared/data"))
    func `JSONTestSuite is taken and refused as it says, as frame, as params and as id`() throws {
        let daemon = try LiveDaemon()
        let folder = daemon.home.appending(path: "suite")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let tar = try Process.run(URL(filePath: "/usr/bin/env"), arguments: ["tar", "xzf", Self.suite.path, "-C", folder.path])
        tar.waitUntilExit()
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }.sorted()
        #expect(files.count == 318)
        try daemon.keepsEverything(within: 32 << 20) {
            for place in Place.allCases {
                for file in files {
                    let name = String(file.split(separator: "/").last ?? "")
                    let replies = try daemon.exchange(place.bytes(try Data(contentsOf: folder.appending(path: file))))
                    let codes = replies.flatMap { $0.array ?? [$0] }.map(shape)
                    let isRefused = codes.contains(-32700)
                    switch name.first {
                    case "y": #expect(isRefused == Self.refused.contains(name), "\(place) \(name): \(codes)")
                    case "n":
                        let isStream = place == .frame && Self.streams.contains(name)
                        #expect(isRefused != isStream, "\(place) \(name): \(codes)")
                    default: #expect(!codes.isEmpty, "\(place) \(name)")
                    }
                    #expect(codes.allSatisfy { [-32700, -32600, -32602, "result"].contains($0) }, "\(place) \(name): \(codes)")
                }
                _ = try daemon.call(SystemPing.self)
            }
        }
    }

    /// The most values in one request, as documented.
    static let mostValues = 1_000_000

    /// A ping with these parameters.
    static func ping(_ params: String) -> String { #"{"jsonrpc":"2.0","method":"system.ping","params":\#(params),"id":1}"# }

    /// A ping with this identifier.
    static func ping(id: String) -> String { #"{"jsonrpc":"2.0","method":"system.ping","id":\#(id)}"# }

    /// Nested so deeply that the whole request has `depth` levels.
    static func nested(_ depth: Int) -> String {
        ping(#"{"a":"# + String(repeating: "[", count: depth - 2) + String(repeating: "]", count: depth - 2) + "}")
    }

    static let table: [BadInput] = [
        BadInput(20, "100,000 opening brackets", String(repeating: "[", count: 100_000), [-32700], "64 levels"),
        BadInput(21, "the deepest nesting", nested(64), [-32602]),
        BadInput(21, "one level more", nested(65) + "\n" + ping("{}"), [-32700, "result"], "64 levels"),
        BadInput(22, "100,000 objects", String(repeating: #"{"a":"#, count: 100_000), [-32700], "64 levels"),
        BadInput(26, "two methods", #"{"jsonrpc":"2.0","method":"system.ping","method":"a","id":1}"#, [-32700], "duplicate"),
        BadInput(26, "two ids", #"{"jsonrpc":"2.0","method":"system.ping","id":2,"id":1}"#, [-32700], "duplicate"),
        BadInput(26, "two versions", #"{"jsonrpc":"2.0","jsonrpc":"2.0","method":"system.ping","id":1}"#, [-32700], "duplicate"),
        BadInput(27, "NaN", ping(#"{"a":NaN}"#), [-32700]),
        BadInput(27, "Infinity", ping(#"{"a":Infinity}"#), [-32700]),
        BadInput(27, "-Infinity", ping(#"{"a":-Infinity}"#), [-32700]),
        BadInput(27, "1e999", ping(id: "1e999"), [-32700]),
        BadInput(27, "-0", ping(id: "-0"), ["result"]),
        BadInput(27, "1e-400", ping(id: "1e-400"), ["result"]),
        BadInput(28, "2^53+1", ping(id: "9007199254740993"), ["result"]),
        BadInput(28, "2^63", ping(id: "9223372036854775808"), [-32700], "integer"),
        BadInput(28, "-2^63-1", ping(id: "-9223372036854775809"), [-32700], "integer"),
        BadInput(28, "a thousand digits", ping(id: String(repeating: "9", count: 1000)), [-32700], "integer"),
        BadInput(29, "NUL in a method", #"{"jsonrpc":"2.0","method":"system.ping\u0000","id":1}"#, [-32601]),
        BadInput(29, "NUL in an id", ping(id: #""a\u0000b""#), ["result"]),
        BadInput(
            29, "NUL in a path", #"{"jsonrpc":"2.0","method":"models.load","params":{"path":"/tmp\u0000/a"},"id":1}"#, [1007]),
        BadInput(30, "a lone high surrogate", ping(id: #""\ud800""#), [-32700]),
        BadInput(30, "a lone low surrogate", ping(id: #""\udc00""#), [-32700]),
        BadInput(31, "an overlong slash", Array(ping(id: #"""#).utf8.dropLast()) + [0xC0, 0xAF] + Array("\"}".utf8), [-32700]),
        BadInput(
            31, "an overlong NUL", Array(ping(id: #"""#).utf8.dropLast()) + [0xE0, 0x80, 0x80] + Array("\"}".utf8), [-32700]),
        BadInput(34, "true", "true", [-32600]),
        BadInput(34, "null", "null", [-32600]),
        BadInput(34, "a number", "17 ", [-32600]),
        BadInput(34, "a string", #""system.ping""#, [-32600]),
    ]

    @Test func `values at and beyond the limits are taken or refused in words`() throws {
        let daemon = try LiveDaemon()
        try daemon.keepsEverything(within: 32 << 20) {
            for input in Self.table { try daemon.survives(input) }
            // What is taken comes back as it was.
            for id in ["9007199254740993", #""a\u0000b""#, "-9223372036854775808", "9223372036854775807"] {
                #expect(try daemon.exchange(Self.ping(id: id)).first?["id"] == JSON(parsing: id), "\(id)")
            }
        }
    }

    @Test func `what is merely large is read in time that grows with it, and its memory is given back`() throws {
        let daemon = try LiveDaemon()
        let megabyte = 1 << 20
        try daemon.keepsEverything(within: 256 << 20) {
            // The request is read to its end and counted, and the next one on the connection is answered.
            let zeros = String(repeating: "0,", count: 10_000_000)
            try daemon.survives(
                BadInput(23, "ten million numbers", Self.ping("[\(zeros)0]") + Self.ping("{}"), [1006, "result"], "1000000"))
            // The request and its four members are values too.
            let nearly = String(repeating: "0,", count: Self.mostValues - 8)
            try daemon.survives(BadInput(23, "a million numbers", Self.ping("[\(nearly)0]"), [-32602], "by name"))

            func members(_ key: (Int) -> String) -> String {
                Self.ping("{" + (0..<Self.mostValues - 8).map { #""\#(key($0))":0"# }.joined(separator: ",") + "}")
            }
            let clock = ContinuousClock()
            let plain = members { String($0) + "abcdefghijklmnopqrstuvwxyzabcdefghij".prefix(40 - String($0).utf8.count) }
            let plainTime = try clock.measure { try daemon.survives(BadInput(24, "a million names", plain, [-32602], "unknown")) }
            // "Ez" and "FY" have the same value under the hash of D. J. Bernstein's that many parsers use, so that all words of as
            // many of them collide; Jansson's own hash and Swift's are seeded anew in each process, and collisions cannot be prepared.
            let colliding = members { number in (0..<20).map { number >> $0 & 1 == 0 ? "Ez" : "FY" }.joined() }
            let time = try clock.measure {
                try daemon.survives(BadInput(25, "a million colliding names", colliding, [-32602], "unknown"))
            }
            #expect(time < plainTime * 4 + .seconds(1), "\(time), without collisions \(plainTime)")

            let long = String(repeating: "x", count: 60 * megabyte)
            #expect(try daemon.exchange(Self.ping(id: "\"\(long)\"")).first?["id"] == .string(long), "32: an id of 60 MiB")
            try daemon.survives(BadInput(32, "a string of 60 MiB", Self.ping(#"{"text":"\#(long)"}"#), [-32602]))
            try daemon.survives(
                BadInput(32, "a method of 60 MiB", #"{"jsonrpc":"2.0","method":"\#(long)","id":1}"#, [-32601], "no method"))
            try daemon.survives(BadInput(32, "a string of 64 MiB", Self.ping("{\"text\":\"\(long)" + long), [1006]))
            try daemon.survives(
                BadInput(
                    33, "a name of 1 MiB", Self.ping(#"{"\#(String(repeating: "k", count: megabyte))":1}"#), [-32602], "unknown"))
        }
    }
}
