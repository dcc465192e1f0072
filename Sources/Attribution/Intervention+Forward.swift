private import Checkpoints
import Dictionaries
public import GPT2
private import Kernels
import Tensors

// How interventions get into a pass: of each layer concerned, the normalised input, the queries and the keys are looked at on the way,
// the scores are changed before the softmax, and the pattern after it. What the features are is therefore always asked of the stream
// that the pass has come to, not of the model as it was.

extension GPT2Model {
    /// Runs the model with changes of its attention.
    ///
    /// - Parameters:
    ///   - batch: [B, T] tokens.
    ///   - start: Where a pass over the same batch had come before the first of the layers changed; nil to begin with the tokens.
    ///   - capture: The activations to return.
    ///   - interventions: At most one for each layer.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: a forward pass, and for each layer concerned an encoding and T²/2 · (active pairs) multiply-adds per sequence.
    public func forward(
        _ batch: TokenBatch, from start: ResidualStart? = nil, capture: Set<ActivationName>,
        changing interventions: [Intervention]
    ) throws -> Activations {
        var edits: [ActivationName: Edit] = [:]
        for intervention in interventions {
            precondition(
                edits.keys.allSatisfy { $0.layer != intervention.layer },
                "layer \(intervention.layer) is changed by two interventions")
            LayerChange(intervention, configuration, batch).add(to: &edits)
        }
        return try forward(batch, from: start, capture: capture, edits: edits)
    }
}

/// One layer's intervention during one pass, and what it has seen on the way.
private final class LayerChange {
    private let intervention: Intervention
    private let B: Int, T: Int, D: Int, H: Int, K: Int
    private let scale: Float
    private let destinations: [Bool], sources: [Bool]
    /// [B, T, D] normalised input; [B, T, H, K] queries and keys.
    private var x: [Float] = [], q: [Float] = [], k: [Float] = []

    init(_ intervention: Intervention, _ configuration: GPT2Configuration, _ batch: TokenBatch) {
        self.intervention = intervention
        (B, T, D) = (batch.B, batch.T, configuration.d_model)
        (H, K) = (configuration.n_heads, configuration.d_head)
        scale = configuration.attn_scale(intervention.layer)
        destinations = Intervention.Window.flags(intervention.window.destinations, T: batch.T)
        sources = Intervention.Window.flags(intervention.window.sources, T: batch.T)
    }

    /// The edits of a pass that make the change.
    func add(to edits: inout [ActivationName: GPT2Model.Edit]) {
        let layer = intervention.layer
        if intervention.changesScores {
            edits[ActivationName(.ln1_x, layer)] = { self.x = copy($0.span) }
            edits[ActivationName(.attn_scores, layer)] = { self.changeScores(&$0) }
        }
        if intervention.changesFeatures {
            edits[ActivationName(.q, layer)] = { self.q = copy($0.span) }
            edits[ActivationName(.k, layer)] = { self.k = copy($0.span) }
        }
        if intervention.changesPattern { edits[ActivationName(.pattern, layer)] = { self.scalePattern(&$0) } }
    }

    /// scores: [B, H, T, T].
    private func changeScores(_ scores: inout MutableSpan<Float>) {
        guard let dictionary = intervention.dictionary else { return }
        if intervention.substitutes.contains(where: { $0 != nil }) { substitute(dictionary, &scores) }
        guard intervention.changesPairs else { return }
        let query = dictionary.query.encode(x.span), key = dictionary.key.encode(x.span)
        var delta = [Float](repeating: 0, count: H * T * T)
        for b in 0..<B {
            for index in delta.indices { delta[index] = 0 }
            let tokens = b * T..<(b + 1) * T
            if intervention.changesFeatures { addFeatures(dictionary, query, key, tokens, to: &delta) }
            addAllPairs(dictionary, query, key, tokens, to: &delta)
            intervention.pairs.add(query: query, key: key, tokens: tokens, to: &delta)
            forEachEntry(of: b) { h, i, j, place in
                scores[place] -= delta[(h * T + i) * T + j]
            }
        }
    }

    /// pattern: [B, H, T, T].
    private func scalePattern(_ pattern: inout MutableSpan<Float>) {
        for b in 0..<B {
            forEachEntry(of: b) { h, _, _, place in
                if intervention.heads[h] != 1 { pattern[place] *= intervention.heads[h] }
            }
        }
    }

    /// Calls a function for each entry of one sequence's [H, T, T] that is in the window and not in the future.
    private func forEachEntry(of b: Int, _ body: (_ h: Int, _ i: Int, _ j: Int, _ place: Int) -> Void) {
        for h in 0..<H {
            for i in 0..<T where destinations[i] {
                for j in 0...i where sources[j] { body(h, i, j, ((b * H + h) * T + i) * T + j) }
            }
        }
    }

    /// S' = F·S + (1 − F)·Ŝ in the heads that have a stage in their pattern's place.
    private func substitute(_ dictionary: TranscoderPair, _ scores: inout MutableSpan<Float>) {
        for b in 0..<B {
            let sequence = EncodedSequence(dictionary, x: x.span.extracting(b * T * D..<(b + 1) * T * D))
            let stages = Set(intervention.substitutes.compactMap { $0?.stage })
            for stage in stages {
                let rebuilt = sequence.scores(stage, map: intervention.map, scale: scale)
                forEachEntry(of: b) { h, i, j, place in
                    guard let substitute = intervention.substitutes[h], substitute.stage == stage else { return }
                    let F = substitute.factor
                    let value = rebuilt.values[(h * T + i) * T + j]
                    scores[place] = F == 0 ? value : F * scores[place] + (1 - F) * value
                }
            }
        }
    }
}

extension LayerChange {
    /// delta += attn_scale · (Δq·k + (q − Δq)·Δk), what scaled features take away.
    private func addFeatures(
        _ dictionary: TranscoderPair, _ query: SparseRows, _ key: SparseRows, _ tokens: Range<Int>, to delta: inout [Float]
    ) {
        let goneQueries = weightedSum(dictionary.query, query, tokens) { intervention.queryFactors[$0]?.map { 1 - $0 } }
        let goneKeys = weightedSum(dictionary.key, key, tokens) { intervention.keyFactors[$0]?.map { 1 - $0 } }
        let own = tokens.lowerBound * H * K..<tokens.upperBound * H * K
        var left = Array(q[own])
        for index in left.indices { left[index] -= goneQueries[index] }
        if !intervention.queryFactors.isEmpty {
            addProducts(goneQueries, Array(k[own]), Array(repeating: scale, count: H), to: &delta)
        }
        if !intervention.keyFactors.isEmpty { addProducts(left, goneKeys, Array(repeating: scale, count: H), to: &delta) }
    }

    /// delta += (1 − F) · attn_scale · Σ_ab f_a f_b M_abh, the activations as scaled features leave them.
    private func addAllPairs(
        _ dictionary: TranscoderPair, _ query: SparseRows, _ key: SparseRows, _ tokens: Range<Int>, to delta: inout [Float]
    ) {
        guard intervention.allPairs.contains(where: { $0 != 1 }) else { return }
        let ones = [Float](repeating: 1, count: H)
        let queries = weightedSum(dictionary.query, query, tokens) { intervention.queryFactors[$0] ?? ones }
        let keys = weightedSum(dictionary.key, key, tokens) { intervention.keyFactors[$0] ?? ones }
        addProducts(queries, keys, intervention.allPairs.map { (1 - $0) * scale }, to: &delta)
    }

    /// [T, H, K] Σ_a w_ah f_a W_dec[a, h], over the features that have weights.
    private func weightedSum(
        _ side: Transcoder, _ active: SparseRows, _ tokens: Range<Int>, weights: (Int32) -> [Float]?
    ) -> [Float] {
        var sums = [Float](repeating: 0, count: tokens.count * H * K)
        for (row, token) in tokens.enumerated() {
            for place in active.range(token) {
                guard let weights = weights(active.indices[place]) else { continue }
                let start = Int(active.indices[place]) * H * K
                for h in 0..<H {
                    addRow(
                        weights[h] * active.values[place], side.W_dec.span.extracting(start + h * K..<start + (h + 1) * K),
                        at: (row * H + h) * K, to: &sums)
                }
            }
        }
        return sums
    }

    /// delta_h(i, j) += factor_h · q_i·k_j, delta [H, T, T], q and k [T, H, K].
    private func addProducts(_ q: [Float], _ k: [Float], _ factors: [Float], to delta: inout [Float]) {
        for h in 0..<H where factors[h] != 0 {
            var whole = delta.mutableSpan
            var part = whole.part(h * T * T..<(h + 1) * T * T)
            gemm(
                T, T, K, q.span.extracting(h * K..<q.count), k.span.extracting(h * K..<k.count), into: &part, alpha: factors[h],
                beta: 1, transposeB: true, lda: H * K, ldb: H * K)
        }
    }
}

/// sums[start...] += factor · row.
private func addRow(_ factor: Float, _ row: Span<Float>, at start: Int, to sums: inout [Float]) {
    var span = sums.mutableSpan
    var target = span.part(start..<start + row.count)
    axpy(factor, row, &target)
}

/// An array of a span's elements.
private func copy(_ values: Span<Float>) -> [Float] {
    var copy = [Float](scratch: values.count)
    var span = copy.mutableSpan
    span.copy(values)
    return copy
}
