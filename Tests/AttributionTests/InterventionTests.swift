import Attribution
import Checkpoints
import Dictionaries
import Foundation
import GPT2
import Tensors
import Testing

/// What Tests/References/causal/interventions.py computed with PyTorch in double precision: a random dictionary, and the logits of the
/// demo model with its attention changed.
struct InterventionReference {
    static let path = URL(filePath: #filePath).deletingLastPathComponent().path + "/Fixtures/interventions.safetensors"
    /// (prompt, position) of the rows kept.
    static let rows = [(0, 7), (0, 13), (1, 13)]

    let model: GPT2Model
    let dictionary: TranscoderPair
    let map: FeatureMap
    let batch: TokenBatch

    init() throws {
        let file = try SafetensorsFile(Self.path)
        model = try Fixtures.demoModel()
        let c = model.configuration
        func side(_ name: String) throws -> Transcoder {
            let d_sae = try file.tensor(name + ".b_enc").count
            var side = Transcoder(
                zeros: TranscoderShape(d_model: c.d_model, d_sae: d_sae, n_heads: c.n_heads, d_head: c.d_head))
            for parameter in Transcoder.Parameter.allCases { side[parameter] = try file.tensor("\(name).\(parameter)").values }
            return side
        }
        dictionary = TranscoderPair(query: try side("query"), key: try side("key"))
        var entries: [MapEntry] = []
        for a in 0..<dictionary.query.shape.d_sae {
            for b in 0..<dictionary.key.shape.d_sae {
                for h in 0..<c.n_heads {
                    // As the script masks them: a quarter of the entries is cut.
                    let mask = Float((7 * a + 5 * b + 3 * h) % 4) / 3
                    if mask > 0 {
                        entries.append(
                            MapEntry(queryFeature: a, keyFeature: b, head: h, M: 0, mask: mask, expectedContribution: 0))
                    }
                }
            }
        }
        map = FeatureMap(dictionary, entries: entries, attn_scale: c.attn_scale(0))
        let tokens = try file.tensor("tokens")
        batch = TokenBatch(tokens.values.map { Int32($0) }, B: tokens.shape[0], T: tokens.shape[1])
    }

    func intervention(
        _ layer: Int, _ edits: [Intervention.Edit], window: Intervention.Window = .init()
    ) -> Intervention {
        Intervention(
            layer: layer, n_heads: model.configuration.n_heads, dictionary: dictionary, map: map,
            attn_scale: model.configuration.attn_scale(layer), edits: edits, window: window)
    }

    /// [rows, V] the logits kept of a changed pass.
    func logits(_ interventions: [Intervention]) throws -> [Float] {
        let logits = try model.forward(batch, capture: [.init(.logits)], changing: interventions)[.init(.logits)]
        let V = model.configuration.d_vocab
        return Self.rows.flatMap { b, t in logits.values[(b * batch.T + t) * V..<(b * batch.T + t + 1) * V] }
    }
}

@Suite struct InterventionTests {
    private static let pair = Intervention.Target.pair(FeaturePair(query: 2, key: 6))
    private typealias Edit = Intervention.Edit

    /// The cases of the script, layer by layer.
    private static let cases: [String: [Int: [Edit]]] = [
        "own": [:],
        "pair": [0: [Edit(pair, heads: [2])]],
        "pair_doubled": [1: [Edit(pair, heads: [0, 3], factor: 2)]],
        "query_feature": [1: [Edit(.queryFeature(2), heads: [0, 1, 2, 3])]],
        "key_feature_halved": [2: [Edit(.keyFeature(6), heads: [1], factor: 0.5)]],
        "features_and_pair": [
            0: [
                Edit(.queryFeature(2), heads: [0, 2], factor: 0.25), Edit(.keyFeature(6), heads: [2, 3]),
                Edit(.keyFeature(7), heads: [2], factor: 2), Edit(pair, heads: [2]),
                Edit(.pair(FeaturePair(query: 2, key: 7)), heads: [2], factor: -1),
            ]
        ],
        "head": [0: [Edit(.head, heads: [2])]],
        "head_halved": [3: [Edit(.head, heads: [0, 3], factor: 0.5)]],
        "all_pairs": [2: [Edit(.allPairs, heads: [1])]],
        "all_pairs_and_one": [
            1: [
                Edit(.allPairs, heads: [0, 2], factor: 0.25), Edit(pair, heads: [2], factor: 3),
                Edit(.queryFeature(2), heads: [2], factor: 2),
            ]
        ],
        "surviving_pairs": [0: [Edit(.survivingPairs, heads: [0, 3])]],
        "two_layers": [
            0: [Edit(pair, heads: [2]), Edit(.allPairs, heads: [1], factor: 0.5)],
            2: [Edit(pair, heads: [0, 1]), Edit(.queryFeature(2), heads: [3])],
        ],
        "stage_transcoders": [
            0: [Edit(.pattern(.transcoders), heads: [0, 1, 2, 3])], 2: [Edit(.pattern(.transcoders), heads: [1, 2])],
        ],
        "stage_map_halfway": [1: [Edit(.pattern(.map), heads: [1], factor: 0.5)]],
        "stage_masked_map": [1: [Edit(.pattern(.masked_map), heads: [0, 2]), Edit(.head, heads: [3])]],
        "window": [0: [Edit(pair, heads: [2]), Edit(.allPairs, heads: [0]), Edit(.head, heads: [1])]],
    ]

    @Test(arguments: cases.keys.sorted())
    func `the running model's logits are those of PyTorch`(_ name: String) throws {
        let reference = try InterventionReference(), edits = try #require(Self.cases[name])
        // The window of the script, once with positions counted from the end.
        let window =
            name == "window" ? Intervention.Window(destinations: [7, -1], sources: [3, -9]) : Intervention.Window()
        let found = try reference.logits(edits.map { reference.intervention($0.key, $0.value, window: window) })
        let expected = try SafetensorsFile(InterventionReference.path).tensor(name)
        let worst = zip(found, expected.values).map { abs($0 - $1) }.max() ?? .infinity
        // Single precision through four layers, logits up to 20; the script makes sure that every case moves them by fifty times as much.
        #expect(found.count == expected.count && worst <= 1e-4, "\(name): off by \(worst)")
    }

    @Test func `a factor of one changes nothing, bit for bit`() throws {
        let reference = try InterventionReference()
        let own = try reference.logits([])
        let targets: [Intervention.Target] = [
            Self.pair, .queryFeature(2), .keyFeature(6), .allPairs, .survivingPairs, .head, .pattern(.transcoders),
        ]
        let edits = targets.map { Edit($0, heads: [0, 1, 2, 3], factor: 1) }
        #expect(try reference.logits([reference.intervention(0, edits), reference.intervention(2, edits)]) == own)
    }

    @Test func `removing every pair one by one is removing the sum over all pairs`() throws {
        let reference = try InterventionReference(), shape = reference.dictionary.query.shape
        let all = (0..<Int32(shape.d_sae)).flatMap { a in
            (0..<Int32(shape.d_sae)).map { Edit(.pair(FeaturePair(query: a, key: $0)), heads: [1, 3]) }
        }
        let single = try reference.logits([reference.intervention(1, all)])
        let sum = try reference.logits([reference.intervention(1, [Edit(.allPairs, heads: [1, 3])])])
        #expect(zip(single, sum).allSatisfy { abs($0 - $1) < 1e-4 }, "rounding of sums in another order")
        #expect(zip(single, try reference.logits([])).contains { abs($0 - $1) > 0.01 })
    }

    /// q − Σ f_a W_dec[a] is what a dictionary says of a query besides its features.
    @Test func `without a query's features, what is left of a score is its bias and its error`() throws {
        let reference = try InterventionReference(), layer = 0, head = 1
        let edits = (0..<Int32(reference.dictionary.query.shape.d_sae)).map { Edit(.queryFeature($0), heads: [head]) }
        let name = ActivationName(.attn_scores, layer)
        let found = try reference.model.forward(
            reference.batch, capture: [name], changing: [reference.intervention(layer, edits)])[name]
        let look = try AttentionLook(
            reference.model, reference.dictionary, layer: layer, tokens: Array(reference.batch.tokens[..<reference.batch.T]))
        let T = reference.batch.T
        for i in 0..<T {
            for j in 0...i {
                let parts = look.decomposition(head: head, destination: i, source: j)
                let rest = parts.blocks.filter { $0.query != .feature }.reduce(0) { $0 + $1.value }
                let score = Double(found.values[(head * T + i) * T + j])
                #expect(abs(score - rest) < 1e-4 * max(1, parts.magnitude), "\(i) to \(j): \(score), bias and error \(rest)")
            }
        }
    }

    @Test(arguments: PatternStage.allCases)
    func `a stage in a layer's place costs what its evaluation says`(_ stage: PatternStage) throws {
        let reference = try InterventionReference(), model = reference.model, layer = 1, batch = reference.batch
        let evaluation = try DictionaryEvaluation(
            model, layer: layer, reference.dictionary, map: reference.map, contexts: batch.tokens, T: batch.T)
        let output = ActivationName(.ln_final_normalized)
        let own = try model.forward(batch, capture: [output])[output]
        let changed = try model.forward(
            batch, capture: [output],
            changing: [reference.intervention(layer, [Edit(.pattern(stage), heads: [0, 1, 2, 3])])])[output]
        var comparison = LogitComparison()
        comparison.add(model, batch, own: own, changed: changed)
        let expected = try #require(evaluation.stages.first { $0.stage == stage }).logits
        // The same scores through the same pass; only LayerNorm's kernel differs where its input is looked at.
        #expect(abs(try #require(comparison.CE) - (try #require(expected.CE))) < 1e-5)
        #expect(abs(comparison.KL_logits - expected.KL_logits) < 1e-5 && expected.KL_logits > 1e-3)
    }

    @Test func `passes that start at a layer are the whole pass, bit for bit`() throws {
        let reference = try InterventionReference(), model = reference.model, batch = reference.batch,
            output = ActivationName(.logits)
        let streams = Set((0..<model.configuration.n_layers).map { ActivationName(.resid_pre, $0) })
        let own = try model.forward(batch, capture: streams.union([output]))
        for layer in 0..<model.configuration.n_layers {
            let start = ResidualStart(layer: layer, resid_pre: own[.resid_pre, layer])
            #expect(try model.forward(batch, from: start, capture: [output])[output] == own[output])
            let change = reference.intervention(layer, [Edit(Self.pair, heads: [2])])
            let whole = try model.forward(batch, capture: [output], changing: [change])[output]
            // Twice: a start is left as it was.
            for _ in 0..<2 {
                #expect(try model.forward(batch, from: start, capture: [output], changing: [change])[output] == whole)
            }
            #expect(whole != own[output])
        }
    }
}
