import API
import Foundation
import JSON
import JSONRPC
import Testing

/// What a prompt's features are, where they come from, and what makes them, over a socket.
@Suite(.serialized, .timeLimit(.minutes(3))) struct SAEExploreTests {
    private static let tests = LiveDaemon.root.appending(path: "Tests")
    private static func fixture(_ name: String) -> JSON { .string(tests.appending(path: "ArtifactsTests/Fixtures/\(name)").path) }
    static let text: JSON = "When John and Mary went to the store, John gave a drink to"

    /// Dictionaries of z of layers 0 and 1, and of the residual stream before layer 1.
    private static func prepared() throws -> LiveDaemon {
        let daemon = try LiveDaemon()
        #expect(try daemon.run(SAEsTrain.self, SAETests.training).result?.saes == ["s1", "s2"])
        _ = try daemon.call(SAEsImport.self, ["path": fixture("res_jb"), "contexts": 1])
        return daemon
    }

    /// Checks that at every node shares and remainders sum to 1.
    private func check(_ graph: FeatureGraphInfo) throws {
        var balanced = 0
        for (place, node) in graph.nodes.enumerated() {
            guard let balance = node.balance else { continue }
            let links = graph.links.filter { $0.downstream == place }
            let parts = links.map(\.share) + [balance.pruned, balance.error, balance.bias]
            // Single precision on the wire: shares of either sign may be large where a total is small.
            let magnitude = parts.reduce(1) { $0 + abs($1) }
            #expect(abs(parts.reduce(0, +) - 1) <= 1e-4 * magnitude, "\(node)")
            #expect(abs(links.reduce(0) { $0 + $1.share } - balance.kept) <= 1e-4 * magnitude, "\(node)")
            #expect(abs(balance.identity_residual) <= 1e-4 * max(1, abs(balance.total)) * magnitude, "\(node)")
            balanced += 1
        }
        #expect(balanced > 0 && graph.links.allSatisfy { $0.upstream < graph.nodes.count && $0.downstream < graph.nodes.count })
    }

    @Test func `features and logits are traced, and a graph is written as other programs read it`() throws {
        let daemon = try Self.prepared()
        let logit = try daemon.call(
            SAEsTrace.self,
            [
                "text": Self.text, "answer": " Mary", "wrong": " John",
                "options": ["threshold": 0, "max_links": 100, "max_depth": 3],
            ])
        #expect(logit.saes == ["s1", "s3", "s2"] && logit.answer == " Mary" && logit.wrong == " John")
        try check(logit.graph)
        let root = logit.graph.nodes[0]
        #expect(logit.graph.roots == [0] && root.kind == .logit && root.position == logit.tokens.count - 1)
        // The model's own difference.
        let told = try daemon.call(
            InterventionsRun.self,
            [
                "prompts": [["text": Self.text, "answer": " Mary", "wrong": [" John"]]],
                "edits": [["target": "head", "layer": 0, "factor": 1]],
            ])
        #expect(abs((root.balance?.total ?? 0) - (try #require(told.answers?.logit_difference))) < 1e-3)
        #expect(logit.graph.nodes.contains { $0.kind == .attention_feature && $0.sae == "s2" })

        // The most active feature, from its residual features on.
        let active = try daemon.call(SAEsAttribute.self, ["text": Self.text, "sae": "s2", "top_k": 1])
        let feature = try #require(active.features.first?.feature)
        let graph = try daemon.call(
            SAEsTrace.self,
            [
                "text": Self.text, "roots": [["sae": "s2", "feature": .integer(feature)]],
                "options": ["threshold": 0, "max_links": 20],
            ])
        try check(graph.graph)
        let node = graph.graph.nodes[0]
        #expect(node.kind == .attention_feature && node.layer == 1 && node.feature == feature)
        // Two passes in single precision, one of which leaves more layers to compute.
        #expect(abs((node.activation ?? 0) - active.features[0].activation) <= 1e-4 * max(1, active.features[0].activation))
        #expect(graph.graph.nodes.contains { $0.kind == .residual_feature && $0.sae == "s3" && $0.balance != nil })
        let source = try #require(node.balance?.sources?.first), known = active.features[0].sources[0]
        #expect(
            source.source == known.source && abs(source.share - known.contribution / active.features[0].pre_activation) < 1e-3)
        // Without a root the token that the model expects most.
        #expect(try daemon.call(SAEsTrace.self, ["text": Self.text, "saes": ["s1"]]).answer != nil)

        for format in TracesExport.Format.allCases {
            let path = daemon.home.appending(path: "graph.\(format.rawValue)").path
            let params: JSON = [
                "text": Self.text, "answer": " Mary", "path": .string(path), "format": .string(format.rawValue),
            ]
            let graph = try daemon.call(SAEsTrace.self, params).graph
            let written = try String(contentsOfFile: path, encoding: .utf8)
            switch format {
            case .json:
                let json = try JSON(parsing: written)
                #expect(json["nodes"]?.array?.count == graph.nodes.count && json["links"]?.array?.count == graph.links.count)
                let first = json["nodes"]?.array?.first
                #expect(first?["is_target_logit"] == true && first?["remainders"]?["error"]?.number != nil)
                #expect(first?["influence"]?.number == 1)
            case .graphml:
                #expect(written.components(separatedBy: "<node ").count == graph.nodes.count + 1)
                #expect(written.contains("<data key=\"pruned\">") && !written.contains("<data key=\"side\">"))
            case .dot: #expect(written.components(separatedBy: " -> ").count == graph.links.count + 1)
            }
            #expect(try daemon.error("saes.trace", params).kind == "file_exists")
            // That is said before anything is looked for or computed.
            var unknown = params.object ?? [:]
            unknown["saes"] = ["s9"]
            #expect(try daemon.error("saes.trace", .object(unknown)).kind == "file_exists")
        }
        #expect(daemon.end() == 0)
    }

    @Test func `a prompt is explored by activation and by logit, and what is told sums`() throws {
        let daemon = try Self.prepared()
        let all = try daemon.call(SAEsExplore.self, ["text": Self.text, "top_k": 3, "trace": true])
        #expect(all.places.count == 3 * all.tokens.count && all.logit == nil)
        for place in all.places {
            #expect(place.features.count == min(3, place.active_features) && place.piece == all.pieces[place.position])
            #expect(place.features.map(\.activation) == place.features.map(\.activation).sorted(by: >))
            #expect(place.features.allSatisfy { ($0.sources != nil) == (place.site == .z) && $0.attribution == nil })
        }
        let graph = try #require(all.graph)
        try check(graph)
        let top = try #require(all.places.last { $0.sae == "s2" && !$0.features.isEmpty }?.features.first)
        if all.places.last(where: { $0.sae == "s2" })?.features.isEmpty == false {
            #expect(graph.nodes[0].feature == top.feature && graph.nodes[0].sae == "s2")
        }

        let logit = try daemon.call(
            SAEsExplore.self, ["text": Self.text, "by": "logit", "answer": " Mary", "wrong": " John", "trace": true])
        let sum = try #require(logit.logit)
        let parts = [
            sum.attention_features, sum.attention, sum.mlp, sum.embedding, sum.position_embedding, sum.error, sum.bias,
        ]
        let magnitude = parts.reduce(1) { $0 + abs($1) }
        #expect(abs(parts.reduce(0, +) - sum.total) <= 1e-4 * magnitude && abs(sum.identity_residual) <= 1e-4 * magnitude)
        // The dictionaries of z: their features and errors are those of the sum.
        let z = logit.places.filter { $0.site == .z }.compactMap(\.attribution)
        #expect(z.count == 2 && logit.places.count == 3)
        #expect(abs(z.reduce(0) { $0 + $1.features } - sum.attention_features) <= 1e-4 * magnitude)
        #expect(abs(z.reduce(0) { $0 + $1.error } - sum.error) <= 1e-4 * magnitude)
        #expect(logit.graph?.nodes[0].kind == .logit && logit.graph?.nodes[0].balance?.total == sum.total)

        let cases: [(JSONObject, String)] = [
            (["answer": " Mary"], "invalid_params"), (["by": "logit", "answer": " Mary", "wrong": " Mary"], "task_unsuited"),
            (["by": "logit", "answer": " Mary and John"], "task_unsuited"),
            (["saes": ["s1", "s9"]], "sae_not_found"), (["position": 99], "position_out_of_range"),
            (["saes": ["s1", "s1"]], ""),
        ]
        for (more, kind) in cases {
            var params: JSONObject = ["text": Self.text]
            for (name, value) in more { params[name] = value }
            if kind.isEmpty {
                #expect(try daemon.call(SAEsExplore.self, .object(params)).places.allSatisfy { $0.sae == "s1" })
            } else {
                #expect(try daemon.error("saes.explore", .object(params)).kind == kind, "\(more)")
            }
        }
        #expect(
            try daemon.error("saes.trace", ["text": Self.text, "roots": [["sae": "s1", "feature": 96]]]).kind
                == "feature_out_of_range")
        #expect(
            try daemon.error("saes.trace", ["text": Self.text, "roots": [["sae": "s1", "feature": 1]], "answer": " a"]).code
                == -32602)
        #expect(
            try daemon.error("saes.trace", ["tokens": .array(Array(repeating: 5, count: 300)), "prepend_bos": false]).kind
                == "text_too_long")
        // A long text by many features is told no sources, and more features than a reply holds are refused.
        let long: JSON = .array((0..<128).map { .integer($0) })
        let dense = try daemon.call(SAEsExplore.self, ["tokens": long, "prepend_bos": false, "top_k": 80])
        #expect(dense.places.allSatisfy { $0.features.allSatisfy { $0.sources == nil } } && dense.places.count == 3 * 128)
        let one = try daemon.call(SAEsExplore.self, ["tokens": long, "prepend_bos": false, "top_k": 80, "position": -1])
        #expect(one.places.allSatisfy { place in place.features.allSatisfy { ($0.sources != nil) == (place.site == .z) } })
        let refused = try daemon.error("saes.explore", ["tokens": long, "prepend_bos": false, "top_k": 100])
        #expect(refused.code == -32602 && refused.message.contains("38400"), "\(refused.message)")
        #expect(daemon.end() == 0)
    }

    @Test func `a chain leads from query-key pairs to features and back, and each step sums to the whole`() throws {
        let daemon = try Self.prepared()
        #expect(try daemon.run(DictionariesTrain.self, ExportTests.training).state == .finished)
        let map = try daemon.run(
            MapsTrain.self, ["dictionary": "d1", "steps": 5, "batch_sequences": 2, "held_out_contexts": 2, "sparsity": 1e-6])
        #expect(map.state == .finished, "\(map)")
        for share in SAEsChain.Share.allCases {
            let params: JSONObject = ["text": Self.text, "sae": "s2", "map": "m1", "share": .string(share.rawValue), "top_k": 4]
            let all = try daemon.call(SAEsChain.self, .object(params))
            #expect(all.looks.count == 4 && all.layer == 1)
            var looks = all.looks
            let feature = try #require(all.looks.flatMap(\.features).max { $0.activation < $1.activation }).feature
            var back = params
            back["feature"] = .integer(feature)
            let reverse = try daemon.call(SAEsChain.self, .object(back))
            #expect(reverse.looks.count == 4 && reverse.looks.allSatisfy { $0.features.map(\.feature) == [feature] })
            looks += reverse.looks
            for look in looks {
                let s = look.shares, parts = [s.surviving, s.cut, s.bias, s.error, s.elsewhere, s.uniform]
                let magnitude = parts.reduce(1) { $0 + abs($1) } / max(look.pattern, 1e-3), sum = parts.reduce(0, +)
                let explained = try #require(
                    try daemon.call(
                        AttentionExplain.self,
                        [
                            "text": Self.text, "map": "m1", "head": .integer(look.head), "source": .integer(look.source),
                            "top_k": 1,
                        ]
                    ).heads.first)
                #expect(abs(look.pattern - explained.pattern) < 1e-6 && abs(look.attn_score - explained.attn_score) < 1e-4)
                // By the pattern what needs no score is 1/n; by the score the sign is the score's.
                let whole: Float
                switch share {
                case .pattern:
                    whole = 1
                    #expect(abs(s.uniform * look.pattern * Float(all.tokens.count) - 1) < 1e-4)
                case .score:
                    whole = sum
                    #expect((sum > 0) == (look.attn_score > 0) && abs(sum) <= 1 && s.uniform == 0 && s.elsewhere == 0)
                    #expect(look.pairs.allSatisfy { ($0.share > 0) == ($0.contribution > 0) })
                }
                #expect(abs(sum - whole) <= 1e-3 * magnitude && abs(look.share_residual) <= 1e-3 * magnitude, "\(look)")
                #expect(look.pairs.count == min(4, look.surviving_pairs))
                for feature in look.features {
                    // What is told and the rest, each from its own shares, carry what the look does.
                    let carried = feature.by_pairs.reduce(feature.by_rest, +), size = abs(feature.carried) * magnitude + 1
                    #expect(abs(carried - whole * feature.carried) <= 1e-3 * size, "\(feature)")
                    for (pair, carried) in zip(look.pairs, feature.by_pairs) {
                        #expect(abs(carried - pair.share * feature.carried) <= 1e-4 * max(1, abs(carried)))
                    }
                }
            }
            // The looks of a feature are its attribution, the strongest first.
            let told = try daemon.call(
                SAEsAttribute.self, ["text": Self.text, "sae": "s2", "features": [.integer(feature)], "top_k": 100])
            let carried = try #require(told.features.first).sources.flatMap { source in
                source.heads.map { abs($0) }
            }.sorted(by: >)
            for (look, wanted) in zip(reverse.looks, carried) {
                #expect(abs(abs(look.features[0].carried) - wanted) <= 1e-4 * max(1, wanted))
            }
        }
        // By score the magnitude of a pair's share is the one of attention.explain.
        let look = try #require(
            try daemon.call(
                SAEsChain.self, ["text": Self.text, "sae": "s2", "map": "m1", "head": 2, "share": "score", "top_k": 50]
            ).looks.first)
        let explained = try #require(
            try daemon.call(
                AttentionExplain.self,
                ["text": Self.text, "map": "m1", "head": 2, "source": .integer(look.source), "top_k": 1000]
            ).heads.first)
        #expect(look.surviving_pairs == explained.surviving_pairs && look.pattern == explained.pattern)
        for pair in look.pairs {
            let known = explained.pairs.first { $0.query_feature == pair.query_feature && $0.key_feature == pair.key_feature }
            #expect(
                known?.share == abs(pair.share) && known?.contribution == pair.contribution && known?.survives == true, "\(pair)")
        }
        #expect(try daemon.error("saes.chain", ["text": Self.text, "sae": "s1", "map": "m1"]).kind == "sae_unsuited")
        #expect(try daemon.error("saes.chain", ["text": Self.text, "sae": "s2", "map": "m7"]).kind == "map_not_found")
        #expect(
            try daemon.error("saes.chain", ["text": Self.text, "sae": "s2", "map": "m1", "head": 7]).kind == "head_out_of_range")
        #expect(daemon.end() == 0)
    }

    @Test func `an evaluation keeps what was published, and its figures are held against that`() throws {
        let daemon = try LiveDaemon()
        let wrong = try daemon.call(
            SAEsImport.self,
            [
                "path": Self.fixture("hook_z_kk/sae.pt"), "contexts": 2, "published_L0": 0.1,
                "published_explained_variance": 0.99,
            ])
        let published = try #require(wrong.evaluation["published"])
        #expect(published["L0"] == 0.1 && wrong.evaluation["fits_published"] == false)
        #expect(try daemon.run(SAEsEvaluate.self, ["sae": "s1", "contexts": 2]).state == .finished)
        let evaluated = try daemon.call(SAEsGet.self, ["sae": "s1"])
        #expect(evaluated.evaluation["published"] == published && evaluated.evaluation["fits_published"] == false)
        #expect(evaluated.evaluation["CE_recovered_is_defined"] != nil)
        #expect(evaluated.warnings?.contains { $0.contains("0.1 was published") } == true, "\(evaluated.warnings ?? [])")
        #expect(daemon.end() == 0)
    }
}
