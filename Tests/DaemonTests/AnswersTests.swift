import API
import Client
import Foundation
import JSON
import Store
import Testing

/// Every method on the real daemon: replies keep their schemas, and the numbers keep their identities.
@Suite(.timeLimit(.minutes(3))) struct AnswersTests {
    static let prompt: JSON = "When John and Mary went to the store, John gave a drink to"

    @Test func `models, tokens, activations and patterns`() throws {
        let daemon = try LiveDaemon()
        let model = try #require(try daemon.call(ModelsList.self).models.first)
        #expect(model.model == "demo-4l" && model.is_embedded && model.n_layers == 4 && model.d_vocab == 1024)
        #expect(try daemon.call(SystemInfo.self).store_schema_version == Store.schemaVersion)

        let copy = try daemon.copyOfModel("other")
        let loaded = try daemon.call(ModelsLoad.self, ["path": .string(copy.path)])
        #expect(loaded.model == "other" && loaded.fingerprint == model.fingerprint)
        #expect(try daemon.call(ModelsGet.self, ["model": "other"]).memory_bytes == model.memory_bytes)

        let encoded = try daemon.call(TokensEncode.self, ["text": Self.prompt, "model": "other"])
        #expect(encoded.tokens.first == 0 && encoded.pieces[2] == " John")
        let decoded = try daemon.call(TokensDecode.self, ["tokens": .array(encoded.tokens.dropFirst().map { .integer($0) })])
        #expect(JSON.string(decoded.text) == Self.prompt)
        let plain = try daemon.call(TokensEncode.self, ["text": "<|endoftext|>", "prepend_bos": false])
        #expect(plain.tokens.count > 1)
        #expect(
            try daemon.call(TokensEncode.self, ["text": "<|endoftext|>", "prepend_bos": false, "allow_special": true]).tokens == [
                0
            ])
        #expect(try daemon.call(TokensPredict.self, ["text": Self.prompt]).predictions.first?.piece == " Mary")

        let names: JSON = ["blocks.1.attn.hook_attn_scores", "blocks.0.hook_resid_pre", "logits"]
        let captured = try daemon.call(ActivationsCapture.self, ["text": "When John", "names": names]).activations
        #expect(captured.map(\.shape) == [[4, 3, 3], [3, 128], [3, 1024]])
        #expect(captured[0].values?.array?[0].array?[0].array?.map(\.isNull) == [false, true, true])

        let pattern = try daemon.call(AttentionPattern.self, ["text": Self.prompt, "layer": 0])
        for head in pattern.heads {
            for (destination, row) in (head.pattern ?? []).enumerated() {
                #expect(abs(row.compactMap { $0 }.reduce(0, +) - 1) < 1e-5 && row.compactMap { $0 }.count == destination + 1)
            }
        }
        #expect(try daemon.call(ModelsUnload.self, ["model": "other"]).freed_bytes == model.memory_bytes)
        #expect(daemon.end() == 0)
    }

    @Test func `from training to the explanation of a look`() throws {
        let daemon = try LiveDaemon()
        let training: JSON = [
            "layers": [1], "d_sae_query": [48], "d_sae_key": [40], "steps": 60, "learning_rate": 0.01, "held_out_contexts": 4,
        ]
        let dictionaryJob = try daemon.run(DictionariesTrain.self, training)
        #expect(dictionaryJob.state == .finished, "\(dictionaryJob.error ?? "")")
        let dictionary = try daemon.call(DictionariesGet.self, ["dictionary": "d1"])
        #expect(dictionary.layer == 1 && dictionary.d_sae_query == 48 && dictionary.d_sae_key == 40)
        #expect(try daemon.call(DictionariesList.self, ["layer": 0]).dictionaries.isEmpty)

        let mapJob = try daemon.run(
            MapsTrain.self, ["dictionary": "d1", "steps": 20, "support_contexts": 16, "held_out_contexts": 4])
        #expect(mapJob.result?.map == "m1", "\(mapJob.error ?? "")")
        let map = try daemon.call(MapsGet.self, ["map": "m1"])
        #expect(map.surviving_entries > 0 && map.entries_by_head.reduce(0, +) == map.surviving_entries)

        let rebuilt = try daemon.call(AttentionReconstruct.self, ["text": Self.prompt, "map": "m1", "include_patterns": true])
        #expect(rebuilt.stages.map(\.stage) == [.transcoders, .map, .masked_map])
        #expect(rebuilt.patterns?.count == 4 && rebuilt.CE != nil)

        let all = try daemon.call(AttentionExplain.self, ["text": Self.prompt, "map": "m1", "top_k": 1000])
        #expect(all.heads.map(\.head) == [0, 1, 2, 3] && all.destination == 14)
        for found in all.heads {
            let alone = try daemon.call(
                AttentionExplain.self, ["text": Self.prompt, "map": "m1", "head": .integer(found.head), "top_k": 1000])
            #expect(alone.heads == [found], "a second question has the same numbers")
            let sum = found.parts.reduce(0) { $0 + Double($1.value) }
            let magnitude =
                found.pairs.reduce(0) { $0 + abs(Double($1.contribution)) }
                + found.parts.dropFirst().reduce(0) { $0 + abs(Double($1.value)) }
            #expect(abs(sum - Double(found.attn_score)) <= 1e-4 * max(1, magnitude))
            #expect(found.source <= 14 && found.pairs.count == found.feature_pairs)
        }

        let cache = try daemon.call(SystemInfo.self).prompt_cache
        #expect(cache.hits >= 4 && cache.bytes > 0 && cache.bytes <= cache.limit_bytes, "\(cache)")

        var paged: [PairEntry] = [], cursor: JSON = nil
        repeat {
            var params: JSONObject = ["map": "m1", "limit": 100]
            if !cursor.isNull { params["cursor"] = cursor }
            let page = try daemon.call(PairsTop.self, .object(params))
            paged += page.pairs
            cursor = page.next_cursor.map { .string($0) } ?? nil
        } while !cursor.isNull
        #expect(paged.count == map.surviving_entries && Set(paged).count == paged.count)
        #expect(zip(paged, paged.dropFirst()).allSatisfy { abs($0.expected_contribution) >= abs($1.expected_contribution) })
        let first = try #require(paged.first)
        let pair: JSON = [
            "map": "m1", "query_feature": .integer(first.query_feature), "key_feature": .integer(first.key_feature),
        ]
        #expect(try daemon.call(PairsLookup.self, pair).heads.contains(first))
        let byKey = try daemon.call(PairsTop.self, ["map": "m1", "key_feature": .integer(first.key_feature), "limit": 1000])
        #expect(Set(byKey.pairs) == Set(paged.filter { $0.key_feature == first.key_feature }))

        for (side, feature) in [("query", first.query_feature), ("key", first.key_feature)] {
            let shown = try daemon.call(
                FeaturesExamples.self,
                ["dictionary": "d1", "side": .string(side), "features": [.integer(feature), .integer(feature)], "contexts": 16])
            #expect(shown.features.count == 2 && shown.features[0] == shown.features[1])
            let example = try #require(shown.features.first?.examples.first)
            #expect(example.activation > 0 && example.activation == shown.features[0].max_activation)
        }
        #expect(try daemon.call(DictionariesDelete.self, ["dictionary": "d1"]).deleted_maps == ["m1"])
        #expect(try daemon.error("maps.get", ["map": "m1"]).kind == "map_not_found")
        #expect(try daemon.client().call("rpc.discover")["methods"]?.array?.count == allMethods.count)
        #expect(daemon.end() == 0)
    }

    @Test func `a dry run starts nothing`() throws {
        let daemon = try LiveDaemon()
        let estimate = try daemon.call(DictionariesTrain.self, ["layers": [0], "dry_run": true])
        #expect(estimate.job == nil && estimate.estimate.tokens == 1500 * 16 * 128 && estimate.estimate.disk_bytes > 1 << 20)
        #expect(try daemon.call(JobsList.self).jobs.isEmpty)
    }

    @Test func `recent prompts stay in memory up to the limit, the oldest go`() throws {
        let daemon = try LiveDaemon(["--prompt-cache-mib", "1"])
        func look(_ tokens: Int, first: Int = 5) throws -> PromptCacheInfo {
            let params: JSON = ["layer": 3, "tokens": .array((0..<tokens).map { .integer(first + $0) })]
            _ = try daemon.call(AttentionPattern.self, params)
            return try daemon.call(SystemInfo.self).prompt_cache
        }
        let first = try look(60)
        #expect(first.prompts == 1 && first.hits == 0 && first.misses == 1)
        #expect(try look(60).hits == 1, "the same prompt")
        // 61 tokens take 213 kB: x, q and k of 128 numbers, scores and pattern of four heads.
        var last = first
        for number in 0..<6 { last = try look(60, first: 100 + number) }
        #expect(last.misses == 7 && last.prompts == 4 && last.bytes <= 1 << 20)
        #expect(try look(60).misses == 8, "the first one has gone")
        #expect(try look(127).misses == 9)
        let whole = try look(127, first: 6)
        #expect(whole.bytes <= 1 << 20 && whole.misses == 10)
    }
}
