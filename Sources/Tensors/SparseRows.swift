/// The active features of a run of tokens: per token its (feature, activation) pairs, features ascending.
///
/// Compressed rows: the pairs of token `t` are `indices[offsets[t]..<offsets[t + 1]]` and the same range of `values`.
public struct SparseRows: Sendable, Equatable {
    /// Where each row begins; one more than there are rows.
    public private(set) var offsets: [Int]
    /// Feature numbers, ascending within a row.
    public private(set) var indices: [Int32]
    /// Activations, positive, in step with ``indices``.
    public var values: [Float]

    /// No rows yet.
    public init() {
        offsets = [0]
        indices = []
        values = []
    }

    /// Rows from their parts.
    ///
    /// - Precondition: `offsets` begins with 0, ascends, and ends with the number of pairs.
    public init(offsets: [Int], indices: [Int32], values: [Float]) {
        precondition(
            offsets.first == 0 && offsets.last == indices.count && indices.count == values.count,
            "rows end at \(offsets.last ?? -1), but there are \(indices.count) indices and \(values.count) values")
        self.offsets = offsets
        self.indices = indices
        self.values = values
    }

    /// The number of rows.
    public var rows: Int { offsets.count - 1 }

    /// The number of active features over all rows.
    public var count: Int { indices.count }

    /// Where row `row` stands in ``indices`` and ``values``.
    public func range(_ row: Int) -> Range<Int> { offsets[row]..<offsets[row + 1] }

    /// Appends one active feature to the row that is being built.
    public mutating func append(_ index: Int32, _ value: Float) {
        indices.append(index)
        values.append(value)
    }

    /// Ends the row that is being built.
    public mutating func endRow() { offsets.append(indices.count) }

    /// Appends a row.
    ///
    /// - Parameters:
    ///   - indices: Ascending.
    ///   - values: In step with the indices.
    public mutating func appendRow(_ indices: Span<Int32>, _ values: Span<Float>) {
        for entry in indices.indices { append(indices[entry], values[entry]) }
        endRow()
    }

    /// Some of the rows.
    public func extracting(_ rows: Range<Int>) -> SparseRows {
        let entries = offsets[rows.lowerBound]..<offsets[rows.upperBound]
        return SparseRows(
            offsets: offsets[rows.lowerBound...rows.upperBound].map { $0 - entries.lowerBound }, indices: Array(indices[entries]),
            values: Array(values[entries]))
    }

    /// Appends the rows of another.
    ///
    /// - Precondition: no row is being built, here or there.
    public mutating func append(contentsOf other: SparseRows) {
        let before = count
        offsets.append(contentsOf: other.offsets.dropFirst().lazy.map { $0 + before })
        indices.append(contentsOf: other.indices)
        values.append(contentsOf: other.values)
    }

    /// Forgets all rows and keeps the room.
    public mutating func removeAll() {
        offsets.removeAll(keepingCapacity: true)
        offsets.append(0)
        indices.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }
}
