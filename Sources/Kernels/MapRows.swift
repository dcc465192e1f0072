private import CKernels
private import Glibc
private import Tensors

// A map from query features to key features, row by row, so that each row is read once for all queries of all sequences:
//
// - scores: for each query feature a and sequence with queries i₁ < … < iₙ at which a is active: over the pairs (a, b) and the keys
//   j ≤ iₙ at which b is active, g[j, h] = Σ_b f_b M_abh m_abh; then S(iₖ, j, h) += f_a g[j, h] for each query and j ≤ iₖ.
// - gradient: u[j, h] = Σₖ f_a G(iₖ, j, h), j ≤ iₖ; then E_abh += Σ_j f_b u[j, h].
//
// Heads lie innermost: one number is loaded for all heads of a pair, and g, u and the rows of scores are added up in one stroke.

/// A map's pairs and their values, as the kernels read them.
public struct MapRows: Sendable {
    /// [n_Q + 1] query feature a's pairs are `offsets[a] ..< offsets[a + 1]`.
    public let offsets: [Int]
    /// [pairs] their key features.
    public let keys: [Int32]
    /// [pairs, H] M.
    public let values: [Float]
    /// H.
    public let n_heads: Int

    /// Rows from their parts.
    public init(offsets: [Int], keys: [Int32], values: [Float], n_heads: Int) {
        precondition(
            offsets.last == keys.count && values.count == keys.count * n_heads,
            "\(offsets.last ?? -1) pairs with \(keys.count) key features and \(values.count) values of \(n_heads) heads")
        (self.offsets, self.keys, self.values, self.n_heads) = (offsets, keys, values, n_heads)
    }

    /// n_Q.
    public var queryFeatures: Int { offsets.count - 1 }

    /// The pairs of the longest row.
    private var longestRow: Int { zip(offsets.dropFirst(), offsets).map { $0 - $1 }.max() ?? 0 }

    /// What a thread works in.
    private struct Scratch {
        var slots: [Int32], row: [Float], perKey: [Float]

        init(_ map: MapRows, keyFeatures: Int, length: Int) {
            slots = Array(repeating: 0, count: keyFeatures)
            row = Array(repeating: 0, count: (1 + map.longestRow) * map.n_heads)
            perKey = Array(repeating: 0, count: length * map.n_heads)
        }

        /// Calls `body` with the scratch as the C kernels take it.
        mutating func withPointers<Result>(_ body: (qk_map_scratch) -> Result) -> Result {
            unsafe Self.withPointers(&slots, &row, &perKey, body)
        }

        private static func withPointers<Result>(
            _ slots: inout [Int32], _ row: inout [Float], _ perKey: inout [Float], _ body: (qk_map_scratch) -> Result
        ) -> Result {
            unsafe slots.withUnsafeMutableBufferPointer { slots in
                unsafe row.withUnsafeMutableBufferPointer { row in
                    unsafe perKey.withUnsafeMutableBufferPointer { perKey in
                        unsafe body(
                            qk_map_scratch(slots: slots.baseAddress, row: row.baseAddress, per_key: perKey.baseAddress))
                    }
                }
            }
        }
    }

    /// Calls `body` with the rows as the C kernels take them, and the values.
    private func withPointers<Result>(_ body: (qk_map, UnsafePointer<Float>?) -> Result) -> Result {
        unsafe offsets.withUnsafeBufferPointer { o in
            unsafe keys.withUnsafeBufferPointer { k in
                unsafe values.withUnsafeBufferPointer { v in
                    unsafe body(qk_map(offsets: o.baseAddress, keys: k.baseAddress, n_heads: n_heads), v.baseAddress)
                }
            }
        }
    }
}

extension MapRows {
    /// Σ_ab f_a f_b M_abh m_abh + Σ_b f_b β_bh of some sequences, without attn_scale.
    ///
    /// - Parameters:
    ///   - mask: [pairs, H] m.
    ///   - beta: [n_K, H] β.
    ///   - queries: f^Q.
    ///   - keys: f^K of the same sequences.
    ///   - sequences: Which of them.
    ///   - scores: [sequences, T, T, H] out; entries of keys after the query are left as they are.
    /// - Complexity: H·(Σ over distinct query features of active key features + active query features · T/2).
    public func scores(
        mask: Span<Float>, beta: Span<Float>, queries: SequenceColumns, keys: SequenceTokens, sequences: Range<Int>,
        into scores: inout MutableSpan<Float>
    ) {
        let T = queries.length
        check(mask.count, queries, keys)
        precondition(
            scores.count == sequences.count * T * T * n_heads && beta.count == keys.features * n_heads
                && sequences.upperBound <= queries.sequences,
            "\(scores.count) scores of sequences \(sequences) of \(queries.sequences), \(beta.count) biases")
        var scratch = Scratch(self, keyFeatures: keys.features, length: T)
        let extent = qk_extent(
            first_feature: 0, end_feature: queryFeatures, first_sequence: sequences.lowerBound,
            end_sequence: sequences.upperBound, length: T)
        unsafe scores.withUnsafeMutableBufferPointer { scores in
            unsafe beta.withUnsafeBufferPointer { beta in
                unsafe mask.withUnsafeBufferPointer { mask in
                    unsafe keys.withTokens { keys in
                        unsafe queries.withColumns { queries in
                            unsafe withPointers { map, values in
                                unsafe scratch.withPointers { scratch in
                                    for (place, sequence) in sequences.enumerated() {
                                        unsafe qk_map_bias(
                                            beta.baseAddress, keys, sequence, T, n_heads, scratch,
                                            scores.baseAddress! + place * T * T * n_heads)
                                    }
                                    unsafe qk_map_scores(
                                        map, values, mask.baseAddress, queries, keys, extent, scratch, scores.baseAddress)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// E_abh += Σ_{i ≥ j} f_a f_b G_h(i, j) over all sequences.
    ///
    /// - Parameters:
    ///   - G: [B, T, T, H].
    ///   - queries: f^Q of B sequences.
    ///   - keys: f^K of the same.
    ///   - sums: [pairs, H] E.
    /// - Complexity: that of the scores.
    public func addGradient(
        _ G: Span<Float>, queries: SequenceColumns, keys: SequenceTokens, to sums: inout MutableSpan<Float>
    ) {
        check(sums.count, queries, keys)
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            let sums = unsafe sums
            _ = unsafe forEachRow(G, queries, keys) { row, found in
                for entry in 0..<row.count { unsafe sums[row.lowerBound + entry] += found[entry] }
                return (0, 0)
            }
        }
    }

    /// A step of Adam on the mask, row by row as its gradient becomes known, and the clamp to [0, 1].
    ///
    /// The gradient is attn_scale·M·E + λ/(2√(m + ε)) on every entry of the map.
    ///
    /// - Parameters:
    ///   - G: [B, T, T, H] with the divergence's weight.
    ///   - queries: f^Q of B sequences.
    ///   - keys: f^K of the same.
    ///   - carried: [pairs, H] E of sequences before these; nil if there are none.
    ///   - update: What the step depends on.
    ///   - mask: [pairs, H] m, in and out.
    ///   - first: [pairs, H] Adam's first moments, in and out.
    ///   - second: [pairs, H] its second moments, in and out.
    /// - Returns: Σ √(m + ε) before the step, and how many entries are above 0 after it.
    /// - Complexity: that of the scores, and one pass over four streams of the map's size.
    public func updateMask(
        _ G: Span<Float>, queries: SequenceColumns, keys: SequenceTokens, carried: Span<Float>?, update: MaskUpdate,
        mask: inout MutableSpan<Float>, first: inout MutableSpan<Float>, second: inout MutableSpan<Float>
    ) -> (penalty: Double, entries: Int) {
        check(mask.count, queries, keys)
        let carriedCount = carried?.count ?? values.count
        precondition(
            first.count == values.count && second.count == values.count && carriedCount == values.count,
            "\(values.count) entries with moments of \(first.count) and \(second.count), \(carriedCount) sums carried")
        if values.isEmpty { return (0, 0) }
        let step = update.step
        return unsafe mask.withUnsafeMutableBufferPointer { mask in
            unsafe first.withUnsafeMutableBufferPointer { first in
                unsafe second.withUnsafeMutableBufferPointer { second in
                    unsafe values.withUnsafeBufferPointer { values in
                        unsafe withPointer(carried) { carried in
                            let (m, m1, m2) = (mask.baseAddress!, first.baseAddress!, second.baseAddress!)
                            let (M, before) = unsafe (values.baseAddress!, carried)
                            let outcomes = unsafe forEachRow(G, queries, keys) { row, found in
                                let start = row.lowerBound
                                if let before = unsafe before {
                                    for entry in 0..<row.count { unsafe found[entry] += before[start + entry] }
                                }
                                let outcome = unsafe qk_mask_adam(
                                    step, M + start, found, m + start, m1 + start, m2 + start, row.count)
                                return (outcome.roots, outcome.above_zero)
                            }
                            return outcomes
                        }
                    }
                }
            }
        }
    }

    /// Parts into which the rows are cut, whatever the number of threads: their sums are added up in order.
    private static let parts = 64

    /// Calls `body` for each row that has entries, several at once.
    ///
    /// - Parameter body: Receives where the row's entries stand, and E of them.
    /// - Returns: The sums of what `body` returns.
    private func forEachRow(
        _ G: Span<Float>, _ queries: SequenceColumns, _ keys: SequenceTokens,
        _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> (Double, Int)
    ) -> (Double, Int) {
        let T = queries.length
        precondition(
            G.count == queries.sequences * T * T * n_heads, "G of \(G.count) for \(queries.sequences) sequences of \(T) tokens")
        var sums = [(Double, Int)](repeating: (0, 0), count: Self.parts)
        unsafe G.withUnsafeBufferPointer { G in
            unsafe queries.withColumns { queryColumns in
                unsafe keys.withTokens { keyTokens in
                    unsafe withPointers { map, _ in
                        inParallel(&sums) { index, sum in
                            var scratch = Scratch(self, keyFeatures: keys.features, length: T)
                            unsafe scratch.withPointers { scratch in
                                for a in part(index, of: Self.parts, queryFeatures) where offsets[a] < offsets[a + 1] {
                                    let extent = qk_extent(
                                        first_feature: a, end_feature: a + 1, first_sequence: 0,
                                        end_sequence: queries.sequences, length: T)
                                    let row = offsets[a] * n_heads..<offsets[a + 1] * n_heads
                                    // The first n_heads numbers gather what belongs to no pair.
                                    unsafe scratch.row.update(repeating: 0, count: n_heads + row.count)
                                    unsafe qk_map_row_gradient(
                                        map, queryColumns, keyTokens, extent, G.baseAddress, scratch, scratch.row)
                                    let found = unsafe body(row, scratch.row + n_heads)
                                    sum = (sum.0 + found.0, sum.1 + found.1)
                                }
                            }
                        }
                    }
                }
            }
        }
        return sums.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
    }

    private func check(_ mask: Int, _ queries: SequenceColumns, _ keys: SequenceTokens) {
        precondition(
            mask == values.count && queries.features == queryFeatures && queries.sequences == keys.sequences
                && queries.length == keys.length,
            "a mask of \(mask) for \(values.count) entries; \(queries.features) query features for \(queryFeatures); "
                + "\(queries.sequences) and \(keys.sequences) sequences of \(queries.length) and \(keys.length) tokens")
    }
}

/// What a step of the mask depends on besides map and gradient.
public struct MaskUpdate: Sendable {
    /// What scores are multiplied by.
    public var attn_scale: Float
    /// λ_m.
    public var lambda: Float
    /// ε under the penalty's root.
    public var epsilon: Float
    /// Adam's settings.
    public var adam: Adam
    /// This step's rate.
    public var learningRate: Float
    /// This step's number, counted from 1.
    public var number: Int

    /// All of them.
    public init(attn_scale: Float, lambda: Float, epsilon: Float, adam: Adam, learningRate: Float, number: Int) {
        (self.attn_scale, self.lambda, self.epsilon) = (attn_scale, lambda, epsilon)
        (self.adam, self.learningRate, self.number) = (adam, learningRate, number)
    }

    fileprivate var step: qk_mask_step {
        let size = Double(learningRate) / (1 - pow(Double(adam.beta1), Double(number)))
        let rootScale = 1 / (1 - pow(Double(adam.beta2), Double(number))).squareRoot()
        return qk_mask_step(
            scale: attn_scale, half_lambda: lambda / 2, floor: epsilon, beta1: adam.beta1, beta2: adam.beta2,
            step_size: Float(size), root_scale: Float(rootScale), epsilon: adam.epsilon)
    }
}

/// Scores of some queries of one sequence, heads innermost, to heads outermost.
///
/// - Parameters:
///   - scores: [rows, T, H] of queries `first ..< first + rows`.
///   - first: The first query.
///   - length: T.
///   - n_heads: H.
///   - scale: What they are multiplied by.
///   - out: [H, rows, T] out; entries of keys after the query are left as they are.
public func headsOutward(
    _ scores: Span<Float>, first: Int, length: Int, n_heads: Int, scale: Float, into out: inout MutableSpan<Float>
) {
    let rows = scores.count / (length * n_heads)
    precondition(
        scores.count == rows * length * n_heads && out.count >= scores.count && first + rows <= length,
        "\(scores.count) scores of queries from \(first) of \(length), \(n_heads) heads, into \(out.count)")
    unsafe scores.withUnsafeBufferPointer { source in
        unsafe out.withUnsafeMutableBufferPointer { target in
            unsafe qk_heads_outward(source.baseAddress, rows, first, length, n_heads, scale, target.baseAddress)
        }
    }
}

/// Scores of some queries of one sequence, heads outermost, to heads innermost.
///
/// - Parameters:
///   - heads: [H, rows, T] of queries `first ..< first + rows`.
///   - first: The first query.
///   - length: T.
///   - n_heads: H.
///   - scores: [rows, T, H] out; entries of keys after the query are left as they are.
public func headsInward(
    _ heads: Span<Float>, first: Int, length: Int, n_heads: Int, into scores: inout MutableSpan<Float>
) {
    let rows = scores.count / (length * n_heads)
    precondition(
        scores.count == rows * length * n_heads && heads.count >= scores.count && first + rows <= length,
        "\(scores.count) scores of queries from \(first) of \(length), \(n_heads) heads, from \(heads.count)")
    unsafe heads.withUnsafeBufferPointer { source in
        unsafe scores.withUnsafeMutableBufferPointer { target in
            unsafe qk_heads_inward(source.baseAddress, rows, first, length, n_heads, target.baseAddress)
        }
    }
}

extension SequenceColumns {
    /// Calls `body` with the columns as the C kernels take them.
    fileprivate func withColumns<Result>(_ body: (qk_columns) -> Result) -> Result {
        unsafe withPointers { offsets, tokens, values in
            unsafe body(qk_columns(offsets: offsets, tokens: tokens, values: values, features: features))
        }
    }
}

extension SequenceTokens {
    /// Calls `body` with the rows as the C kernels take them.
    fileprivate func withTokens<Result>(_ body: (qk_tokens) -> Result) -> Result {
        unsafe withPointers { offsets, features, values in
            unsafe body(qk_tokens(offsets: offsets, features: features, values: values))
        }
    }
}
