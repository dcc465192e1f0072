import Tensors

/// The active features of a sequence by feature instead of by token.
struct ActiveColumns: Sendable {
    /// [F + 1] feature a's entries are `offsets[a] ..< offsets[a + 1]`.
    private let offsets: [Int32]
    /// The entries' positions, ascending within a feature.
    let positions: [Int32]
    /// f.
    let values: [Float]

    /// A counting sort of some compressed rows.
    ///
    /// - Parameters:
    ///   - active: A row per token.
    ///   - rows: The sequence's rows.
    ///   - d_sae: F.
    /// - Complexity: O(F + active features).
    init(_ active: SparseRows, rows: Range<Int>, d_sae: Int) {
        let entries = active.offsets[rows.lowerBound]..<active.offsets[rows.upperBound]
        var offsets = [Int32](repeating: 0, count: d_sae + 1)
        for entry in entries { offsets[Int(active.indices[entry]) + 1] += 1 }
        for feature in 0..<d_sae { offsets[feature + 1] += offsets[feature] }
        var next = offsets
        var positions = [Int32](repeating: 0, count: entries.count), values = [Float](repeating: 0, count: entries.count)
        for row in rows {
            for entry in active.range(row) {
                let feature = Int(active.indices[entry]), place = Int(next[feature])
                positions[place] = Int32(row - rows.lowerBound)
                values[place] = active.values[entry]
                next[feature] += 1
            }
        }
        (self.offsets, self.positions, self.values) = (offsets, positions, values)
    }

    /// Where feature `feature`'s entries stand.
    func range(_ feature: Int) -> Range<Int> { Int(offsets[feature])..<Int(offsets[feature + 1]) }
}
