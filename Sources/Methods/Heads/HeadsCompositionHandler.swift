import API
import Artifacts
import Checkpoints
import GPT2
import Heads

/// `heads.composition`: one reading layer at a time, so that other calls get their turn.
struct HeadsCompositionHandler: MethodHandler {
    typealias M = HeadsComposition
    let models: ModelLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model), gpt2 = model.gpt2
        let layers = try LayerPairs(params.from_layers, params.to_layers, model)
        var page = try RankedPage<CompositionPair>(cursor: params.cursor, limit: params.limit, by: Self.outranks)
        var sum = 0.0
        for scores in try await Self.scores(gpt2, CompositionKind(params.kind), layers, compute) {
            for pair in scores.pairs {
                sum += Double(pair.score)
                page.add(pair)
            }
        }
        return M.Result(
            model: model.name, kind: params.kind,
            baseline: 1 / Float(max(1, gpt2.configuration.d_model - 1)).squareRoot(),
            mean: page.total > 0 ? Float(sum / Double(page.total)) : 0, total: page.total, pairs: page.elements,
            next_cursor: page.next)
    }

    private static func outranks(_ first: CompositionPair, _ second: CompositionPair) -> Bool {
        (second.score, first.from_layer, first.from_head, first.to_layer, first.to_head)
            < (first.score, second.from_layer, second.from_head, second.to_layer, second.to_head)
    }

    /// The scores of all heads of two layers.
    struct LayerScores: Sendable {
        let from: Int, to: Int, n_heads: Int
        /// [H, H] by writer and reader.
        let scores: [Float]

        /// The same pair by pair.
        var pairs: [CompositionPair] {
            scores.enumerated().map { index, score in
                CompositionPair(
                    from_layer: from, from_head: index / n_heads, to_layer: to, to_head: index % n_heads, score: score)
            }
        }
    }

    /// The scores of all pairs of layers.
    static func scores(
        _ gpt2: GPT2Model, _ kind: CompositionKind, _ layers: LayerPairs, _ compute: Compute
    ) async throws -> [LayerScores] {
        var writers: [Int: LayerWriter] = [:], found: [LayerScores] = []
        for to in layers.to {
            let from = layers.from(before: to), known = writers
            if from.isEmpty { continue }
            let (scores, made) = try await compute.run {
                let reader = try HeadMaps(gpt2, layer: to).reader(kind)
                var made = known
                let scores = try from.map { layer in
                    let writer = try made[layer] ?? HeadMaps(gpt2, layer: layer).writer
                    made[layer] = writer
                    return LayerScores(
                        from: layer, to: to, n_heads: gpt2.configuration.n_heads, scores: reader.scores(from: writer))
                }
                return (scores, made)
            }
            writers = made
            found += scores
        }
        return found
    }
}
