import API
import Client
import Foundation
import JSON
import JSONRPC
import Testing

/// Collected examples on the real daemon: the same numbers as computed on the spot, replaced and deleted as a whole.
@Suite(.timeLimit(.minutes(3))) struct ExamplesTests {
    /// A daemon with a small dictionary d1 of layer 1 and a map m1 over it.
    static func daemonWithMap(environment: [String: String] = [:]) throws -> LiveDaemon {
        let daemon = try LiveDaemon(environment: environment)
        let dictionary = try daemon.run(
            DictionariesTrain.self,
            [
                "layers": [1], "d_sae_query": [48], "d_sae_key": [40], "steps": 30, "evaluate_every": 1, "learning_rate": 0.01,
                "batch_sequences": 4, "held_out_contexts": 4,
            ])
        #expect(dictionary.state == .finished, "\(dictionary.error ?? "")")
        let map = try daemon.run(
            MapsTrain.self,
            ["dictionary": "d1", "steps": 10, "batch_sequences": 4, "support_contexts": 16, "held_out_contexts": 4])
        #expect(map.state == .finished, "\(map.error ?? "")")
        return daemon
    }

    @Test func `a collection killed before it can be seen leaves nothing, and its successor's is whole`() throws {
        let marker = NSTemporaryDirectory() + "qklens-killed-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: marker) }
        let daemon = try Self.daemonWithMap(environment: ["QKLENS_KILL_AT": "examples-written:1:\(marker)"])
        let strongest = try #require(try daemon.call(PairsTop.self, ["map": "m1", "limit": 1]).pairs.first)
        let pair: JSON = [
            "map": "m1", "query_feature": .integer(strongest.query_feature), "key_feature": .integer(strongest.key_feature),
        ]
        let job = try daemon.run(ExamplesCollect.self, ["map": "m1", "contexts": 8])
        #expect(job.state == .finished && job.attempts == 2 && FileManager.default.fileExists(atPath: marker), "\(job)")
        let first = try daemon.call(PairsExamples.self, pair)
        let undisturbed = try daemon.run(ExamplesCollect.self, ["map": "m1", "contexts": 8])
        #expect(undisturbed.attempts == 1)
        let second = try daemon.call(PairsExamples.self, pair)
        #expect(first.by_effect == second.by_effect && first.quantiles == second.quantiles && first.heads == second.heads)
        // The killed worker's records, of a number that nothing names, go when the service starts again.
        #expect(daemon.end() == 0)
        try daemon.start()
        #expect(try daemon.call(PairsExamples.self, pair) == second)
        let log = try String(contentsOf: daemon.home.appending(path: "log"), encoding: .utf8)
        #expect(!log.contains("error"), "\(log.suffix(400))")
    }

    /// One daemon for all, as its training is what takes time.
    @Test func `examples are collected, read, replaced and deleted, and what is not there is refused with its reason`() throws {
        let daemon = try Self.daemonWithMap()
        let strongest = try #require(try daemon.call(PairsTop.self, ["map": "m1", "limit": 1]).pairs.first)
        let pair: JSON = [
            "map": "m1", "query_feature": .integer(strongest.query_feature), "key_feature": .integer(strongest.key_feature),
            "limit": 4,
        ]
        let missing = try daemon.error("pairs.examples", pair)
        #expect(missing.kind == "examples_not_found" && missing.message.contains("examples.collect"))
        #expect(try daemon.error("examples.get", ["map": "m1"]).kind == "examples_not_found")
        #expect(try daemon.error("features.examples", feature("query", 1, ["map": "m1"])).kind == "examples_not_found")

        let job = try daemon.run(ExamplesCollect.self, ["map": "m1", "contexts": 24, "examples": 6])
        #expect(job.state == .finished && job.result?.map == "m1", "\(job.error ?? "")")
        let collected = try daemon.call(ExamplesGet.self, ["map": "m1"])
        #expect(collected.contexts == 24 && collected.tokens == 24 * collected.context && collected.job == job.job)
        #expect(collected.active_pairs > 0 && collected.active_pairs <= collected.followed_pairs)
        try expectPair(try daemon.call(PairsExamples.self, pair), strongest)
        try expectFeatures(daemon)

        let again = try daemon.run(ExamplesCollect.self, ["map": "m1", "contexts": 5, "entries": 3])
        #expect(again.state == .finished, "\(again.error ?? "")")
        let replaced = try daemon.call(ExamplesGet.self, ["map": "m1"])
        #expect(replaced.contexts == 5 && replaced.collection > collected.collection && replaced.followed_pairs <= 3)
        #expect(try daemon.call(PairsExamples.self, pair).collected == replaced)
        try expectRefusals(daemon)

        try expectReport(daemon)
        try expectWeights(daemon, strongest)
        try expectHistory(daemon)

        #expect(try daemon.call(MapsDelete.self, ["map": "m1"]).map == "m1")
        #expect(try daemon.error("examples.get", ["map": "m1"]).kind == "map_not_found")
        let computed = try daemon.call(FeaturesExamples.self, feature("query", 1))
        #expect(computed.collected == nil && computed.features[0].quantiles == nil)
        #expect(daemon.end() == 0)
    }

    private func feature(_ side: String, _ feature: Int, _ more: JSONObject = [:]) -> JSON {
        var params: JSONObject = ["dictionary": "d1", "side": .string(side), "features": [.integer(feature)]]
        for (name, value) in more { params[name] = value }
        return .object(params)
    }

    private func expectPair(_ found: PairsExamples.Result, _ entry: PairEntry) throws {
        #expect(found.places > 0 && found.distances.reduce(0) { $0 + $1.count } == found.places)
        #expect((0...1).contains(found.share_at_BOS) && found.heads.contains { $0.head == found.head })
        let own = try #require(found.heads.first { $0.head == entry.head })
        #expect(abs(own.weight) <= abs(entry.M) && own.weight.sign == entry.M.sign)
        let weight = try #require(found.heads.first { $0.head == found.head }).weight
        #expect(found.by_contribution.count == 4 && found.by_effect.count == 4 && found.quantiles.count == 4)
        for example in found.by_contribution + found.by_effect + found.quantiles {
            #expect(example.contribution == weight * example.query_activation * example.key_activation)
            #expect(example.source <= example.destination)
            #expect(example.destination - example.destination_window.first <= 8)
            #expect(example.source_window.first + example.source_window.pieces.count > example.source)
        }
        for list in [found.by_contribution, found.quantiles] {
            #expect(zip(list, list.dropFirst()).allSatisfy { abs($0.contribution) >= abs($1.contribution) })
        }
        #expect(zip(found.by_effect, found.by_effect.dropFirst()).allSatisfy { abs($0.effect) >= abs($1.effect) })
        #expect((found.source_tokens + found.destination_tokens).allSatisfy { 0 < $0.count && $0.count <= found.places })
    }

    /// The stored answer beside the one computed from the same contexts.
    private func expectFeatures(_ daemon: LiveDaemon) throws {
        let strongest = try #require(try daemon.call(PairsTop.self, ["map": "m1", "limit": 1]).pairs.first)
        for (side, live) in [("query", strongest.query_feature), ("key", strongest.key_feature)] {
            for number in [live, 0, 1, 2] {
                let stored = try daemon.call(FeaturesExamples.self, feature(side, number, ["limit": 6]))
                let computed = try daemon.call(FeaturesExamples.self, feature(side, number, ["limit": 6, "contexts": 24]))
                #expect(stored.collected?.contexts == 24 && computed.collected == nil)
                let (first, second) = (stored.features[0], computed.features[0])
                #expect(first.density == second.density && first.quantiles?.count == first.examples.count)
                #expect(number != live || first.density > 0)
                // Of rounding a count may go to the neighbour.
                let bins = try #require(first.histogram), other = try #require(second.histogram)
                #expect(bins.counts.reduce(0, +) == Int((first.density * 24 * 128).rounded()))
                #expect(bins.width == other.width && bins.counts.reduce(0, +) == other.counts.reduce(0, +))
                #expect(first.density == 0 || Int(first.max_activation / bins.width) == bins.counts.count - 1)
                // The job's batches have another number of rows than those on the spot, so that products may round otherwise.
                #expect(abs(first.mean_activation - second.mean_activation) <= 1e-5 * second.mean_activation)
                #expect(first.examples.count == second.examples.count)
                for (one, other) in zip(first.examples, second.examples) {
                    #expect(abs(one.activation - other.activation) <= 1e-5 * other.activation)
                }
            }
        }
    }

    /// The identities of a report: shares of counts, parts that sum to the mass, the stages of an evaluation.
    private func expectReport(_ daemon: LiveDaemon) throws {
        let map = try daemon.call(MapsGet.self, ["map": "m1"])
        let report = try daemon.call(MapsReport.self, ["map": "m1", "contexts": 3])
        #expect(report.contexts == 3 && report.tokens == 3 * 128 && report.layer == 1)
        let entries = report.sparsity.entries, pairs = report.sparsity.pairs
        #expect(entries.count == map.surviving_entries && entries.all == 48 * 40 * 4 && pairs.all == 48 * 40)
        #expect(entries.co_active == map.support_entries && pairs.count == map.surviving_pairs)
        #expect(abs(entries.of_live - map.sparsity.of_live) < 1e-6 && entries.of_all == map.sparsity.of_all)
        #expect(report.sparsity.pairs_by_heads.reduce(0, +) == pairs.count)
        #expect(report.sparsity.pairs_by_heads.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.element } == entries.count)
        #expect(report.sink.heads.map(\.head) == [0, 1, 2, 3])
        for head in report.sink.heads {
            let sum = head.uniform + head.query_bias + head.dense_features + head.other_features + head.error
            #expect(abs(sum - head.mass) < 1e-4 && abs(head.residual) < 1e-4 && (0...1).contains(head.mass_masked_map))
        }
        #expect(report.stages.map(\.stage) == [.transcoders, .map, .masked_map] && report.stages[2].heads.count == 4)
        #expect(try daemon.error("maps.report", ["map": "m7"]).kind == "map_not_found")
    }

    /// Weights' facts: lists in order, norms that add up.
    private func expectWeights(_ daemon: LiveDaemon, _ pair: PairEntry) throws {
        for (side, feature) in [("query", pair.query_feature), ("key", pair.key_feature)] {
            let params: JSON = [
                "dictionary": "d1", "side": .string(side), "features": [.integer(feature), 0, .integer(feature)], "limit": 3,
            ]
            let found = try daemon.call(FeaturesGet.self, params)
            #expect(found.layer == 1 && found.features.map(\.feature) == [feature, 0, feature])
            #expect(found.features[0] == found.features[2])
            for weights in found.features {
                let whole = weights.head_norms.reduce(0) { $0 + $1 * $1 }.squareRoot()
                #expect(weights.head_norms.count == 4 && abs(whole - weights.decoder_norm) < 1e-5)
                #expect(weights.head_norms[weights.attracts.head] == weights.head_norms.max())
                for list in [weights.raised, weights.attracts.raised, weights.promotes] {
                    #expect(list.count == 3 && list[0].value >= list[1].value && list[1].value >= list[2].value)
                }
                for list in [weights.lowered, weights.attracts.lowered, weights.demotes] {
                    #expect(list.count == 3 && list[0].value <= list[1].value && list[1].value <= list[2].value)
                }
            }
        }
        let tooLarge: JSON = ["dictionary": "d1", "side": "key", "features": [40]]
        #expect(try daemon.error("features.get", tooLarge).kind == "feature_out_of_range")
    }

    /// What is kept with the dictionary is what its job has told, and outlives the job.
    private func expectHistory(_ daemon: LiveDaemon) throws {
        let told = try daemon.call(JobsMetrics.self, ["job": "j1", "limit": 10_000]).metrics
        #expect(try daemon.call(JobsDelete.self, ["job": "j1"]).job == "j1")
        let kept = try daemon.call(DictionariesHistory.self, ["dictionary": "d1"]).metrics
        #expect(kept.count == 30 && told.count == 30)
        let identity: Set<String> = ["layer", "d_sae_query", "d_sae_key", "seed", "details/n_training_samples"]
        for (line, own) in zip(told, kept) {
            for (name, value) in try #require(line.object) where !identity.contains(name) {
                let found = try #require(own[name], "\(name) is not kept")
                if case .object = value {
                    #expect(found == value)
                } else {
                    #expect(found.number.map { Float($0) } == value.number.map { Float($0) }, "\(name)")
                }
            }
        }
        let last = try #require(kept.last)
        #expect(last["step"] == 30 && last["model_performance_preservation/ce_loss_score"]?.number != nil)
        let density = try #require(last["sparsity/density_key"]?.object)
        #expect(density.count == 8 && density.reduce(0) { $0 + ($1.value.integer ?? 0) } <= 40)
        let thinned = try daemon.call(DictionariesHistory.self, ["dictionary": "d1", "points": 2]).metrics
        #expect(thinned.compactMap { $0["step"]?.integer } == [1, 30], "landmarks are thinned too")
        #expect(try daemon.error("dictionaries.history", ["dictionary": "d7"]).kind == "dictionary_not_found")
    }

    private func expectRefusals(_ daemon: LiveDaemon) throws {
        let estimate = try daemon.call(ExamplesCollect.self, ["map": "m1", "contexts": 10, "dry_run": true])
        #expect(estimate.job == nil && estimate.estimate.tokens == 10 * 128 && estimate.estimate.memory_bytes > 64 << 20)
        #expect(try daemon.error("examples.collect", ["map": "m9"]).kind == "map_not_found")
        #expect(try daemon.error("examples.collect", ["map": "m1", "corpus": "x.txt"]).kind == "path_refused")
        var top: [PairEntry] = [], cursor: String? = nil
        repeat {
            var params: JSONObject = ["map": "m1", "limit": 1000]
            params["cursor"] = cursor.map { .string($0) }
            let page = try daemon.call(PairsTop.self, .object(params))
            (top, cursor) = (top + page.pairs, page.next_cursor)
        } while cursor != nil
        let kept = Set(top.map { [$0.query_feature, $0.key_feature] })
        let absent = try #require(
            (0..<48).lazy.flatMap { a in (0..<40).map { [a, $0] } }.first { !kept.contains($0) }, "the map keeps every pair")
        let refused = try daemon.error(
            "pairs.examples", ["map": "m1", "query_feature": .integer(absent[0]), "key_feature": .integer(absent[1])])
        #expect(refused.kind == "pair_not_found")
        let last = try #require(top.last)
        let unfollowed = try daemon.error(
            "pairs.examples",
            ["map": "m1", "query_feature": .integer(last.query_feature), "key_feature": .integer(last.key_feature)])
        #expect(unfollowed.kind == "examples_not_found" && unfollowed.message.contains("entries"))
        let head: JSON = [
            "map": "m1", "query_feature": .integer(top[0].query_feature), "key_feature": .integer(top[0].key_feature), "head": 4,
        ]
        #expect(try daemon.error("pairs.examples", head).kind == "head_out_of_range")
        #expect(try daemon.error("features.examples", feature("key", 1, ["map": "m1", "contexts": 3])).code == -32602)
    }
}
