import Kernels
import Tensors
import Testing

/// A sparse matrix of `rows`×`width` with up to `most` entries in a row (the second row empty), and the same matrix dense.
private func sparse(rows: Int, width: Int, most: Int) -> (SparseRows, dense: [Float]) {
    var generator = RandomGenerator(seed: UInt64(rows + width)), result = SparseRows()
    var dense = [Float](repeating: 0, count: rows * width)
    for row in 0..<rows {
        for index in generator.permutation(width).prefix(row == 1 ? 0 : most).sorted() {
            let value = Float(generator.normal())
            result.append(Int32(index), value)
            dense[row * width + index] = value
        }
        result.endRow()
    }
    return (result, dense)
}

/// Widths around the slab of 64 columns and the tile of 16 rows.
private let sizes = [(rows: 5, columns: 1), (3, 63), (16, 64), (17, 65), (40, 200)]

@Suite struct SparseProductsTests {
    @Test(arguments: sizes, [true, false])
    func `gathered sums are the dense product`(_ size: (rows: Int, columns: Int), _ hasInitial: Bool) {
        let (S, dense) = sparse(rows: size.rows, width: 23, most: 7)
        let matrix = normals(23 * size.columns, seed: 1), initial = normals(size.columns, seed: 2)
        var out = [Float](repeating: 9, count: size.rows * size.columns), transposed = out
        fill(&out, S, matrix, size.columns, hasInitial ? initial : nil)
        fillTransposed(&transposed, S, matrix, size.columns)
        for row in 0..<size.rows {
            for column in 0..<size.columns {
                let product = (0..<23).reduce(0.0) {
                    $0 + Double(dense[row * 23 + $1]) * Double(matrix[$1 * size.columns + column])
                }
                let want = product + (hasInitial ? Double(initial[column]) : 0)
                #expect(abs(Double(out[row * size.columns + column]) - want) < 1e-5)
                #expect(abs(Double(transposed[column * size.rows + row]) - product) < 1e-5)
            }
        }
    }

    private func fill(_ out: inout [Float], _ S: SparseRows, _ matrix: [Float], _ columns: Int, _ initial: [Float]?) {
        var span = out.mutableSpan
        if let initial {
            gatherSum(
                offsets: S.offsets.span, indices: S.indices.span, values: S.values.span, rows: matrix.span, columns: columns,
                initial: initial.span, into: &span)
        } else {
            gatherSum(
                offsets: S.offsets.span, indices: S.indices.span, values: S.values.span, rows: matrix.span, columns: columns,
                into: &span)
        }
    }

    private func fillTransposed(_ out: inout [Float], _ S: SparseRows, _ matrix: [Float], _ columns: Int) {
        var span = out.mutableSpan
        gatherSumTransposed(
            offsets: S.offsets.span, indices: S.indices.span, values: S.values.span, rows: matrix.span, columns: columns,
            into: &span)
    }

    @Test(arguments: sizes)
    func `gathered dots are the dense product's entries`(_ size: (rows: Int, columns: Int)) {
        let (S, _) = sparse(rows: size.rows, width: 23, most: 7)
        let left = normals(size.rows * size.columns, seed: 3), matrix = normals(23 * size.columns, seed: 4)
        var out = [Float](repeating: 9, count: S.count)
        var span = out.mutableSpan
        gatherDot(
            offsets: S.offsets.span, indices: S.indices.span, left: left.span, rows: matrix.span, columns: size.columns,
            into: &span)
        for row in 0..<size.rows {
            for entry in S.range(row) {
                let want = (0..<size.columns).reduce(0.0) {
                    $0 + Double(left[row * size.columns + $1]) * Double(matrix[Int(S.indices[entry]) * size.columns + $1])
                }
                #expect(abs(Double(out[entry]) - want) < 3e-5)
            }
        }
    }
}
