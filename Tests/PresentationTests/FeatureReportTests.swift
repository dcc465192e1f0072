import API
import Presentation
import Testing

@Suite struct FeatureReportTests {
    private static let pieces = ["<|endoftext|>", "When", " Mary", " and"]

    private static func node(
        _ kind: FeatureNode.Kind, layer: Int? = nil, feature: Int? = nil, position: Int, depth: Int,
        balance: FeatureBalance? = nil
    ) -> FeatureNode {
        FeatureNode(
            kind: kind, sae: feature.map { _ in "s2" }, layer: layer, feature: feature, position: position,
            piece: pieces[position], activation: feature.map { _ in 2.5 }, depth: depth, balance: balance)
    }

    /// A logit, a feature that adds to it, and an embedding that adds to both.
    private static func graph(residual: Float = 0, isTruncated: Bool = false) -> FeatureGraphInfo {
        FeatureGraphInfo(
            roots: [0],
            nodes: [
                node(
                    .logit, position: 3, depth: 0,
                    balance: FeatureBalance(
                        total: 4, kept: 0.75, pruned: 0.125, error: 0.25, bias: -0.125, identity_residual: residual)),
                node(
                    .attention_feature, layer: 1, feature: 17, position: 3, depth: 1,
                    balance: FeatureBalance(
                        total: 2.5, kept: 0.5, pruned: 0.25, error: 0.125, bias: 0.125, identity_residual: 0,
                        sources: [.init(source: 2, source_piece: " Mary", share: 0.625)])),
                node(.embedding, position: 2, depth: 1),
                node(.mlp, layer: 0, position: 3, depth: 1),
            ],
            links: [
                FeatureLink(upstream: 1, downstream: 0, weight: 2, share: 0.5),
                FeatureLink(upstream: 3, downstream: 0, weight: 1, share: 0.25),
                FeatureLink(upstream: 2, downstream: 1, weight: 1.25, share: 0.5),
            ], is_truncated: isTruncated)
    }

    @Test func `a graph's report tells each node's links, remainders and sources`() {
        let text = FeatureGraphReport(Self.graph(), answer: " Mary", wrong: " John").text(.plain)
        for words in [
            "logit of ' Mary' less that of ' John'", "4.000", "links \(Float(0.75).percent(0))",
            "pruned \(Float(0.125).percent(0))",
            "biases \(Float(-0.125).percent(0))", "attention feature 1:17", "active 2.50",
            "from ' Mary' \(Float(0.625).percent(0))",
            "embedding of ' Mary' (2)", "MLP 0", "4 nodes, 3 links",
        ] {
            #expect(text.contains(words), "\(words) is missing in\n\(text)")
        }
        #expect(!text.contains("rounding") && !text.contains("not everything"))
        let embedding = text.split(separator: "\n").first { $0.contains("embedding of") } ?? ""
        let feature = text.split(separator: "\n").first { $0.contains("attention feature") } ?? ""
        // What makes the feature stands below it, further in.
        #expect(embedding.prefix { $0 == " " }.count > feature.prefix { $0 == " " }.count, "\(text)")
    }

    @Test func `a graph that was cut off, and parts that do not sum, are said to be so`() {
        #expect(FeatureGraphReport(Self.graph(isTruncated: true)).text(.plain).contains("not everything"))
        #expect(FeatureGraphReport(Self.graph(residual: 0.5)).text(.plain).contains("more than rounding explains"))
    }

    private static func place(_ position: Int, _ attribution: ExploredPlace.Attribution? = nil) -> ExploredPlace {
        ExploredPlace(
            sae: "s2", site: .z, layer: 1, position: position, piece: pieces[position], active_features: 12,
            features: [
                .init(
                    feature: 17, activation: 2.5, attribution: attribution.map { _ in 0.75 },
                    sources: [.init(source: 2, source_piece: " Mary", share: 0.625)])
            ], attribution: attribution)
    }

    @Test func `a prompt's features have a line for each token, or a sum with the logit`() {
        func report(_ by: SAEsExplore.Order, _ places: [ExploredPlace], _ logit: LogitSum? = nil) -> String {
            ExploreReport(
                SAEsExplore.Result(
                    tokens: [0, 1, 2, 3], pieces: Self.pieces, model: "demo-4l", by: by, logit: logit, places: places,
                    graph: logit.map { _ in Self.graph() })
            ).text(.plain, width: 80)
        }
        let all = report(.activation, [Self.place(2), Self.place(3)])
        #expect(all.contains("s2, z of layer 1") && all.contains("17 (2.50 ← ' Mary' \(Float(0.625).percent(0)))"), "\(all)")
        #expect(all.split(separator: "\n").count { $0.contains("17 (") } == 2)
        let logit = report(
            .logit, [Self.place(3, .init(features: 1, error: 0.25, bias: -0.125))],
            LogitSum(
                position: 3, answer: " Mary", wrong: " John", total: 4, attention_features: 1, attention: 0, mlp: 2,
                embedding: 0.5,
                position_embedding: 0.375, error: 0.25, bias: -0.125, identity_residual: 1e-7))
        for words in [
            "logit of ' Mary' less that of ' John'", "is 4.000", "MLPs", "+2.000", Float(-0.125).fixed(3, signed: true),
            "17 (+0.75",
            Float(1.125).fixed(2, signed: true), "attention feature 1:17",
        ] {
            #expect(logit.contains(words), "\(words) is missing in\n\(logit)")
        }
        #expect(!logit.contains("without an autoencoder"))
    }

    @Test func `a chain's report has a line for each pair, the rest and the whole`() {
        let look = ChainLook(
            head: 3, source: 2, source_piece: " Mary", attn_score: 3, pattern: 0.75, surviving_pairs: 1234,
            pairs: [.init(query_feature: 5, key_feature: 6, contribution: 1.5, share: 0.25)],
            shares: .init(surviving: 0.5, cut: 0.25, bias: 0.125, error: 0.125, elsewhere: 0, uniform: 0), share_residual: 0,
            features: [
                .init(feature: 17, activation: 2.5, pre_activation: 2.5, carried: 2, by_pairs: [0.5], by_rest: 1.5)
            ])
        let text = ChainReport(
            SAEsChain.Result(
                tokens: [0, 1, 2, 3], pieces: Self.pieces, model: "demo-4l", sae: "s2", map: "m1", layer: 1, destination: 3,
                destination_piece: " and", share: .score, looks: [look])
        ).text(.plain, width: 80)
        for words in [
            "1.3 at ' and'", "looks at ' Mary'", "1,234 surviving pairs", "5 × 6", "+1.50", "+0.500", "+2.000", "to 17",
            "what the score is made of", "other surviving pairs", Float(0.25).percent(), "+0.250",
        ] {
            #expect(text.contains(words), "\(words) is missing in\n\(text)")
        }
        #expect(!text.contains("no score needed"))
    }
}
