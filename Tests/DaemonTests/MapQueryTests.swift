import API
import Client
import Foundation
import JSON
import JSONRPC
import Testing

/// What can be asked of a map, against a search through all of its entries; and maps that leave the store and come back.
@Suite(.serialized, .timeLimit(.minutes(3))) struct MapQueryTests {
    /// A daemon with dictionary d1 and map m1 on layer 1.
    private func trained() throws -> LiveDaemon {
        let daemon = try LiveDaemon()
        _ = try daemon.run(DictionariesTrain.self, ExportTests.training)
        let job = try daemon.run(
            MapsTrain.self, ["dictionary": "d1", "steps": 4, "support_contexts": 8, "held_out_contexts": 2])
        try #require(job.result?.map == "m1", "\(job.error ?? "")")
        return daemon
    }

    /// All pages of `pairs.top`.
    private func all(_ daemon: LiveDaemon, _ params: JSONObject = [:], limit: Int = 300) throws -> [PairEntry] {
        var found: [PairEntry] = [], params = params
        (params["map"], params["limit"]) = ("m1", .integer(limit))
        while true {
            let page = try daemon.call(PairsTop.self, .object(params))
            found += page.pairs
            guard let next = page.next_cursor else { return found }
            params["cursor"] = .string(next)
        }
    }

    @Test func `thresholds, orders and pages are those of a sorted list`() throws {
        let daemon = try trained(), entries = try all(daemon)
        let whole = try daemon.call(MapsGet.self, ["map": "m1"]).surviving_entries
        #expect(entries.count == whole && whole > 500)
        let contribution = try #require(entries.dropFirst(entries.count / 3).first?.expected_contribution)
        let mask = try #require(entries.map(\.mask).sorted().dropFirst(entries.count / 2).first)
        let limits: JSONObject = ["min_contribution": .float(contribution), "min_mask": .float(mask)]
        let wanted = entries.filter { $0.expected_contribution >= contribution && $0.mask >= mask }
        #expect(try all(daemon, limits, limit: 17) == wanted && !wanted.isEmpty && wanted.count < entries.count)
        for (order, strength) in [("M", { abs($0.M * $0.mask) }), ("mask", \.mask)] as [(String, (PairEntry) -> Float)] {
            let sorted = entries.sorted {
                strength($0) != strength($1)
                    ? strength($0) > strength($1)
                    : ($0.head, $0.query_feature, $0.key_feature) < ($1.head, $1.query_feature, $1.key_feature)
            }
            #expect(try all(daemon, ["order": .string(order)], limit: 211) == sorted)
            let head = sorted.filter { $0.head == 2 && $0.mask >= mask }
            #expect(try all(daemon, ["order": .string(order), "head": 2, "min_mask": .float(mask)]) == head)
            let query = entries[0].query_feature
            let row = try all(daemon, ["order": .string(order), "query_feature": .integer(query)], limit: 7)
            #expect(row == sorted.filter { $0.query_feature == query })
        }
        #expect(try daemon.error("pairs.top", ["map": "m1", "cursor": "-3"]).kind == "cursor_invalid")
        #expect(try daemon.error("pairs.top", ["map": "m1", "head": 4]).kind == "head_out_of_range")
    }

    @Test func `shared pairs, partners and heads sum up the entries`() throws {
        let daemon = try trained(), entries = try all(daemon)
        let pairs = Dictionary(grouping: entries) { [$0.query_feature, $0.key_feature] }
        let shared = try daemon.call(PairsShared.self, ["map": "m1", "min_heads": 3, "limit": 1000])
        #expect(shared.total == pairs.values.count { $0.count >= 3 } && shared.total > 0)
        #expect(zip(shared.pairs, shared.pairs.dropFirst()).allSatisfy { $0.expected_contribution >= $1.expected_contribution })
        for pair in shared.pairs {
            let own = try #require(pairs[[pair.query_feature, pair.key_feature]]).sorted { $0.head < $1.head }
            #expect(pair.heads == own.map(\.head) && pair.contributions == own.map { abs($0.expected_contribution) })
            #expect(pair.expected_contribution == pair.contributions.reduce(0, +))
        }
        let second = try daemon.call(PairsShared.self, ["map": "m1", "min_heads": 3, "limit": 2, "cursor": "2"])
        #expect(second.pairs == Array(shared.pairs.dropFirst(2).prefix(2)))

        let key = entries[0].key_feature
        let partners = try daemon.call(
            FeaturesPartners.self, ["map": "m1", "side": "key", "feature": .integer(key), "limit": 1000])
        #expect(partners.total == Set(entries.filter { $0.key_feature == key }.map(\.query_feature)).count)
        #expect(partners.partners.count == partners.total && partners.partners.allSatisfy { $0.key_feature == key })
        #expect(partners.partners.flatMap(\.heads).count == entries.count { $0.key_feature == key })
        let inHead = try daemon.call(
            FeaturesPartners.self, ["map": "m1", "side": "key", "feature": .integer(key), "head": 1, "limit": 1000])
        #expect(inHead.partners.allSatisfy { $0.heads == [1] })
        #expect(inHead.total == entries.count { $0.key_feature == key && $0.head == 1 })

        let heads = try daemon.call(MapsHeads.self, ["map": "m1"]).heads
        #expect(heads.map(\.head) == [0, 1, 2, 3] && abs(heads.reduce(0) { $0 + $1.share } - 1) < 1e-12)
        for head in heads {
            let own = entries.filter { $0.head == head.head }, weights = own.map { Double(abs($0.expected_contribution)) }
            let sum = weights.reduce(0, +)
            let entropy = weights.filter { $0 > 0 }.reduce(0) { $0 - $1 / sum * log($1 / sum) }
            #expect(head.pairs == own.count && abs(head.expected_contribution - sum) < 1e-9 * sum)
            #expect(abs(head.effective_pairs - exp(entropy)) < 1e-9 * exp(entropy))
            #expect(head.top == own.first)
            #expect(head.shared_pairs == own.count { (pairs[[$0.query_feature, $0.key_feature]]?.count ?? 0) > 1 })
            #expect(head.query_features == Set(own.map(\.query_feature)).count)
            #expect(head.key_features == Set(own.map(\.key_feature)).count)
        }
    }

    @Test func `a batch of lookups gives what single ones give, until the map is gone`() throws {
        let daemon = try trained(), client = try daemon.client()
        var pairs: [[Int]] = []
        for query in 0..<24 { for key in 0..<16 { pairs.append([query, key]) } }
        let batch = try daemon.call(
            PairsLookupBatch.self, ["map": "m1", "pairs": .array(pairs.map { .array($0.map { .integer($0) }) })])
        var place = 0
        for (pair, count) in zip(pairs, batch.entries) {
            let single = try client.call(
                PairsLookup.self, PairsLookup.Params(map: "m1", query_feature: pair[0], key_feature: pair[1]))
            let columns = place..<place + count
            #expect(single.heads.map(\.head) == Array(batch.head[columns]) && single.heads.map(\.M) == Array(batch.M[columns]))
            #expect(single.heads.map(\.mask) == Array(batch.mask[columns]))
            #expect(single.heads.map(\.expected_contribution) == Array(batch.expected_contribution[columns]))
            place += count
        }
        let whole = try daemon.call(MapsGet.self, ["map": "m1"]).surviving_entries
        #expect(place == batch.head.count && place == whole)
        for pair in [[24, 0], [0, 16]] {
            let error = try daemon.error("pairs.lookup_batch", ["map": "m1", "pairs": [.array(pair.map { .integer($0) })]])
            #expect(error.kind == "feature_out_of_range")
        }
        // The service knows the map's sizes by now; it must not go on without the map.
        _ = try daemon.call(MapsDelete.self, ["map": "m1"])
        #expect(try daemon.error("pairs.lookup", ["map": "m1", "query_feature": 0, "key_feature": 0]).kind == "map_not_found")
        #expect(try daemon.error("pairs.lookup_batch", ["map": "m1", "pairs": [[0, 0]]]).kind == "map_not_found")
        #expect(try daemon.error("pairs.top", ["map": "m1"]).kind == "map_not_found")
    }

    @Test(arguments: ["safetensors", "npy"]) func `an exported map comes back entry for entry`(_ format: String) throws {
        let daemon = try trained(), folder = daemon.home.appending(path: "given")
        let entries = try all(daemon), before = try daemon.call(MapsGet.self, ["map": "m1"])
        let request: JSON = ["map": "m1", "path": .string(folder.path), "format": .string(format)]
        #expect(try daemon.call(MapsExport.self, request).entries == entries.count)
        #expect(try daemon.error("maps.export", request).kind == "file_exists")
        let imported = try daemon.call(MapsImport.self, ["path": .string(folder.path), "dictionary": "d1"])
        #expect(imported.map == "m2" && imported.job == nil && imported.imported_from == folder.path)
        #expect(imported.evaluation == before.evaluation && imported.entries_by_head == before.entries_by_head)
        #expect(imported.surviving_pairs == before.surviving_pairs && imported.sparsity == before.sparsity)
        _ = try daemon.call(MapsDelete.self, ["map": "m1"])
        let back = try daemon.call(PairsTop.self, ["map": "m2", "limit": 1000]).pairs
        #expect(back == Array(entries.prefix(1000)))

        _ = try daemon.run(DictionariesTrain.self, ExportTests.training.with("seeds", [7]))
        let error = try daemon.error("maps.import", ["path": .string(folder.path), "dictionary": "d2"])
        #expect(error.kind == "map_dictionary_mismatch" && error.message.contains("d2"))
    }

    @Test func `what a folder says of its map is not believed`() throws {
        let daemon = try trained(), folder = daemon.home.appending(path: "given")
        _ = try daemon.call(MapsExport.self, ["map": "m1", "path": .string(folder.path)])
        let file = folder.appending(path: "map.json"), text = try String(contentsOf: file, encoding: .utf8)
        let given: JSON = ["path": .string(folder.path), "dictionary": "d1"]
        func write(_ member: String, _ value: JSON, in part: String? = nil) throws {
            var whole = try #require(JSON(parsing: text).object)
            var map = try #require(whole["map"]?.object)
            if let part, var inner = map[part]?.object {
                inner[member] = value
                map[part] = .object(inner)
            } else {
                map[member] = value
            }
            whole["map"] = .object(map)
            try Data(JSON.object(whole).bytes()).write(to: file)
        }
        for (member, part) in [("support_entries", nil), ("of_live", "sparsity")] as [(String, String?)] {
            try write(member, -1, in: part)
            let error = try daemon.error("maps.import", given)
            #expect(error.kind == "map_unreadable" && error.message.contains(member), "\(error)")
        }
        try write("of_live", 1e-300, in: "sparsity")
        let odd = try daemon.call(MapsImport.self, given)
        #expect(try daemon.call(MapsReport.self, ["map": .string(odd.map), "contexts": 1]).sparsity.entries.count > 0)
        let page = try daemon.call(MapsList.self, ["limit": 1])
        #expect(page.maps.map(\.map) == ["m2"] && page.next_cursor == "m2", "newest first")
        let last = try daemon.call(MapsList.self, ["limit": 1, "cursor": "m2", "layer": 1])
        #expect(last.maps.map(\.map) == ["m1"] && last.next_cursor == nil)
        #expect(try daemon.error("maps.list", ["cursor": "m9"]).kind == "cursor_invalid")
        try Data(text.utf8).write(to: file)
        // A tensor file that claims, and has, more than any map of the dictionary: nothing of it is read.
        let tensors = try FileHandle(forWritingTo: folder.appending(path: "map.safetensors"))
        try tensors.truncate(atOffset: 1 << 40)
        let error = try daemon.error("maps.import", given)
        #expect(error.kind == "map_unreadable" && error.message.contains("bytes"), "\(error)")
    }

    @Test func `a map with a false number is refused with its place`() throws {
        let daemon = try trained(), folder = daemon.home.appending(path: "given")
        _ = try daemon.call(MapsExport.self, ["map": "m1", "path": .string(folder.path), "format": "npy"])
        // The header of a short array is 128 bytes; the numbers of row 1 follow those of row 0.
        let cases: [(file: String, bytes: [UInt8], named: String)] = [
            ("M", [0, 0, 128, 63], "product"), ("mask", [0, 0, 0, 64], "mask 2"), ("M", [0, 0, 192, 127], "nan"),
            ("head", [4, 0, 0, 0], "4 heads"), ("query_feature", [24, 0, 0, 0], "24 × 16"),
            ("key_feature", [255, 255, 255, 255], "-1"),
        ]
        for (file, bytes, named) in cases {
            let path = folder.appending(path: file + ".npy"), sound = try Data(contentsOf: path)
            try (sound.prefix(132) + Data(bytes) + sound.dropFirst(136)).write(to: path)
            let error = try daemon.error("maps.import", ["path": .string(folder.path), "dictionary": "d1"])
            #expect(error.kind == "map_unreadable" && error.message.contains(named), "\(file): \(error)")
            try sound.write(to: path)
        }
        try FileManager.default.removeItem(at: folder.appending(path: "mask.npy"))
        #expect(try daemon.error("maps.import", ["path": .string(folder.path), "dictionary": "d1"]).kind == "map_unreadable")
        #expect(try daemon.error("maps.import", ["path": "/nowhere", "dictionary": "d1"]).kind == "file_not_found")
        #expect(try daemon.call(MapsList.self, ["layer": 1, "model": "demo-4l"]).maps.map(\.map) == ["m1"])
        #expect(try daemon.call(MapsList.self, ["layer": 2]).maps.isEmpty)
    }
}

extension JSON {
    /// The object with one member more.
    func with(_ name: String, _ value: JSON) -> JSON {
        var members = object ?? [:]
        members[name] = value
        return .object(members)
    }
}
