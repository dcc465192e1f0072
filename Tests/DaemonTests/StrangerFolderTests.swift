import API
import Foundation
import JSON
import JSONRPC
import Testing

/// Dictionaries, maps and corpora of strangers: each that is wrong is refused with the file and what is wrong in it.
@Suite(.serialized, .timeLimit(.minutes(3))) struct StrangerFolderTests {
    /// A wrong folder: what of the message must be there, and how it is made wrong.
    struct Case {
        let name: String
        let kinds: Set<String>
        let part: String
        let spoil: (SpoiltFolder) throws -> Void

        init(_ name: String, _ kinds: Set<String>, _ part: String, spoil: @escaping (SpoiltFolder) throws -> Void) {
            (self.name, self.kinds, self.part, self.spoil) = (name, kinds, part, spoil)
        }
    }

    static func refuse(_ cases: [Case], _ daemon: LiveDaemon, _ original: URL, _ method: String, _ params: JSONObject = [:])
        throws
    {
        let before = try daemon.residentBytes()
        for spoilt in cases {
            let folder = try daemon.copy(original, "spoilt")
            try spoilt.spoil(folder)
            var params = params
            params["path"] = .string(folder.path)
            let error = try daemon.error(method, .object(params))
            #expect(spoilt.kinds.contains(error.kind ?? "") && error.message.contains(spoilt.part), "\(spoilt.name): \(error)")
            #expect(error.message.contains(folder.path), "\(spoilt.name) names its file: \(error)")
            try FileManager.default.removeItem(at: folder.url)
        }
        let after = try daemon.residentBytes()
        #expect(after < before + StrangerFileTests.spareMemory, "\(before >> 20) MiB before, \(after >> 20) MiB after")
    }

    /// A daemon with a dictionary in a folder.
    static func exported() throws -> (LiveDaemon, URL) {
        let daemon = try LiveDaemon()
        _ = try daemon.run(
            DictionariesTrain.self,
            ["layers": [1], "d_sae_query": [24], "d_sae_key": [16], "steps": 20, "batch_sequences": 4, "held_out_contexts": 2])
        let folder = daemon.home.appending(path: "dictionary")
        _ = try daemon.call(DictionariesExport.self, ["dictionary": "d1", "path": .string(folder.path)])
        return (daemon, folder)
    }

    @Test func `a dictionary's folder that is wrong, or lies about its sizes, is refused`() throws {
        let (daemon, folder) = try Self.exported()
        let wrong: Set = ["dictionary_unreadable", "dictionary_unsupported", "dictionary_model_mismatch"]
        let cfg = "query/cfg.json", weights = "query/sae_weights.safetensors", own = "qklens.json"
        func setting(_ name: String, _ part: String, _ from: String, _ to: String) -> Case {
            Case(name, wrong, part) { try $0.replace(cfg, from, with: to) }
        }
        func fact(_ member: String, _ value: String, _ part: String) -> Case {
            Case("\(member) \(value)", wrong, part) { folder in
                let text = String(decoding: try folder.bytes(own), as: UTF8.self)
                let changed = text.replacing(try Regex("\"\(member)\": *[-0-9]+"), with: "\"\(member)\": \(value)")
                try #require(changed != text)
                try folder.write(own, changed)
            }
        }
        let sizes = ["d_in", "d_sae", "d_out"].flatMap { name in
            ["0", "-1", "1048576", "1048577", "1e300", "9223372036854775807", "1.5", "\"8\"", "null", "[]"].map { value in
                Case("\(name) \(value)", wrong, name == "d_sae" && value == "1048576" ? "W_enc" : "query") { folder in
                    let text = String(decoding: try folder.bytes(cfg), as: UTF8.self)
                    try folder.write(cfg, text.replacing(try Regex("\"\(name)\": *[0-9]+"), with: "\"\(name)\": \(value)"))
                }
            }
        }
        try Self.refuse(
            sizes + [
                Case("sizes without end", wrong, "W_enc") { folder in
                    let text = String(decoding: try folder.bytes(cfg), as: UTF8.self)
                    try folder.write(cfg, text.replacing(/"(d_in|d_sae|d_out)": *[0-9]+/) { "\"\($0.1)\": 1048576" })
                },
                setting("no architecture", "metadata2", "\"architecture\"", "\"metadata2\""),
                setting("a list", "cfg.json", "{", "["),
                setting("a hook of another place", "ln1", "ln1.hook_normalized", "ln2.hook_normalized"),
                setting("a layer that is none", "hook", "blocks.1.", "blocks.-1."),
                setting("another layer than the key's", "layer", "blocks.1.", "blocks.2."),
                setting("a layer without end", "hook", "blocks.1.", "blocks.99999999999999999999."),
                Case("empty", wrong, "cfg.json") { try $0.write(cfg, "") },
                Case("no UTF-8", wrong, "cfg.json") { try $0.write(cfg, [0xFF, 0xFE]) },
                Case("ten megabytes", wrong, "cfg.json") {
                    try $0.write(cfg, $0.bytes(cfg) + Data(repeating: 0x20, count: 10 << 20))
                },
                Case("cut weights", wrong, "sae_weights") { try $0.write(weights, $0.bytes(weights).dropLast(4)) },
                Case("renamed weights", wrong, "W_dek") { try $0.changeHeader(weights) { $0.replacing("W_dec", with: "W_dek") } },
                Case("a missing tensor", wrong, "W_enc") { folder in
                    let header = "{\"b_enc\":{\"dtype\":\"F32\",\"shape\":[24],\"data_offsets\":[0,96]}}"
                    try folder.writeTensors(weights, header: header, data: Data(count: 96))
                },
                Case("not a number", wrong, "not finite") { folder in
                    let bytes = try folder.bytes(weights)
                    try folder.write(weights, bytes.dropLast(4) + [0, 0, 0xC0, 0x7F])
                },
                Case("a list of facts", wrong, own) { try $0.write(own, "[]") },
                Case("facts that are no JSON", wrong, own) { try $0.write(own, "{") },
                fact("d_sae_query", "1000000000", own), fact("n_heads", "1000000", own), fact("layer", "3", own),
                fact("layer", "-1", own),
                fact("d_model", "7", own), fact("steps", "-5", own),
            ], daemon, folder, "dictionaries.import")

        // Facts that change nothing that is computed are believed, but bounded.
        let odd = try daemon.copy(folder, "odd")
        for name in ["qklens.json", "qklens.safetensors"] {
            try FileManager.default.removeItem(at: odd.url.appending(path: name))
        }
        try odd.replace(cfg, "\"context_size\":", with: "\"context_size\": -5, \"was\":")
        let imported = try daemon.call(DictionariesImport.self, ["path": .string(odd.path)])
        #expect(imported.settings["context"] == 1)
        #expect(daemon.end() == 0)
    }

    @Test func `a map's folder whose columns are wrong, or lie about their lengths, is refused`() throws {
        let daemon = try LiveDaemon()
        _ = try daemon.run(
            DictionariesTrain.self,
            ["layers": [1], "d_sae_query": [24], "d_sae_key": [16], "steps": 20, "batch_sequences": 4, "held_out_contexts": 2])
        let job = try daemon.run(MapsTrain.self, ["dictionary": "d1", "steps": 5, "support_contexts": 8, "held_out_contexts": 2])
        try #require(job.state == .finished, "\(job)")
        let original = daemon.home.appending(path: "map")
        _ = try daemon.call(MapsExport.self, ["map": "m1", "path": .string(original.path), "format": "npy"])
        let wrong: Set = ["map_unreadable", "map_dictionary_mismatch"], column = "query_feature.npy"
        func header(_ name: String, _ part: String, _ from: String, _ to: String) -> Case {
            Case(name, wrong, part) { folder in
                var bytes = try folder.bytes(column)
                let place = try #require(bytes.firstRange(of: Data(from.utf8)), "\(from)")
                bytes.replaceSubrange(place, with: Data(to.utf8))
                // The header keeps its length: what is longer or shorter is taken from its padding.
                let end = try #require(bytes.firstIndex(of: 0x0A)), extra = to.utf8.count - from.utf8.count
                if extra > 0 {
                    bytes.removeSubrange(end - extra..<end)
                } else {
                    bytes.insert(contentsOf: Data(repeating: 0x20, count: -extra), at: end)
                }
                try folder.write(column, bytes)
            }
        }
        func prefix(_ name: String, _ part: String, _ bytes: [UInt8], at place: Int) -> Case {
            Case(name, wrong, part) { folder in
                var all = try folder.bytes(column)
                all.replaceSubrange(place..<place + bytes.count, with: bytes)
                try folder.write(column, all)
            }
        }
        func element(_ name: String, _ file: String, _ value: Int32, _ part: String) -> Case {
            Case(name, wrong, part) { folder in
                var all = try folder.bytes(file)
                let start = all.count - 4
                all.replaceSubrange(start..., with: (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
                try folder.write(file, all)
            }
        }
        try Self.refuse(
            [
                header("objects", "<i4", "'<i4'", "'|O'"), header("big-endian", "<i4", "'<i4'", "'>i4'"),
                header("wide", "<i4", "'<i4'", "'<i8'"), header("Fortran's order", "C order", "False", "True"),
                header("a shape without end", "shape", "'shape': (", "'shape': (9223372036854775807, "),
                header("a negative shape", "sizes", "'shape': (", "'shape': (-"),
                header("no shape", "no shape", "'shape'", "'shapes'"),
                header("a shape too long", "larger than the file", "'shape': (", "'shape': (3, "),
                prefix("version 9", "version 9", [9], at: 6), prefix("no magic", ".npy", [0x50], at: 0),
                prefix("a header of 4 GB", "4294967295", [2, 0, 0xFF, 0xFF, 0xFF, 0xFF], at: 6),
                Case("a hole of a terabyte", wrong, "bytes") { try $0.extend(column, to: 1 << 40) },
                Case("cut", wrong, "bytes where") { try $0.write(column, $0.bytes(column).dropLast(2)) },
                Case("eleven bytes", wrong, ".npy") { try $0.write(column, $0.bytes(column).prefix(11)) },
                Case("a column less", wrong, "head.npy") {
                    try FileManager.default.removeItem(at: $0.url.appending(path: "head.npy"))
                },
                element("a negative feature", column, -1, "-1"), element("a feature beyond", column, 24, "24"),
                element("a head beyond", "head.npy", 4, "head"), element("a head beyond 16 bits", "head.npy", 1 << 20, "1048576"),
                element("a mask of NaN", "mask.npy", 0x7FC0_0000, "mask"),
                element("a mask above 1", "mask.npy", 0x4000_0000, "mask"),
                element("an M of another map", "M.npy", 0x4640_0000, "M is"),
                Case("a ragged column", wrong, "rows") { folder in
                    try folder.write(
                        "head.npy",
                        Data([0x93] + Array("NUMPY".utf8) + [1, 0, 70, 0])
                            + Data(
                                "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }".padding(
                                    toLength: 69, withPad: " ", startingAt: 0
                                ).utf8) + [0x0A, 0, 0, 0, 0])
                },
                Case("facts of another kind", wrong, "map.json") {
                    try $0.replace("map.json", "\"surviving_entries\":", with: "\"surviving_entries\": -1, \"x\":")
                },
                Case("facts that are no JSON", wrong, "byte") { try $0.write("map.json", "{") },
                Case("another dictionary", wrong, "fingerprint") {
                    try $0.replace("map.json", "\"dictionary_fingerprint\": \"", with: "\"dictionary_fingerprint\": \"0")
                },
            ], daemon, original, "maps.import", ["dictionary": "d1"])
        #expect(daemon.end() == 0)
    }

    @Test func `a corpus that is not what its name says is refused with the line`() throws {
        let daemon = try LiveDaemon()
        let folder = SpoiltFolder(url: daemon.home)
        let before = try daemon.residentBytes()
        let deep = String(repeating: "[", count: 100_000)
        let many = String(repeating: "The cat sat on the mat and looked at the store.\n", count: 400)
        func array(_ descr: String, _ shape: String, _ data: [UInt8]) -> [UInt8] {
            let header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }".padding(
                toLength: 117, withPad: " ", startingAt: 0)
            return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8) + [0x0A] + data
        }
        let cases: [(name: String, bytes: [UInt8], kind: String, part: String)] = [
            ("empty.txt", [], "text_empty", "0 tokens"), ("short.txt", Array("a".utf8), "text_empty", "tokens"),
            ("invalid.txt", Array("abc\n".utf8) + [0xFF, 0xFE], "text_unreadable", "line 2"),
            ("surrogate.txt", [0xED, 0xA0, 0x80], "text_unreadable", "line 1"),
            ("deep.jsonl", Array(deep.utf8), "text_unreadable", "64"),
            ("numbers.jsonl", Array("1\n".utf8), "text_unreadable", "line 1"),
            ("other.jsonl", Array("{\"text\":\"a\"}\n{\"txt\":\"b\"}".utf8), "text_unreadable", "txt"),
            ("typed.jsonl", Array("{\"text\":7}".utf8), "text_unreadable", "no text"),
            ("nul.jsonl", Array("{\"te\\u0000xt\":\"a\"}".utf8), "text_unreadable", "line 1"),
            ("marked.jsonl", [0xEF, 0xBB, 0xBF] + Array("{\"text\":\"a\"}".utf8), "text_unreadable", "line 1"),
            ("text.npy", Array("no array".utf8), "text_unreadable", ".npy"),
            ("claim.npy", array("<u2", "(9223372036854775807,)", [0, 0]), "text_unreadable", "larger than any file"),
            ("promise.npy", array("<u2", "(1000000000000,)", [0, 0]), "text_unreadable", "promises"),
            ("objects.npy", array("|O", "(1,)", [0]), "text_unreadable", "|O"),
            ("axes.npy", array("<i4", "(1, 1, 1)", [0, 0, 0, 0]), "text_unreadable", "axes"),
            ("floats.npy", array("<f4", "(1,)", [0, 0, 0, 0]), "text_unreadable", "<f4"),
            ("beyond.npy", array("<u2", "(2,)", [0, 0, 0, 4]), "token_out_of_range", "1024"),
            ("negative.npy", array("<i4", "(1,)", [0xFF, 0xFF, 0xFF, 0xFF]), "token_out_of_range", "-1"),
            ("huge.npy", array("<i8", "(1,)", [0, 0, 0, 0, 0, 0, 0, 0x40]), "token_out_of_range", "4611686018427387904"),
        ]
        func refuse(_ name: String, _ kind: String, _ part: String) throws {
            let error = try daemon.error(
                "dictionaries.train", ["layers": [0], "corpus": .string("\(folder.path)/\(name)"), "dry_run": true])
            #expect(error.kind == kind && error.message.contains(part) && error.message.contains(name), "\(name): \(error)")
        }
        for (name, bytes, kind, part) in cases {
            try folder.write(name, bytes)
            try refuse(name, kind, part)
        }
        for (name, size) in [("line.txt", 100 << 20), ("line.jsonl", 1 << 30)] {
            try folder.write(name, "")
            try folder.extend(name, to: UInt64(size))
            try refuse(name, "text_unreadable", "more than the")
        }
        // NUL, a byte order mark and control characters are text like any other.
        try folder.write("odd.txt", Array((many + "\u{0}\u{1}\u{FEFF}\u{202E}\r\n").utf8) + Array(many.utf8))
        let reply = try daemon.call(
            DictionariesTrain.self,
            [
                "layers": [0], "corpus": .string("\(folder.path)/odd.txt"), "dry_run": true, "held_out_contexts": 4,
                "batch_sequences": 4,
            ])
        #expect(reply.job == nil && reply.estimate.steps > 0)
        let after = try daemon.residentBytes()
        #expect(after < before + 2 * StrangerFileTests.spareMemory, "\(before >> 20) MiB before, \(after >> 20) MiB after")
        #expect(daemon.end() == 0)
    }
}
