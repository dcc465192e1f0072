import Kernels
import Tensors

// One sequence through the map, by active pairs (specification 1.6), never tokens × map:
//
// 1. The sequence's distinct key features get slots 0..<U, its distinct query features rows 0..<A.
// 2. Each query feature's row of the map is read once: local[a] = M·m over the slots it pairs with, dense [U, H].
// 3. A query's row is w = β + Σ_a f_a local[a]: one axpy of U·H numbers per active feature.
// 4. Its scores are Σ_b f_b w[b] over the active keys of each token it sees.
//
// Backward runs 4 and 3 transposed, and 2 adds each local row's gradient to the entries it came from.

/// A sequence's active features in the map's local coordinates, with the buffers of one thread.
struct MapSequence: Sendable {
    /// [tokens, H] the last query's scores, not scaled.
    private(set) var rowScores: [Float] = []
    private var query = SparseRows(), key = SparseRows()
    private var T = 0, U = 0
    /// [n_key] the slot of a key feature, or -1.
    private var slotOfKey: [Int32] = []
    /// [n_query] the local row of a query feature, or -1.
    private var rowOfQuery: [Int32] = []
    /// Distinct features in order of slot and row.
    private var slotKeys: [Int32] = [], rowQueries: [Int32] = []
    /// In step with the rows' entries.
    private var keySlots: [Int32] = [], queryRows: [Int32] = []
    /// [A, U, H] local rows of M·m, and their gradients.
    private var local: [Float] = [], localGradient: [Float] = []
    /// [U, H] β of the slots, one query's row, and its gradient.
    private var beta: [Float] = [], w: [Float] = [], wGradient: [Float] = []

    /// Takes up a sequence and reads the map's rows that it needs.
    mutating func take(_ map: FeatureMap, query: SparseRows, key: SparseRows) {
        precondition(query.rows == key.rows, "\(query.rows) tokens of queries, \(key.rows) of keys")
        (self.query, self.key, T) = (query, key, query.rows)
        (slotOfKey, slotKeys, keySlots) = Self.localise(key.indices, of: map.n_key)
        (rowOfQuery, rowQueries, queryRows) = Self.localise(query.indices, of: map.n_query)
        let H = map.n_heads
        U = slotKeys.count
        local = Array(repeating: 0, count: rowQueries.count * U * H)
        beta = Array(repeating: 0, count: U * H)
        w = beta
        rowScores = Array(repeating: 0, count: T * H)
        for (slot, feature) in slotKeys.enumerated() {
            for head in 0..<H { beta[slot * H + head] = map.beta[Int(feature) * H + head] }
        }
        for (row, feature) in rowQueries.enumerated() {
            for pair in map.offsets[Int(feature)]..<map.offsets[Int(feature) + 1] {
                let slot = Int(slotOfKey[Int(map.keys[pair])])
                if slot < 0 { continue }
                for head in 0..<H { local[(row * U + slot) * H + head] = map.M[pair * H + head] * map.mask[pair * H + head] }
            }
        }
    }

    /// Fills ``rowScores`` with the scores of query `i` over the tokens up to it.
    mutating func score(_ i: Int, n_heads H: Int) {
        var row = w.mutableSpan
        row.copy(beta.span)
        for entry in query.range(i) {
            let start = Int(queryRows[entry]) * U * H
            axpy(query.values[entry], local.span.extracting(start..<start + U * H), &row)
        }
        var scores = rowScores.mutableSpan
        mapScores(
            offsets: key.offsets.span, slots: keySlots.span, values: key.values.span, w: w.span, tokens: i + 1, n_heads: H,
            into: &scores)
    }

    /// Forgets the gradient of the sequence before.
    mutating func clearGradient() {
        localGradient = Array(repeating: 0, count: local.count)
        wGradient = Array(repeating: 0, count: w.count)
    }

    /// Takes in the gradient at query `i`'s scores.
    ///
    /// - Parameter gradient: [i + 1, H] with respect to the scores before scaling.
    mutating func backward(_ i: Int, n_heads H: Int, gradient: Span<Float>) {
        for index in wGradient.indices { wGradient[index] = 0 }
        var row = wGradient.mutableSpan
        mapScoresTransposed(
            offsets: key.offsets.span, slots: keySlots.span, values: key.values.span, gradient: gradient, tokens: i + 1,
            n_heads: H, into: &row)
        var target = localGradient.mutableSpan
        for entry in query.range(i) {
            let start = Int(queryRows[entry]) * U * H
            var part = target.part(start..<start + U * H)
            axpy(query.values[entry], wGradient.span, &part)
        }
    }

    /// Adds the sequence's gradient with respect to the mask.
    ///
    /// - Parameter gradient: [pairs, H] in and out.
    func addMaskGradient(_ map: FeatureMap, to gradient: inout [Float]) {
        let H = map.n_heads
        for (row, feature) in rowQueries.enumerated() {
            for pair in map.offsets[Int(feature)]..<map.offsets[Int(feature) + 1] {
                let slot = Int(slotOfKey[Int(map.keys[pair])])
                if slot < 0 { continue }
                for head in 0..<H {
                    gradient[pair * H + head] += map.M[pair * H + head] * localGradient[(row * U + slot) * H + head]
                }
            }
        }
    }

    /// Numbers distinct features in order of appearance.
    private static func localise(_ features: [Int32], of count: Int) -> (place: [Int32], distinct: [Int32], local: [Int32]) {
        var place = [Int32](repeating: -1, count: count), distinct: [Int32] = []
        let local = features.map { feature in
            if place[Int(feature)] < 0 {
                place[Int(feature)] = Int32(distinct.count)
                distinct.append(feature)
            }
            return place[Int(feature)]
        }
        return (place, distinct, local)
    }
}
