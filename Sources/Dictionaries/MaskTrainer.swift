public import Kernels
import Tensors

// One training step of the map's mask (specification 1.5), transcoders frozen:
//
// 1. per sequence: Ŝ from the map, the true scores, the divergence, and G = c/R·(P̂ − P) (MapPatterns);
// 2. by query feature a: E_abh = Σ_{i ≥ j} f^Q_{i,a} f^K_{j,b} G_h(i, j), then at once, while the row is at hand,
//    dm_abh = attn_scale·M_abh E_abh + λ_m/(2√(m_abh + ε)), Adam, and the clamp to [0, 1] (MapRows).
//
// Step 2 meets every entry of the support at every step, so the penalty's gradient is the dense trainer's exactly. Pairs outside the support have
// E = 0: leaving them out changes neither the divergence nor any other entry's gradient. An entry that has reached 0 stays in the
// optimiser: its gradient may bring it back. Zeros are dropped when training is over (FeatureMap.pruned()).

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
    /// How many entries' masks are above 0: after the step, where one was made.
    public var entries: Int

    fileprivate init(kl: Double, penalty: Double, entries: Int, _ coefficients: MaskCoefficients) {
        (self.kl, self.penalty, self.entries) = (kl, penalty, entries)
        loss = Double(coefficients.kl) * kl + Double(coefficients.lambda) * penalty
    }
}

/// A map whose mask is being trained: the map, Adam's moments, and buffers that are kept from step to step.
public struct MaskTrainer: Sendable {
    /// The map and its mask.
    public private(set) var map: FeatureMap
    /// Adam's settings.
    public let adam: Adam
    /// Steps done since the moments were last zero.
    public private(set) var step = 0
    /// [pairs, H].
    private var first: [Float]
    /// [pairs, H].
    private var second: [Float]
    private var patterns = MapPatterns()
    /// [pairs, H] E of the sequences before the last chunk, where a batch has several.
    private var carried: [Float] = []
    private let chunkBytes: Int

    /// A trainer that has done no step.
    ///
    /// - Parameter chunkBytes: What the scores of the sequences that are worked on at once may take; one sequence at least.
    public init(_ map: FeatureMap, adam: Adam = Adam(), chunkBytes: Int = MapDivergence.usualChunkBytes) {
        (self.map, self.adam, self.chunkBytes) = (map, adam, chunkBytes)
        first = Array(repeating: 0, count: map.mask.count)
        second = first
    }

    /// One step on the mask.
    ///
    /// - Parameters:
    ///   - batch: Whole sequences.
    ///   - coefficients: The loss's factors.
    ///   - learningRate: This step's rate.
    /// - Returns: The loss before the step, and the entries after it.
    public mutating func step(_ batch: MaskBatch, _ coefficients: MaskCoefficients, learningRate: Float) -> MaskTerms {
        step += 1
        let update = MaskUpdate(
            attn_scale: map.attn_scale, lambda: coefficients.lambda, epsilon: coefficients.epsilon, adam: adam,
            learningRate: learningRate, number: step)
        var divergence = 0.0, outcome = (penalty: 0.0, entries: 0)
        for range in batch.chunks(of: map, bytes: chunkBytes) {
            let columns = MapColumns(batch, range, map), rows = map.rows
            divergence += patterns.fill(map, batch, range, columns, weight: weight(batch, coefficients))
            if range.upperBound < batch.sequences {
                if range.lowerBound == 0 {
                    resize(&carried, map.mask.count, filler: 0)
                    for entry in carried.indices { carried[entry] = 0 }
                }
                Self.addGradient(rows, patterns.G, columns, to: &carried)
            } else {
                outcome = Self.update(
                    rows, patterns.G, columns, carried: range.lowerBound > 0 ? carried : nil, update, &map.mask, &first, &second)
            }
        }
        return MaskTerms(
            kl: divergence / Double(batch.rows(of: map)), penalty: outcome.penalty, entries: outcome.entries, coefficients)
    }

    /// Puts another mask in place and begins anew with Adam.
    ///
    /// - Parameter mask: [pairs, H].
    public mutating func restart(mask: [Float]) {
        precondition(mask.count == map.mask.count, "a mask of \(mask.count) for \(map.mask.count) entries")
        map.mask = mask
        step = 0
        for entry in first.indices { first[entry] = 0 }
        for entry in second.indices { second[entry] = 0 }
    }

    private func weight(_ batch: MaskBatch, _ coefficients: MaskCoefficients) -> Float {
        coefficients.kl / Float(batch.rows(of: map))
    }

    private static func addGradient(_ rows: MapRows, _ G: [Float], _ columns: MapColumns, to sums: inout [Float]) {
        var sums = sums.mutableSpan
        rows.addGradient(G.span, queries: columns.query, keys: columns.key, to: &sums)
    }

    private static func update(
        _ rows: MapRows, _ G: [Float], _ columns: MapColumns, carried: [Float]?, _ update: MaskUpdate, _ mask: inout [Float],
        _ first: inout [Float], _ second: inout [Float]
    ) -> (penalty: Double, entries: Int) {
        var mask = mask.mutableSpan, first = first.mutableSpan, second = second.mutableSpan
        return rows.updateMask(
            G.span, queries: columns.query, keys: columns.key, carried: carried?.span, update: update, mask: &mask,
            first: &first, second: &second)
    }
}

extension MaskTrainer {
    /// Mask and moments by name; with ``step`` they are the whole state.
    public var buffers: [(name: String, values: [Float])] {
        [("mask", map.mask), ("mask.first", first), ("mask.second", second)]
    }

    /// Takes up a saved state.
    ///
    /// - Throws: ``OptimiserStateError`` when a buffer is missing or has another size; the trainer is then unchanged.
    public mutating func restore(step: Int, buffer: (String) throws -> [Float]?) throws {
        func saved(_ name: String) throws -> [Float] {
            let found = try buffer(name)
            guard let found, found.count == first.count else {
                throw OptimiserStateError(buffer: name, expected: first.count, found: found?.count)
            }
            return found
        }
        let state = (try saved("mask"), try saved("mask.first"), try saved("mask.second"))
        (self.step, map.mask, first, second) = (step, state.0, state.1, state.2)
    }
}
