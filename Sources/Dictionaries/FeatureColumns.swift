import Tensors

/// The active features sorted by feature instead of by token: the transpose of compressed rows.
struct FeatureColumns: Sendable {
    /// [F + 1] feature a's entries are `offsets[a] ..< offsets[a + 1]`.
    private(set) var offsets: [Int] = []
    /// The entries' tokens, ascending within a feature.
    private(set) var tokens: [Int32] = []
    /// f.
    private(set) var values: [Float] = []
    /// The gradient at the pre-activations, once it is placed.
    private(set) var gradients: [Float] = []
    /// Where each entry of the compressed rows has gone.
    private var places: [Int] = []

    /// Where feature `feature`'s entries stand.
    func range(_ feature: Int) -> Range<Int> { offsets[feature]..<offsets[feature + 1] }

    /// The features that have entries, ascending.
    var activeFeatures: some Sequence<Int> { (0..<offsets.count - 1).lazy.filter { offsets[$0] < offsets[$0 + 1] } }

    /// Counting sort of the rows' entries.
    ///
    /// - Parameters:
    ///   - active: f by token.
    ///   - d_sae: F.
    mutating func sort(_ active: borrowing SparseRows, d_sae: Int) {
        offsets.removeAll(keepingCapacity: true)
        offsets.append(contentsOf: repeatElement(0, count: d_sae + 1))
        for index in active.indices { offsets[Int(index) + 1] += 1 }
        for feature in 0..<d_sae { offsets[feature + 1] += offsets[feature] }
        resize(&values, active.count, filler: 0)
        resize(&tokens, active.count, filler: 0)
        resize(&places, active.count, filler: 0)
        // offsets[a] walks from the start of a's entries to their end, which is the start of a + 1's: shift back afterwards.
        for token in 0..<active.rows {
            for entry in active.range(token) {
                let feature = Int(active.indices[entry]), place = offsets[feature]
                tokens[place] = Int32(token)
                values[place] = active.values[entry]
                places[entry] = place
                offsets[feature] = place + 1
            }
        }
        for feature in stride(from: d_sae, to: 0, by: -1) { offsets[feature] = offsets[feature - 1] }
        offsets[0] = 0
    }

    /// Puts numbers that go with the rows' entries, in the rows' order, where the sort has put the entries.
    mutating func place(gradients df: [Float]) {
        resize(&gradients, places.count, filler: 0)
        for (entry, place) in places.enumerated() { gradients[place] = df[entry] }
    }
}

/// Gives an array exactly `count` elements; the contents are whatever they were, and `filler` beyond.
func resize<Element>(_ values: inout [Element], _ count: Int, filler: Element) {
    if values.count > count {
        values.removeLast(values.count - count)
    } else if values.count < count {
        values.append(contentsOf: repeatElement(filler, count: count - values.count))
    }
}
