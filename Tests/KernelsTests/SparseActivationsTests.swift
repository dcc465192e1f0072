import Kernels
import Testing

@Suite struct SparseActivationsTests {
    /// Around the block of 32, with no positive element, few, and all.
    @Test(arguments: [1, 31, 32, 33, 100, 333], [Float(-9), -2, 0, 9])
    func `compaction keeps exactly the positive elements`(_ count: Int, _ shift: Float) {
        let row = normals(count, seed: UInt64(count)), bias = normals(count, seed: 2).map { $0 / 4 + shift }
        var indices = [Int32](repeating: -1, count: count), values = [Float](repeating: -1, count: count)
        let found = compact(row, bias, &indices, &values)
        let want = row.indices.filter { row[$0] + bias[$0] > 0 }
        #expect(indices.prefix(found).map(Int.init) == want)
        #expect(values.prefix(found).elementsEqual(want.map { row[$0] + bias[$0] }))
    }

    private func compact(_ row: [Float], _ bias: [Float], _ indices: inout [Int32], _ values: inout [Float]) -> Int {
        var indices = indices.mutableSpan, values = values.mutableSpan
        return compactPositive(row.span, bias: bias.span, indices: &indices, values: &values)
    }

    @Test func `rectification adds the bias, cuts at zero and counts`() {
        let before = normals(5 * 37, seed: 1), bias = normals(37, seed: 2)
        var rows = before
        var span = rows.mutableSpan
        let positive = rectify(&span, bias: bias.span)
        let want = before.indices.map { max(before[$0] + bias[$0 % 37], 0) }
        #expect(rows == want && positive == want.count { $0 > 0 })
    }

    @Test func `the root penalty and its gradients are their formulas`() {
        let (rows, columns, epsilon, lambda) = (6, 37, 1e-3, 0.7)
        let f = normals(rows * columns, seed: 1).map { max($0, 0) }, norms = normals(columns, seed: 2).map { abs($0) }
        let before = normals(rows * columns, seed: 3), start = normals(columns, seed: 4)
        var df = before, normGradient = start
        let penalty = penalise(f, norms, &df, &normGradient, Float(epsilon), Float(lambda))
        var want = 0.0, wantNorms = start.map(Double.init)
        for index in f.indices {
            let (f, n) = (Double(f[index]), Double(norms[index % columns])), root = (n * f + epsilon).squareRoot()
            want += root
            wantNorms[index % columns] += lambda * f / (2 * root)
            let gradient = f > 0 ? Double(before[index]) + lambda * n / (2 * root) : 0
            #expect(abs(Double(df[index]) - gradient) < 1e-5)
        }
        #expect(abs(penalty - want) < 1e-5 * want)
        for (got, want) in zip(normGradient, wantNorms) { #expect(abs(Double(got) - want) < 1e-5) }
    }

    private func penalise(
        _ f: [Float], _ norms: [Float], _ df: inout [Float], _ normGradient: inout [Float], _ epsilon: Float, _ lambda: Float
    ) -> Double {
        var df = df.mutableSpan, normGradient = normGradient.mutableSpan
        return rootPenalty(f.span, norms: norms.span, df: &df, normGradient: &normGradient, epsilon: epsilon, lambda: lambda)
    }
}
