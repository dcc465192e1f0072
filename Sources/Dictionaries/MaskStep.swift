import Kernels
public import Tensors

// One training step of the map's mask (specification 1.5), transcoders frozen:
//
// 1. per sequence: Ŝ from the map (FeatureMap), the true scores, and per head and block of queries the divergence with
//    G = c/R · (P̂ − P) in place of Ŝ;
// 2. by query feature a, as in the scores: u[h, j] = Σ_i f^Q_{i,a} G_h(i, j), then E_abh += Σ_j f^K_{j,b} u[h, j];
// 3. dm_abh = M_abh E_abh·attn_scale + λ_m/(2√(m_abh + ε)) on the whole support.
//
// Pairs outside the support have E = 0: leaving them out changes neither the divergence nor any other entry's gradient.

/// Whole sequences for the mask: encoded features and the queries and keys to be explained.
public struct MaskBatch: Sendable {
    /// T, tokens in each sequence.
    public let length: Int
    /// One for each sequence: f^Q [T rows].
    public var query: [SparseRows]
    /// One for each sequence: f^K [T rows].
    public var key: [SparseRows]
    /// [B, T, H·K] true queries.
    public var q: [Float]
    /// [B, T, H·K] true keys.
    public var k: [Float]

    /// A batch from its parts.
    public init(length: Int, query: [SparseRows], key: [SparseRows], q: [Float], k: [Float]) {
        precondition(
            query.count == key.count && !query.isEmpty && query.allSatisfy { $0.rows == length }
                && key.allSatisfy { $0.rows == length } && q.count == k.count,
            "\(query.count) and \(key.count) sequences of \(length) tokens, q of \(q.count), k of \(k.count) elements")
        (self.length, self.query, self.key, self.q, self.k) = (length, query, key, q, k)
    }

    /// The features of a batch under frozen transcoders.
    public init(_ pair: TranscoderPair, _ batch: PatternBatch) {
        let size = batch.length * pair.query.shape.d_model
        let sequences = (0..<batch.sequences).map { $0 * size..<($0 + 1) * size }
        self.init(
            length: batch.length, query: sequences.map { pair.query.encode(batch.x.span.extracting($0)) },
            key: sequences.map { pair.key.encode(batch.x.span.extracting($0)) }, q: batch.q, k: batch.k)
    }
}

/// The factors of a mask step's loss.
public struct MaskCoefficients: Sendable, Equatable, Codable {
    /// c, the weight of the divergence.
    ///
    /// *Source:* specification 1.5, the July value.
    public var kl: Float = 1
    /// λ_m.
    public var lambda: Float
    /// ε under the penalty's root.
    ///
    /// *Source:* reference trainer.
    public var epsilon: Float = 1e-6

    /// c = 1, ε = 1e-6.
    public init(lambda: Float) { self.lambda = lambda }
}

/// The terms of a mask step's loss.
public struct MaskTerms: Sendable, Equatable {
    /// KL(P‖P̂), mean over rows.
    public var kl: Double
    /// Σ √(m + ε) over the support.
    public var penalty: Double
    /// c·kl + λ_m·penalty.
    public var loss: Double
}

/// The mask's training step: a pure function of map, batch and coefficients, with buffers that it keeps from call to call.
public struct MaskStep: Sendable {
    private var map = MapScratch()
    private var scores: [Float] = []
    private var truth: [Float] = []

    /// A step without buffers; the first call makes them.
    public init() {}

    /// The loss and its gradient with respect to the mask.
    ///
    /// - Parameters:
    ///   - map: The map and its mask.
    ///   - batch: Whole sequences.
    ///   - coefficients: The loss's factors.
    ///   - gradient: [pairs, H] out.
    public mutating func callAsFunction(
        _ map: FeatureMap, _ batch: MaskBatch, _ coefficients: MaskCoefficients, gradient: inout [Float]
    ) -> MaskTerms {
        let d_out = map.n_heads * map.d_head, size = batch.length * d_out
        precondition(
            batch.q.count == batch.query.count * size && gradient.count == map.mask.count,
            "q of \(batch.q.count) for \(batch.query.count)·\(size); gradient of \(gradient.count) for \(map.mask.count) entries")
        for index in gradient.indices { gradient[index] = 0 }
        let weights = map.weights, rows = batch.query.count * batch.length * map.n_heads
        var divergence = 0.0
        for sequence in batch.query.indices {
            let (query, key) = (batch.query[sequence], batch.key[sequence]), range = sequence * size..<(sequence + 1) * size
            map.fillScores(query: query, key: key, weights: weights, &self.map, &scores)
            divergence += Self.divergence(
                map, q: batch.q.span.extracting(range), k: batch.k.span.extracting(range), length: batch.length,
                weight: coefficients.kl / Float(rows), truth: &truth, scores: &scores)
            map.addGradient(query: query, key: key, scores, &self.map, &gradient)
        }
        let kl = divergence / Double(rows), penalty = map.finishGradient(coefficients, &gradient)
        return MaskTerms(
            kl: kl, penalty: penalty, loss: Double(coefficients.kl) * kl + Double(coefficients.lambda) * penalty)
    }

    /// Step 1 of one sequence: Σ of the rows' divergences; the scores become G.
    private static func divergence(
        _ map: FeatureMap, q: Span<Float>, k: Span<Float>, length: Int, weight: Float, truth: inout [Float],
        scores: inout [Float]
    ) -> Double {
        resize(&truth, QueryBlock.most * length, filler: 0)
        var sum = 0.0, scores = scores.mutableSpan
        for head in 0..<map.n_heads {
            for first in stride(from: 0, to: length, by: QueryBlock.most) {
                let block = QueryBlock(
                    rows: min(QueryBlock.most, length - first), first: first, column: head * map.d_head,
                    d_out: map.n_heads * map.d_head, d_head: map.d_head, stride: length,
                    attn_scale: map.attn_scale)
                block.scores(q, k, into: &truth)
                var rows = scores._mutatingExtracting(droppingFirst: (head * length + first) * length)
                sum += Self.divergence(block, truth: &truth, scores: &rows, weight: weight)
            }
        }
        return sum
    }

    private static func divergence(
        _ block: QueryBlock, truth: inout [Float], scores: inout MutableSpan<Float>, weight: Float
    ) -> Double {
        var truth = truth.mutableSpan
        return patternDivergence(
            truth: &truth, scores: &scores, rows: block.rows, first: block.first, stride: block.stride, weight: weight)
    }
}

extension FeatureMap {
    /// Step 2 of one sequence.
    ///
    /// - Parameters:
    ///   - G: [H, T, T].
    ///   - sums: [pairs, H] to which E is added.
    fileprivate func addGradient(
        query: SparseRows, key: SparseRows, _ G: [Float], _ scratch: inout MapScratch, _ sums: inout [Float]
    ) {
        let T = query.rows
        scratch.prepare(query, map: self)
        for a in scratch.queries.activeFeatures where !support.range(a).isEmpty {
            scratch.open(a, support)
            let queries = scratch.queries.range(a), last = Int(scratch.queries.tokens[queries.upperBound - 1])
            for h in 0..<n_heads { for j in 0...last { scratch.perKey[h * T + j] = 0 } }
            for place in queries {
                let (f, i) = (scratch.queries.values[place], Int(scratch.queries.tokens[place]))
                addRows(f, G, query: i, T, to: &scratch.perKey)
            }
            scratch.scatterKeys(key, through: last, n_heads: n_heads, into: &sums)
            scratch.close(a, support)
        }
    }

    /// u[h, j] += f·G_h(i, j) for all heads and j ≤ i.
    private func addRows(_ f: Float, _ G: [Float], query i: Int, _ T: Int, to perKey: inout [Float]) {
        var perKey = perKey.mutableSpan
        for h in 0..<n_heads {
            var row = perKey._mutatingExtracting(h * T..<h * T + i + 1)
            axpy(f, G.span.extracting((h * T + i) * T..<(h * T + i) * T + i + 1), &row)
        }
    }

    /// Step 3: from E to dm; returns Σ √(m + ε).
    fileprivate func finishGradient(_ coefficients: MaskCoefficients, _ gradient: inout [Float]) -> Double {
        let half = coefficients.lambda / 2
        var penalty = 0.0
        for entry in gradient.indices {
            let root = (mask[entry] + coefficients.epsilon).squareRoot()
            penalty += Double(root)
            gradient[entry] = attn_scale * M[entry] * gradient[entry] + half / root
        }
        return penalty
    }
}
