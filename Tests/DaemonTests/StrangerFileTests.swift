import API
import Client
import Foundation
import JSON
import JSONRPC
import Testing

/// Models that are broken, or lie about themselves: each is refused with the file and what is wrong in it, and the daemon goes on.
@Suite(.serialized, .timeLimit(.minutes(3))) struct StrangerFileTests {
    static let weights = "model.safetensors"
    /// Refusals of a file's contents.
    static let kinds: Set = ["model_unreadable", "model_unsupported", "tokenizer_unreadable", "out_of_memory"]
    /// How much more memory than before may be resident after a file was refused, however long it is.
    static let spareMemory = 96 << 20

    struct Case {
        let name: String
        let kind: String
        let part: String
        let spoil: (SpoiltFolder) throws -> Void

        init(_ name: String, kind: String = "model_unreadable", _ part: String, spoil: @escaping (SpoiltFolder) throws -> Void) {
            (self.name, self.kind, self.part, self.spoil) = (name, kind, part, spoil)
        }
    }

    /// Tries each case on a copy of the embedded model.
    func refuse(_ cases: [Case]) throws {
        let daemon = try LiveDaemon()
        let before = try daemon.residentBytes()
        for spoilt in cases {
            let folder = try daemon.copy(LiveDaemon.embeddedModel, spoilt.name)
            try spoilt.spoil(folder)
            let error = try daemon.error("models.load", ["path": .string(folder.path)])
            #expect(error.kind == spoilt.kind && error.message.contains(spoilt.part), "\(spoilt.name): \(error)")
            #expect(error.message.contains(folder.path), "\(spoilt.name) names its file: \(error)")
            try FileManager.default.removeItem(at: folder.url)
        }
        let after = try daemon.residentBytes()
        #expect(after < before + Self.spareMemory, "\(before >> 20) MiB before, \(after >> 20) MiB after")
        #expect(daemon.end() == 0)
    }

    static func length(_ name: String, _ length: @escaping (Int) -> UInt64, _ part: String) -> Case {
        Case("length \(name)", part) { folder in
            let bytes = try folder.bytes(weights)
            try folder.write(weights, SpoiltFolder.prefix(length(bytes.count)) + bytes.dropFirst(8))
        }
    }

    static func header(_ name: String, _ part: String, _ change: @escaping (String) -> String) -> Case {
        Case(name, part) { try $0.changeHeader(weights, change) }
    }

    /// A change of what the header says of `h.0.ln_1.bias`.
    static func entry(_ name: String, _ part: String, _ from: String, _ to: String) -> Case {
        header(name, part) { text in
            text.replacing(/("transformer\.h\.0\.ln_1\.bias":\{[^}]*\})/) { $0.1.replacing(from, with: to) }
        }
    }

    @Test func `a safetensors file that lies about its lengths is refused unread`() throws {
        let limit: UInt64 = 100_000_000
        try refuse(
            [0, 7, 8].map { count in
                Case("\(count) bytes", count < 8 ? "has \(count) bytes" : "begin with '{'") {
                    try $0.write(Self.weights, Data(count: count))
                }
            } + [
                Self.length("0", { _ in 0 }, "begin with '{'"), Self.length("1", { _ in 1 }, "malformed"),
                Self.length("2^63", { _ in 1 << 63 }, "9223372036854775808"),
                Self.length("2^64-1", { _ in .max }, "18446744073709551615"),
                Self.length("file-8", { UInt64($0 - 8) }, "malformed"), Self.length("file-7", { UInt64($0 - 7) }, "follow"),
                Case("a header over the limit", "at most \(limit)") { folder in
                    try folder.writeTensors(Self.weights, header: "{}", length: limit + 1)
                    try folder.extend(Self.weights, to: 2 * limit)
                },
                Case("a gigabyte of padding", "at most \(limit)") { folder in
                    try folder.writeTensors(Self.weights, header: "{}", length: 1 << 30)
                    try folder.extend(Self.weights, to: 1 << 30 + 8)
                },
                Case("padding up to the limit", "missing") { folder in
                    let spaces = Data(repeating: 0x20, count: Int(limit) - 2)
                    try folder.write(Self.weights, SpoiltFolder.prefix(limit) + Data("{}".utf8) + spaces)
                },
                Case("a hole of a terabyte", kind: "out_of_memory", "MiB") { folder in
                    let floats = 1 << 38
                    try folder.writeTensors(
                        Self.weights,
                        header: "{\"wte.weight\":{\"dtype\":\"F32\",\"shape\":[\(floats)],\"data_offsets\":[0,\(4 * floats)]}}")
                    let size = try folder.bytes(Self.weights).count
                    try folder.extend(Self.weights, to: UInt64(size + 4 * floats))
                },
            ])
    }

    @Test func `a safetensors header that is wrong is refused with the tensor or the byte`() throws {
        try refuse([
            Case("no UTF-8", "UTF-8") { folder in
                let bytes = try folder.bytes(Self.weights)
                let place = try #require(bytes.firstRange(of: Data("wte".utf8))?.lowerBound)
                try folder.write(Self.weights, bytes.prefix(place) + [0xFF] + bytes[(place + 1)...])
            },
            Case("no JSON", "malformed") { try $0.writeTensors(Self.weights, header: "{wte}") },
            Case("an array", "begin with '{'") { try $0.writeTensors(Self.weights, header: "[]") },
            Self.header("a name twice", "twice") { $0.replacing("h.0.ln_1.weight", with: "h.0.ln_1.bias") },
            Self.entry("beyond the end", "ends at", "]}", "000000]}"),
            Self.entry("reversed", "but the tensor before it ends at", "[132096,", "[999999999,"),
            Self.entry("a float for an extent", "integer", "[128]", "[128.0]"),
            Self.entry("a negative extent", "integer", "[128]", "[-128]"),
            Self.entry("a string for an extent", "a number is missing", "[128]", "[\"128\"]"),
            Self.entry("an overflow", "too large to count", "[128]", "[2,18446744073709551614]"),
            Self.entry("an overflow of the sign", "too large to count", "[128]", "[2,9223372036854775807]"),
            Self.entry("an unknown dtype", "F128", "F16", "F128"), Self.entry("half a byte", "bytes, but", "F16", "F4"),
            Self.entry("integers", "not read as single precision", "F16", "I16"),
            Case("trailing bytes", "but the file holds") { try $0.write(Self.weights, $0.bytes(Self.weights) + [0]) },
            Case("one byte short", "but the file holds") { try $0.write(Self.weights, $0.bytes(Self.weights).dropLast()) },
            Case("a hole", "but the tensor before it ends at") { folder in
                let one =
                    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[5,9]}}"
                try folder.writeTensors(Self.weights, header: one, data: Data(count: 9))
            },
            Case("an overlap", "but the tensor before it ends at") { folder in
                let one =
                    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[3,7]}}"
                try folder.writeTensors(Self.weights, header: one, data: Data(count: 7))
            },
        ])
    }

    @Test func `tensors that are not the configuration's are refused with both sides`() throws {
        func layers(_ count: String, _ part: String) -> Case {
            Case("\(count) layers", part) { try $0.replace("config.json", "\"n_layer\": 4", with: "\"n_layer\": \(count)") }
        }
        try refuse([
            Self.header("renamed", "wtx.weight") { $0.replacing("wte.weight", with: "wtx.weight") },
            Self.header("one renamed within a block", "h.2.attn.q.weight") {
                $0.replacing("h.2.attn.c_attn.weight", with: "h.2.attn.q.weight")
            },
            Self.header("half with a prefix", "h.0.ln_1.bias") {
                $0.replacing("transformer.h.0.ln_1.bias", with: "h.0.ln_1.bias")
            },
            Self.header("transposed", "[384, 128]") { $0.replacing("[128,384]", with: "[384,128]") },
            layers("5", "h.4.ln_1.weight"), layers("3", "h.3."), layers("1000000000", "h.4.ln_1.weight"),
            Case("not a number", "wpe.weight") {
                try $0.setElement(Self.weights, tensor: "transformer.wpe.weight", 3, bits: 0x7E00)
            },
            Case("infinite", "inf") { try $0.setElement(Self.weights, tensor: "transformer.ln_f.weight", 0, bits: 0x7C00) },
        ])
    }

    @Test func `what is unusual but right is loaded: no prefix, denormal weights, another order of members`() throws {
        let daemon = try LiveDaemon()
        let unusual: [(String, (SpoiltFolder) throws -> Void)] = [
            ("prefixless", { try $0.changeHeader(Self.weights) { $0.replacing("\"transformer.", with: "\"") } }),
            ("denormal", { try $0.setElement(Self.weights, tensor: "transformer.wpe.weight", 0, bits: 0x0001) }),
            ("padded", { try $0.changeHeader(Self.weights) { $0 + "        " } }),
            (
                "reordered",
                { try $0.changeHeader(Self.weights) { $0.replacing("{\"dtype\":\"F16\",", with: "{ \"dtype\" : \"F16\" ,\n") } }
            ),
        ]
        for (name, spoil) in unusual {
            let folder = try daemon.copy(LiveDaemon.embeddedModel, name)
            try spoil(folder)
            _ = try daemon.call(ModelsLoad.self, ["path": .string(folder.path)])
            let top = try daemon.call(TokensPredict.self, ["model": .string(name), "text": "When Mary and John went to the"])
            #expect(top.predictions.count > 0, "\(name)")
        }
    }

    @Test func `a file that is cut and grows while it is loaded, again and again, ends no daemon`() throws {
        let daemon = try LiveDaemon()
        let folder = try daemon.copy(LiveDaemon.embeddedModel, "moving")
        let whole = try folder.bytes(Self.weights)
        let size = UInt64(whole.count)
        var loaded = 0, refused = 0
        for round in 0..<40 {
            try folder.write(Self.weights, whole)
            let cutter = Thread {
                for step in 0..<200 {
                    try? folder.extend(Self.weights, to: size * UInt64((step * 37 + round) % 100) / 100)
                    try? folder.extend(Self.weights, to: size)
                }
            }
            cutter.start()
            do {
                _ = try daemon.client().call(
                    "models.load", ["path": .string(folder.path), "name": "moving"], timeout: .seconds(30))
                loaded += 1
                _ = try daemon.call(ModelsUnload.self, ["model": "moving"])
            } catch {
                refused += 1
            }
            while !cutter.isFinished { usleep(100) }
        }
        #expect(loaded + refused == 40 && refused > 0, "\(loaded) loaded, \(refused) refused")
        #expect(daemon.end() == 0)
    }

    @Test func `every key of a configuration may be absent or of any type and size, and the daemon says what is wrong`() throws {
        let daemon = try LiveDaemon()
        let folder = try daemon.copy(LiveDaemon.embeddedModel, "configured")
        // What is accepted is noticed by the next thing that is missed.
        try FileManager.default.removeItem(at: folder.url.appending(path: Self.weights))
        let text = String(decoding: try folder.bytes("config.json"), as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        let values = [
            "null", "\"x\"", "true", "[]", "{}", "-1", "0", "1", "7", "1.5", "1e9", "1000000000", "2147483648",
            "9223372036854775807",
            "9223372036854775808", "-9223372036854775809", "1e308", "1e999", "NaN", "[[[[]]]]", "\"\\u0000\"",
        ]
        var accepted = 0
        func attempt(_ changed: [String]) throws {
            try folder.write("config.json", changed.joined(separator: "\n"))
            let error = try daemon.error("models.load", ["path": .string(folder.path), "name": "c"])
            #expect(Self.kinds.contains(error.kind ?? "") && error.message.contains(folder.path), "\(changed): \(error)")
            if error.message.contains(Self.weights) { accepted += 1 }
        }
        // Lists and their brackets stand on lines of their own; the other lines are each one member.
        for (index, line) in lines.enumerated() {
            guard let colon = line.firstRange(of: "\": "), !line.hasSuffix("[") else { continue }
            var without = lines
            without.remove(at: index)
            try attempt(without)
            for value in values {
                var changed = lines
                changed[index] = line[..<colon.upperBound] + value + (line.hasSuffix(",") ? "," : "")
                try attempt(changed)
            }
        }
        #expect(accepted > 100, "dropout and the like change nothing: \(accepted)")
        for (name, text) in [
            ("twice", text.replacing("\"n_layer\": 4", with: "\"n_layer\": 4, \"n_layer\": 3")),
            ("indivisible", text.replacing("\"n_head\": 4", with: "\"n_head\": 3")), ("empty", ""), ("array", "[]"),
            (
                "deep",
                text.replacing(
                    "\"n_layer\": 4", with: "\"x\": " + String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000))
            ),
            ("ten megabytes", text + String(repeating: " ", count: 10 << 20)), ("bytes", "\u{0}\u{1}"),
        ] {
            try folder.write("config.json", text)
            let error = try daemon.error("models.load", ["path": .string(folder.path)])
            #expect(error.kind == "model_unreadable" && error.message.contains("config.json"), "\(name): \(error)")
        }
        #expect(daemon.end() == 0)
    }

    @Test func `a broken vocabulary is refused with the token or the line`() throws {
        func vocabulary(_ name: String, _ part: String, _ from: String, _ to: String) -> Case {
            Case(name, kind: "tokenizer_unreadable", part) { try $0.replace("vocab.json", from, with: to) }
        }
        func merges(_ name: String, _ part: String, _ text: @escaping (String) -> String) -> Case {
            Case(name, kind: "tokenizer_unreadable", part) { folder in
                try folder.write("merges.txt", text(String(decoding: try folder.bytes("merges.txt"), as: UTF8.self)))
            }
        }
        try refuse([
            vocabulary("an id twice", "17", ":18,", ":17,"), vocabulary("a byte without a token", "byte", "\"!\":", "\"!!!!!\":"),
            vocabulary("an id of text", "integer", ":18,", ":\"18\","), vocabulary("a negative id", "-1", ":18,", ":-1,"),
            vocabulary("an id beyond 64 bits", "vocab.json", ":18,", ":18446744073709551616,"),
            Case("no vocabulary", kind: "tokenizer_unreadable", "object") { try $0.write("vocab.json", "[]") },
            Case("no JSON", kind: "tokenizer_unreadable", "vocab.json") { try $0.write("vocab.json", "{\"a\":") },
            merges("a merge of an unknown token", "line") { $0 + "xyzzy q\n" }, merges("a merge of one", "line") { $0 + "the\n" },
            merges("a merge twice", "line") { $0 + $0.split(separator: "\n")[1] + "\n" },
            merges("a million and more merges", "1048576") { _ in String(repeating: "a b\n", count: 1 << 20 + 1) },
            merges("ten million merges", "at most 33554432 are read") { _ in String(repeating: "a b\n", count: 10_000_000) },
        ])
    }
}
