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

    @Test(arguments: [1, 31, 33, 333]) func `compaction above cuts keeps exactly what exceeds its own cut`(_ count: Int) {
        let row = normals(count, seed: UInt64(count)), bias = normals(count, seed: 2), cuts = normals(count, seed: 3).map(abs)
        var indices = [Int32](repeating: -1, count: count), values = [Float](repeating: -1, count: count)
        let found = compact(row, bias, above: cuts, &indices, &values)
        let want = row.indices.filter { row[$0] + bias[$0] > cuts[$0] }
        #expect(indices.prefix(found).map(Int.init) == want)
        #expect(values.prefix(found).elementsEqual(want.map { row[$0] + bias[$0] }))
    }

    @Test(arguments: [1, 31, 33, 333]) func `compaction near centres keeps exactly what is nearer than the radius`(_ count: Int) {
        let row = normals(count, seed: UInt64(count)), bias = normals(count, seed: 2), centres = normals(count, seed: 3)
        var indices = [Int32](repeating: -1, count: count)
        var span = indices.mutableSpan
        let found = Kernels.compact(row.span, bias: bias.span, near: centres.span, radius: 0.3, indices: &span)
        #expect(indices.prefix(found).map(Int.init) == row.indices.filter { abs(row[$0] + bias[$0] - centres[$0]) < 0.3 })
    }

    /// With distinct numbers, with many equal ones, with fewer positive ones than wanted, and with some kept out by −∞.
    @Test(arguments: [1, 7, 64, 400], [Float(0), 1, 3])
    func `the largest are the largest, the first among equals, and never a negative one`(_ k: Int, _ rounding: Float) {
        let count = 333
        var row = normals(count, seed: UInt64(k)), bias = normals(count, seed: 2).map { $0 / 4 }
        if rounding > 0 {
            row = row.map { ($0 * rounding).rounded() / rounding }
            bias = bias.map { _ in 0 }
        }
        for index in stride(from: 0, to: count, by: 9) { bias[index] = -.infinity }
        var indices = [Int32](repeating: -1, count: count), values = [Float](repeating: -1, count: count)
        let found = largest(row, bias, k, &indices, &values)
        let sums = row.indices.map { row[$0] + bias[$0] }
        let order = row.indices.sorted { sums[$0] > sums[$1] || (sums[$0] == sums[$1] && $0 < $1) }
        let want = order.prefix(k).filter { sums[$0] > 0 }.sorted()
        #expect(indices.prefix(found).map(Int.init) == want)
        #expect(values.prefix(found).elementsEqual(want.map { sums[$0] }))
    }

    private func largest(
        _ row: [Float], _ bias: [Float], _ k: Int, _ indices: inout [Int32], _ values: inout [Float]
    ) -> Int {
        var indices = indices.mutableSpan, values = values.mutableSpan
        return compactLargest(row.span, bias: bias.span, k: k, indices: &indices, values: &values)
    }

    private func compact(
        _ row: [Float], _ bias: [Float], above cuts: [Float]? = nil, _ indices: inout [Int32], _ values: inout [Float]
    ) -> Int {
        var indices = indices.mutableSpan, values = values.mutableSpan
        return Kernels.compact(row.span, bias: bias.span, above: cuts?.span, indices: &indices, values: &values)
    }

    @Test func `rectification adds the bias, cuts at zero and counts`() {
        let before = normals(5 * 37, seed: 1), bias = normals(37, seed: 2)
        var rows = before
        var span = rows.mutableSpan
        let positive = rectify(&span, bias: bias.span)
        let want = before.indices.map { max(before[$0] + bias[$0 % 37], 0) }
        #expect(rows == want && positive == want.count { $0 > 0 })
    }

    /// 700 columns are three of the blocks in which the sums are taken.
    @Test(arguments: [ActivationPenalty.root(epsilon: 1e-3), .linear, .none], [37, 700])
    func `penalties and their gradients are their formulas`(_ penalty: ActivationPenalty, _ columns: Int) {
        let rows = 6, lambda = 0.7
        let f = normals(rows * columns, seed: 1).map { max($0, 0) }, norms = normals(columns, seed: 2).map { abs($0) }
        let before = normals(rows * columns, seed: 3), start = normals(columns, seed: 4)
        var df = before, normGradient = start
        let sum = penalise(penalty, f, norms, &df, &normGradient, Float(lambda))
        var want = 0.0, wantNorms = start.map(Double.init)
        for index in f.indices {
            let (f, n) = (Double(f[index]), Double(norms[index % columns]))
            let (value, slope): (Double, Double) =
                switch penalty {
                case .root(let epsilon): ((n * f + Double(epsilon)).squareRoot(), 0.5 / (n * f + Double(epsilon)).squareRoot())
                case .linear: (n * f, 1)
                case .none: (0, 0)
                }
            want += value
            wantNorms[index % columns] += lambda * f * slope
            let gradient = f > 0 ? Double(before[index]) + lambda * n * slope : 0
            #expect(abs(Double(df[index]) - gradient) < 1e-5)
        }
        #expect(abs(sum - want) <= 1e-5 * want)
        for (got, want) in zip(normGradient, wantNorms) { #expect(abs(Double(got) - want) < 1e-5) }
    }

    private func penalise(
        _ penalty: ActivationPenalty, _ f: [Float], _ norms: [Float], _ df: inout [Float], _ normGradient: inout [Float],
        _ lambda: Float
    ) -> Double {
        var df = df.mutableSpan, normGradient = normGradient.mutableSpan
        return Kernels.penalise(penalty, f.span, norms: norms.span, df: &df, normGradient: &normGradient, lambda: lambda)
    }
}
