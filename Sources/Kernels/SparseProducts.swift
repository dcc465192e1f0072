private import CKernels

// Products of a sparse matrix with a dense one are cut among threads by slabs of the dense one's columns, and by rows where there are
// more threads than slabs: each element of the result is one sum in one order, wherever it is computed.

/// out ← S·rows (+ initial), S sparse in compressed rows.
///
/// - Parameters:
///   - offsets: [N + 1] row t of S has the entries `offsets[t] ..< offsets[t + 1]`.
///   - indices: the entries' columns in S, all below M.
///   - values: the entries.
///   - rows: [M, C].
///   - columns: C.
///   - initial: [C] added to every row of the product, or nil.
///   - out: [N, C] out.
/// - Complexity: (entries of S)·C multiply-adds.
public func gatherSum(
    offsets: Span<Int>, indices: Span<Int32>, values: Span<Float>, rows: Span<Float>, columns: Int,
    initial: Span<Float>? = nil, into out: inout MutableSpan<Float>
) {
    let initialCount = initial?.count ?? columns
    precondition(initialCount == columns, "rows of \(columns), initial of \(initialCount)")
    gather(
        offsets: offsets, indices: indices, values: values, rows: rows, columns: columns, base: initial, stride: 0, factors: nil,
        isTransposed: false, into: &out)
}

/// out ← S·rows + diag(factors)·base, S sparse in compressed rows.
///
/// - Parameters:
///   - offsets: [N + 1] row t of S has the entries `offsets[t] ..< offsets[t + 1]`.
///   - indices: the entries' columns in S, all below M.
///   - values: the entries.
///   - rows: [M, C].
///   - columns: C.
///   - base: [N, C].
///   - factors: [N].
///   - out: [N, C] out.
/// - Complexity: (entries of S + N)·C multiply-adds.
public func gatherSum(
    offsets: Span<Int>, indices: Span<Int32>, values: Span<Float>, rows: Span<Float>, columns: Int, base: Span<Float>,
    factors: Span<Float>, into out: inout MutableSpan<Float>
) {
    let count = checkedRows(offsets, indices)
    precondition(
        base.count >= count * columns && factors.count >= count,
        "\(count) rows of \(columns) from a base of \(base.count) and \(factors.count) factors")
    gather(
        offsets: offsets, indices: indices, values: values, rows: rows, columns: columns, base: base, stride: columns,
        factors: factors, isTransposed: false, into: &out)
}

/// out ← (S·rows + factors ⊗ base)ᵀ, S sparse in compressed rows.
///
/// - Parameters:
///   - offsets: [N + 1] row t of S has the entries `offsets[t] ..< offsets[t + 1]`.
///   - indices: the entries' columns in S, all below M.
///   - values: the entries.
///   - rows: [M, C].
///   - columns: C.
///   - base: [C], or nil for the product alone.
///   - factors: [N] how much of the base is added to each row, or nil for 1.
///   - out: [C, N] out.
/// - Complexity: (entries of S)·C multiply-adds.
public func gatherSumTransposed(
    offsets: Span<Int>, indices: Span<Int32>, values: Span<Float>, rows: Span<Float>, columns: Int, base: Span<Float>? = nil,
    factors: Span<Float>? = nil, into out: inout MutableSpan<Float>
) {
    let count = checkedRows(offsets, indices), baseCount = base?.count ?? columns, factorCount = factors?.count ?? count
    precondition(
        baseCount == columns && factorCount == count,
        "\(count) rows of \(columns), a base of \(baseCount) and \(factorCount) factors")
    gather(
        offsets: offsets, indices: indices, values: values, rows: rows, columns: columns, base: base, stride: 0,
        factors: factors, isTransposed: true, into: &out)
}

/// The elements of left·rowsᵀ at the places where S has entries.
///
/// - Parameters:
///   - offsets: [N + 1] row t of S has the entries `offsets[t] ..< offsets[t + 1]`.
///   - indices: the entries' columns in S, all below M.
///   - left: [N, C].
///   - rows: [M, C].
///   - columns: C.
///   - out: one number for each entry of S, in its order.
/// - Complexity: (entries of S)·C multiply-adds.
public func gatherDot(
    offsets: Span<Int>, indices: Span<Int32>, left: Span<Float>, rows: Span<Float>, columns: Int,
    into out: inout MutableSpan<Float>
) {
    let count = checkedRows(offsets, indices)
    precondition(
        left.count >= count * columns && out.count >= indices.count,
        "\(count) rows of \(columns) from \(left.count) elements, \(indices.count) dots into \(out.count)")
    unsafe offsets.withUnsafeBufferPointer { o in
        unsafe indices.withUnsafeBufferPointer { i in
            unsafe left.withUnsafeBufferPointer { l in
                unsafe rows.withUnsafeBufferPointer { r in
                    unsafe out.withUnsafeMutableBufferPointer { target in
                        inParallel(rows: count, grain: grain(entries: indices.count, rows: count, columns)) { part in
                            unsafe qk_gather_dot(
                                o.baseAddress, i.baseAddress, part.lowerBound, part.upperBound, l.baseAddress, r.baseAddress,
                                columns, target.baseAddress)
                        }
                    }
                }
            }
        }
    }
}

/// The gathered sums of all three kinds: base rows are `stride` apart.
private func gather(
    offsets: Span<Int>, indices: Span<Int32>, values: Span<Float>, rows: Span<Float>, columns: Int, base: Span<Float>?,
    stride: Int, factors: Span<Float>?, isTransposed: Bool, into out: inout MutableSpan<Float>
) {
    let count = checkedRows(offsets, indices)
    precondition(
        values.count >= indices.count && out.count >= count * columns,
        "\(indices.count) entries, \(values.count) values; \(count) rows of \(columns) into \(out.count)")
    let grid = SlabGrid(rows: count, columns: columns, entries: indices.count)
    unsafe offsets.withUnsafeBufferPointer { o in
        unsafe indices.withUnsafeBufferPointer { i in
            unsafe values.withUnsafeBufferPointer { v in
                unsafe rows.withUnsafeBufferPointer { r in
                    unsafe withPointer(base) { base in
                        unsafe withPointer(factors) { factors in
                            unsafe out.withUnsafeMutableBufferPointer { target in
                                let base = unsafe qk_base(rows: base, factors: factors, stride: stride)
                                inParallel(parts: grid.blocks) { index in
                                    let block = grid.block(index)
                                    if isTransposed {
                                        unsafe qk_gather_sum_transposed(
                                            o.baseAddress, i.baseAddress, v.baseAddress, block, r.baseAddress, columns, count,
                                            base, target.baseAddress)
                                    } else {
                                        unsafe qk_gather_sum(
                                            o.baseAddress, i.baseAddress, v.baseAddress, block, r.baseAddress, columns, base,
                                            target.baseAddress)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How a gathered product is cut into blocks: whole slabs of columns, and rows where the slabs are too few.
private struct SlabGrid {
    private let rows: Int, columns: Int, slabs: Int, heights: Int

    /// The columns that the C kernel sums in registers.
    private static let slab = 64
    /// Rows of a block begin at multiples of the C kernel's tile.
    private static let tile = 16
    /// Blocks for each thread, so that none waits long for another.
    private static let blocksPerThread = 3

    init(rows: Int, columns: Int, entries: Int) {
        (self.rows, self.columns) = (rows, columns)
        slabs = (columns + Self.slab - 1) / Self.slab
        let wanted = min(Self.blocksPerThread * threadCount, partCount(entries * columns, grain: gatherGrain) * threadCount)
        let tiles = (rows + Self.tile - 1) / Self.tile
        heights = max(1, min(tiles, (wanted + slabs - 1) / max(slabs, 1)))
    }

    var blocks: Int { slabs * heights }

    func block(_ index: Int) -> qk_block {
        let slab = index / heights, tiles = part(index % heights, of: heights, (rows + Self.tile - 1) / Self.tile)
        return qk_block(
            first_row: min(tiles.lowerBound * Self.tile, rows), end_row: min(tiles.upperBound * Self.tile, rows),
            first_column: slab * Self.slab, end_column: min((slab + 1) * Self.slab, columns))
    }
}

/// The fewest multiply-adds of a gathered product worth a thread: some 10 µs of them.
private let gatherGrain = 1 << 17

/// The rows of a gathered product worth a thread.
private func grain(entries: Int, rows: Int, _ columns: Int) -> Int {
    max(1, gatherGrain * rows / max(entries * columns, 1))
}

/// The number of rows, after the check that the last ends with the entries.
private func checkedRows(_ offsets: Span<Int>, _ indices: Span<Int32>) -> Int {
    precondition(
        offsets.count > 0 && offsets[offsets.count - 1] <= indices.count,
        "\(offsets.count) offsets for \(indices.count) entries")
    return offsets.count - 1
}
