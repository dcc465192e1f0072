import Glibc
import Kernels
import Tensors
import Testing

/// Random numbers for kernels' inputs.
func normals(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
    var generator = RandomGenerator(seed: seed)
    return (0..<count).map { _ in Float(generator.normal()) * scale }
}

@Suite(.serialized) struct KernelsTests {
    @Test(arguments: [false, true], [false, true])
    func `gemm equals its naive twin, transposed or not`(_ transposeA: Bool, _ transposeB: Bool) {
        let (m, n, k) = (7, 5, 11)
        let A = normals(m * k, seed: 1), B = normals(k * n, seed: 2)
        var C = normals(m * n, seed: 3)
        var twin = C
        for i in 0..<m {
            for j in 0..<n {
                var sum = 0.0
                for l in 0..<k {
                    sum += Double(A[transposeA ? l * m + i : i * k + l]) * Double(B[transposeB ? j * k + l : l * n + j])
                }
                twin[i * n + j] = Float(0.5 * sum + 2 * Double(C[i * n + j]))
            }
        }
        var target = C.mutableSpan
        gemm(m, n, k, A.span, B.span, into: &target, alpha: 0.5, beta: 2, transposeA: transposeA, transposeB: transposeB)
        for (got, want) in zip(C, twin) { #expect(abs(got - want) < 1e-5) }
    }

    @Test(arguments: [1, 2, 15, 16, 17, 100])
    func `softmax and its logarithm equal the double-precision ones`(_ count: Int) {
        let scores = normals(count, seed: UInt64(count), scale: 8)
        let sum = scores.reduce(0) { $0 + exp(Double($1)) }
        var probabilities = scores, logs = scores
        var row = probabilities.mutableSpan
        let norm = softmax(&row)
        var logRow = logs.mutableSpan
        logSoftmax(&logRow)
        #expect(abs(Double(norm) - log(sum)) < 1e-5)
        for (index, score) in scores.enumerated() {
            let want = Double(score) - log(sum)
            #expect(abs(Double(probabilities[index]) - exp(want)) < 3e-7)
            #expect(abs(Double(logs[index]) - want) < 1e-5)
        }
    }

    @Test(arguments: ActivationFunction.allCases)
    func `activation functions equal their formulas`(_ function: ActivationFunction) {
        let x = stride(from: -12, through: 12, by: 0.037).map { Float($0) }
        var y = x
        var span = y.mutableSpan
        function.apply(&span)
        for (input, output) in zip(x.map(Double.init), y) {
            let want =
                switch function {
                case .gelu_new:
                    0.5 * input * (1 + tanh((2 / Double.pi).squareRoot() * (input + 0.044715 * input * input * input)))
                case .gelu: 0.5 * input * (1 + erf(input / 2.squareRoot()))
                case .relu: max(input, 0)
                }
            #expect(abs(Double(output) - want) < 2e-6)
        }
    }

    @Test func `layer normalisation gives mean 0 and the root mean square it says`() {
        let d_model = 37
        let rows = normals(3 * d_model, seed: 5, scale: 4)
        var normalised = [Float](repeating: 0, count: rows.count), scale = [Float](repeating: 0, count: 3)
        var out = normalised.mutableSpan, sigma = scale.mutableSpan
        layerNormalise(rows.span, d_model: d_model, epsilon: 1e-5, into: &out, scale: &sigma)
        for row in 0..<3 {
            let values = rows[row * d_model..<(row + 1) * d_model].map(Double.init)
            let mean = values.reduce(0, +) / Double(d_model)
            let want = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(d_model) + 1e-5).squareRoot()
            #expect(abs(Double(scale[row]) - want) < 1e-5)
            for i in 0..<d_model { #expect(abs(Double(normalised[row * d_model + i]) - (values[i] - mean) / want) < 2e-6) }
        }
        let gain = normals(d_model, seed: 6), bias = normals(d_model, seed: 7), before = normalised
        var shifted = normalised.mutableSpan
        scaleAndShift(&shifted, gain: gain.span, bias: bias.span)
        for i in 0..<rows.count { #expect(abs(normalised[i] - (before[i] * gain[i % d_model] + bias[i % d_model])) < 1e-6) }
    }

    @Test func `layer normalisation whole equals its two steps, on several threads as on one`() {
        let d_model = 130, rows = normals(400 * d_model, seed: 11, scale: 4), gain = normals(d_model, seed: 12),
            bias = normals(d_model, seed: 13)
        var steps = [Float](repeating: .nan, count: rows.count), whole = steps, scale = [Float](repeating: 0, count: 400)
        var out = steps.mutableSpan, sigma = scale.mutableSpan
        layerNormalise(rows.span, d_model: d_model, epsilon: 1e-5, into: &out, scale: &sigma)
        scaleAndShift(&out, gain: gain.span, bias: bias.span)
        setThreads(3)
        defer { setThreads(1) }
        var direct = whole.mutableSpan
        layerNormalise(rows.span, gain: gain.span, bias: bias.span, epsilon: 1e-5, into: &direct)
        #expect(whole == steps)
    }

    @Test func `the log of summed exponentials equals the double-precision one, row by row`() {
        let (count, width) = (50, 700), scores = normals(count * width, seed: 14, scale: 8)
        var norms = [Float](repeating: .nan, count: count)
        setThreads(3)
        defer { setThreads(1) }
        var out = norms.mutableSpan
        logSumExp(scores.span, into: &out)
        for row in 0..<count {
            let want = log(scores[row * width..<(row + 1) * width].reduce(0) { $0 + exp(Double($1)) })
            #expect(abs(Double(norms[row]) - want) < 1e-5)
        }
    }

    @Test func `Adam's steps equal the double-precision ones`() {
        let n = 33
        var w = normals(n, seed: 8), m = [Float](repeating: 0, count: n), v = m
        var twin = w.map(Double.init), first = [Double](repeating: 0, count: n), second = first
        for step in 1...20 {
            let g = normals(n, seed: 100 + UInt64(step))
            var a = w.mutableSpan, b = m.mutableSpan, c = v.mutableSpan
            Adam().step(&a, gradient: g.span, first: &b, second: &c, learningRate: 1e-2, step: step)
            for i in 0..<n {
                first[i] = 0.9 * first[i] + 0.1 * Double(g[i])
                second[i] = 0.999 * second[i] + 0.001 * Double(g[i]) * Double(g[i])
                let corrected = (second[i] / (1 - pow(0.999, Double(step)))).squareRoot() + 1e-8
                twin[i] -= 1e-2 * first[i] / (1 - pow(0.9, Double(step))) / corrected
            }
        }
        for (got, want) in zip(w, twin) { #expect(abs(Double(got) - want) < 1e-5) }
    }

    @Test func `dot and axpy equal their naive twins`() {
        let x = normals(101, seed: 9), y = normals(101, seed: 10)
        let want = zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        #expect(abs(Double(dot(x.span, y.span)) - want) < 1e-4)
        var sum = y
        var span = sum.mutableSpan
        axpy(-0.5, x.span, &span)
        for i in 0..<101 { #expect(abs(sum[i] - (y[i] - 0.5 * x[i])) < 1e-6) }
    }
}
