import API
import Presentation
import Testing

@Suite struct AutoencoderReportTests {
    private static let pieces = ["<|endoftext|>", "When", " Mary", " and"]

    private func look(residual: Float) -> LookExplanation {
        LookExplanation(
            head: 2, source: 2, source_piece: " Mary", attn_score: 3, pattern: 0.75,
            pairs: [
                PairPart(
                    query_feature: 17, key_feature: 4, query_activation: 1, key_activation: 2, contribution: 1.25, share: 0.5,
                    pattern_effect: 0.125)
            ],
            parts: [
                LookPart(query: .feature, key: .feature, value: 1.25, is_softmax_irrelevant: false),
                LookPart(query: .error, key: .projection_bias, value: -0.5, is_softmax_irrelevant: true),
            ],
            feature_pairs: 1234, feature_pairs_sum: 1.25, query_features: [], key_features: [], bias_share: 0.25,
            error_share: 0.125,
            identity_residual: residual)
    }

    private func report(_ heads: [LookExplanation]) -> String {
        LookReport(
            SAEsExplainLook.Result(
                tokens: [0, 1, 2, 3], pieces: Self.pieces, model: "demo-4l", sae: "s2", layer: 1, destination: 3,
                destination_piece: " and", heads: heads)
        ).text(.plain, width: 80)
    }

    @Test func `a look's report names the pair, the parts and what the softmax removes`() {
        let text = report([look(residual: 1e-6)])
        for words in [
            "head 1.2", "pattern 0.75", "1,234 feature pairs", "17", "+1.25", Float(-0.5).fixed(2, signed: true) + "*",
            Float(0.125).percent(), "sixteen parts",
        ] {
            #expect(text.contains(words), "\(words) is missing in\n\(text)")
        }
        #expect(!text.contains("do not trust"))
    }

    @Test func `parts that do not sum to the score are said not to be trusted`() {
        #expect(report([look(residual: 0.5)]).contains("do not trust these numbers"))
    }

    @Test func `several heads have a line each`() {
        let text = report([look(residual: 0), look(residual: 0)])
        #expect(text.split(separator: "\n").count { $0.contains("1.2") && $0.contains("17 × 4") } == 2, "\(text)")
    }

    @Test func `a feature's report names its heads, its sources, one hop and the logits`() {
        let feature = SourceFeature(
            feature: 9, activation: 2.5, pre_activation: 2.5, head_shares: [0.25, 0.75],
            sources: [.init(source: 2, source_piece: " Mary", contribution: 2, heads: [0.5, 1.5])], sources_sum: 2.25,
            constant: 0.25,
            identity_residual: 1e-7,
            hop: .init(
                source: 2, features: [.init(feature: 77, activation: 3, contribution: 1.5, published: 12)], features_sum: 1.5,
                b_dec: 0.25, error: 0.125, b_V: 0.125, identity_residual: 0),
            raised: [.init(token: 5, piece: " John", value: 0.5)], lowered: [.init(token: 6, piece: " the", value: -0.5)])
        let text = SourcesReport(
            SAEsAttribute.Result(
                tokens: [0, 1, 2, 3], pieces: Self.pieces, model: "demo-4l", sae: "s1", residual_sae: "s2", layer: 1,
                destination: 3,
                destination_piece: " and", active_features: 12, features: [feature])
        ).text(.plain, width: 80)
        for words in [
            "12 features of s1", "feature 9", "1.1 \(Float(0.75).percent(0))", "+2.000", "1.1 +1.500", "77", "+12.00", "John",
            "b_V +0.125",
        ] {
            #expect(text.contains(words), "\(words) is missing in\n\(text)")
        }
    }
}
