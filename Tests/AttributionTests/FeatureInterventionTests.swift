import Attribution
import Checkpoints
import Dictionaries
import Foundation
import GPT2
import Tensors
import Testing

/// Changes of features against Tests/References/sae/interventions.py, and what must hold of them whatever the numbers.
@Suite struct FeatureInterventionTests {
    private static let path =
        URL(filePath: #filePath).deletingLastPathComponent().path + "/Fixtures/feature_interventions.safetensors"
    /// (prompt, position) of the rows kept.
    private static let rows = [(0, 7), (0, 13), (1, 13)]
    private static let z = ActivationName(.z, 1), resid = ActivationName(.resid_pre, 2)

    private let model: GPT2Model, batch: TokenBatch
    private let autoencoders: [ActivationName: Autoencoder]

    init() throws {
        let file = try SafetensorsFile(Self.path)
        func autoencoder(_ name: String) throws -> Autoencoder {
            let W_enc = try file.tensor("\(name).W_enc"), (D, F) = (W_enc.shape[0], W_enc.shape[1])
            var autoencoder = Autoencoder(zeros: AutoencoderShape(d_in: D, d_sae: F))
            for feature in 0..<F {
                for d in 0..<D { autoencoder.W_enc[feature * D + d] = W_enc.values[d * F + feature] }
            }
            autoencoder.b_enc = try file.tensor("\(name).b_enc").values
            autoencoder.W_dec = try file.tensor("\(name).W_dec").values
            autoencoder.b_dec = try file.tensor("\(name).b_dec").values
            return autoencoder
        }
        let tokens = try file.tensor("tokens")
        model = try Fixtures.demoModel()
        batch = TokenBatch(tokens.values.map { Int32($0) }, B: tokens.shape[0], T: tokens.shape[1])
        autoencoders = [Self.z: try autoencoder("z"), Self.resid: try autoencoder("resid")]
    }

    private func intervention(
        _ name: ActivationName, _ edits: [FeatureIntervention.Edit], keepsError: Bool = true
    ) throws -> FeatureIntervention {
        FeatureIntervention(name, try #require(autoencoders[name]), edits: edits, keepsError: keepsError)
    }

    private func logits(_ interventions: [FeatureIntervention]) throws -> [Float] {
        let name = ActivationName(.logits), V = model.configuration.d_vocab
        let found = try model.forward(batch, capture: [name], editing: interventions).activations[name].values
        return Self.rows.flatMap { b, t in found[(b * batch.T + t) * V..<(b * batch.T + t + 1) * V] }
    }

    /// The tokens that the script names.
    private var some: Set<Int> { [7, batch.T + 3, batch.T + 13] }

    @Test func `logits are those of PyTorch in double precision`() throws {
        let cases: [(String, [FeatureIntervention])] = [
            ("nothing", [try intervention(Self.z, [.init(feature: 3, .scale(1))])]),
            ("removed", [try intervention(Self.z, [.init(feature: 3, .scale(0))])]),
            ("set_at_tokens", [try intervention(Self.z, [.init(feature: 5, .set(2.5), tokens: some)])]),
            ("resid_tripled", [try intervention(Self.resid, [.init(feature: 7, .scale(3))])]),
            (
                "two_layers",
                [
                    try intervention(Self.z, [.init(feature: 3, .scale(0)), .init(feature: 6, .set(4), tokens: some)]),
                    try intervention(Self.resid, [.init(feature: 7, .set(1.5))]),
                ]
            ),
            ("without_error", [try intervention(Self.z, [.init(feature: 3, .scale(0))], keepsError: false)]),
            (
                "one_after_the_other",
                [try intervention(Self.z, [.init(feature: 3, .set(1)), .init(feature: 3, .scale(2), tokens: some)])]
            ),
        ]
        for (name, interventions) in cases {
            let expected = try SafetensorsFile(Self.path).tensor(name).values, found = try logits(interventions)
            let scale = expected.reduce(0) { max($0, abs($1)) }
            let worst = zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
            // Single precision through four layers.
            #expect(worst <= 1e-5 * scale, "\(name): off by \(worst) of \(scale)")
        }
    }

    @Test func `where nothing changes, the model is itself to the last bit`() throws {
        let name = ActivationName(.logits)
        let own = try model.forward(batch, capture: [name])[name].values
        let none = [
            try intervention(Self.z, [.init(feature: 3, .scale(1)), .init(feature: 5, .scale(0), tokens: [])]),
            try intervention(Self.resid, []),
        ]
        let found = try model.forward(batch, capture: [name], editing: none)
        #expect(found.activations[name].values == own)
        #expect(found.outcomes.joined().allSatisfy { $0.changed == 0 } && found.outcomes.map(\.count) == [2, 0])
        // A token that is not edited is not touched, and nothing before an edited one is.
        let last = batch.T - 1
        let late = try model.forward(
            batch, capture: [name], editing: [try intervention(Self.z, [.init(feature: 3, .set(2), tokens: [last])])])
        let V = model.configuration.d_vocab, values = late.activations[name].values
        #expect(Array(values[..<(last * V)]) == Array(own[..<(last * V)]))
        #expect(Array(values[(last * V)..<((last + 1) * V)]) != Array(own[(last * V)..<((last + 1) * V)]))
        #expect(Array(values[(batch.T * V)...]) == Array(own[(batch.T * V)...]))
    }

    @Test func `an edit tells where the feature was active and what it changed`() throws {
        let sae = try #require(autoencoders[Self.z])
        let z = try model.forward(batch, capture: [Self.z])[Self.z].values, f = sae.encode(z)
        var own: [Int: Float] = [:]
        for token in 0..<f.rows { for place in f.range(token) where f.indices[place] == 3 { own[token] = f.values[place] } }
        let edits = [FeatureIntervention.Edit(feature: 3, .scale(0)), .init(feature: 3, .set(1), tokens: some)]
        let outcome = try model.forward(
            batch, capture: [ActivationName(.logits)], editing: [try intervention(Self.z, edits)]
        ).outcomes[0]
        #expect(outcome[0].active == own.count && outcome[0].changed == own.count && own.count > 5)
        #expect(abs(outcome[0].activation - own.values.reduce(0) { $0 + Double($1) }) < 1e-4)
        #expect(outcome[0].changedTokens == own.keys.sorted())
        // The second comes after the first has removed it.
        #expect(outcome[1].active == 0 && outcome[1].changedTokens == some.sorted())
    }
}
