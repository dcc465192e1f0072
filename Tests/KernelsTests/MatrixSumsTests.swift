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

    @Test func `a row is subtracted from every row`() {
        let row = normals(columns, seed: 2)
        var out = [Float](repeating: 9, count: matrix.count)
        var span = out.mutableSpan
        subtractRow(matrix.span, row.span, into: &span)
        #expect(out == matrix.indices.map { matrix[$0] - row[$0 % columns] })
    }

    @Test func `the squared error is added to the gradient with its factor`() {
        let other = normals(matrix.count, seed: 3), before = normals(matrix.count, seed: 4)
        var gradient = before
        var span = gradient.mutableSpan
        let sum = squaredError(matrix.span, other.span, factor: 0.5, addingGradientTo: &span)
        var want = 0.0
        for index in matrix.indices {
            let difference = Double(matrix[index]) - Double(other[index])
            want += difference * difference
            #expect(abs(Double(gradient[index]) - (Double(before[index]) + 0.5 * difference)) < 1e-6)
        }
        #expect(abs(sum - want) < 1e-5)
    }
}
