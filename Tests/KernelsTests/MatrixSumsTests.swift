import Kernels
import Testing

@Suite struct MatrixSumsTests {
    private let rows = 7, columns = 37
    private let matrix = normals(7 * 37, seed: 1)

    @Test func `column sums and row norms equal their naive twins`() {
        var sums = [Float](repeating: 9, count: columns), norms = [Float](repeating: 9, count: rows)
        var sumSpan = sums.mutableSpan, normSpan = norms.mutableSpan
        columnSums(matrix.span, into: &sumSpan)
        rowNorms(matrix.span, into: &normSpan)
        for c in 0..<columns {
            let want = (0..<rows).reduce(0.0) { $0 + Double(matrix[$1 * columns + c]) }
            #expect(abs(Double(sums[c]) - want) < 1e-5)
        }
        for r in 0..<rows {
            let want = (0..<columns).reduce(0.0) { $0 + Double(matrix[r * columns + $1]) * Double(matrix[r * columns + $1]) }
            #expect(abs(Double(norms[r]) - want.squareRoot()) < 1e-5)
        }
    }

    @Test func `a repeated row stands in every row`() {
        let row = normals(columns, seed: 2)
        var out = [Float](repeating: 9, count: matrix.count)
        var span = out.mutableSpan
        repeatRow(row.span, into: &span)
        #expect(out == matrix.indices.map { row[$0 % columns] })
    }

    @Test func `products with a vector from either side equal their naive twins`() {
        let right = normals(columns, seed: 3), left = normals(rows, seed: 4), base = normals(columns, seed: 5)
        var down = [Float](repeating: 9, count: rows), across = [Float](repeating: 9, count: columns)
        var downSpan = down.mutableSpan, acrossSpan = across.mutableSpan
        matrixVector(matrix.span, right.span, alpha: 2, into: &downSpan)
        vectorMatrix(left.span, matrix.span, alpha: -1, base: base.span, into: &acrossSpan)
        for r in 0..<rows {
            let want = (0..<columns).reduce(0.0) { $0 + 2 * Double(matrix[r * columns + $1]) * Double(right[$1]) }
            #expect(abs(Double(down[r]) - want) < 1e-5)
        }
        for c in 0..<columns {
            let want = (0..<rows).reduce(Double(base[c])) { $0 - Double(matrix[$1 * columns + c]) * Double(left[$1]) }
            #expect(abs(Double(across[c]) - want) < 1e-5)
        }
    }

    @Test func `the total variance is the squared distance from the columns' means`() {
        var want = 0.0
        for c in 0..<columns {
            let column = (0..<rows).map { Double(matrix[$0 * columns + c]) }, mean = column.reduce(0, +) / Double(rows)
            want += column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        }
        #expect(abs(totalVariance(matrix.span, columns: columns) - want) < 1e-5 * want)
    }
}
