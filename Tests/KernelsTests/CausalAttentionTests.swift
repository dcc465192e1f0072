import Glibc
import Kernels
import Tensors
import Testing

@Suite(.serialized) struct CausalAttentionTests {
    /// Scores, pattern and z by the definition, in double precision, from rows [B·T, 3, H, K].
    private func twin(_ qkv: [Float], _ shape: AttentionShape, _ scale: Float) -> (
        scores: [Double], pattern: [Double], z: [Double]
    ) {
        let (B, T, H, K) = (shape.B, shape.T, shape.H, shape.K), stride = 3 * H * K
        var scores = [Double](repeating: -.infinity, count: B * H * T * T), pattern = [Double](repeating: 0, count: B * H * T * T)
        var z = [Double](repeating: 0, count: B * T * H * K)
        func element(_ b: Int, _ t: Int, _ part: Int, _ h: Int, _ c: Int) -> Double {
            Double(qkv[(b * T + t) * stride + (part * H + h) * K + c])
        }
        for b in 0..<B {
            for h in 0..<H {
                for query in 0..<T {
                    let row = ((b * H + h) * T + query) * T
                    for key in 0...query {
                        scores[row + key] =
                            Double(scale) * (0..<K).reduce(0) { $0 + element(b, query, 0, h, $1) * element(b, key, 1, h, $1) }
                    }
                    let sum = (0...query).reduce(0) { $0 + exp(scores[row + $1]) }
                    for key in 0...query {
                        pattern[row + key] = exp(scores[row + key]) / sum
                        for c in 0..<K { z[((b * T + query) * H + h) * K + c] += pattern[row + key] * element(b, key, 2, h, c) }
                    }
                }
            }
        }
        return (scores, pattern, z)
    }

    private func worst(_ got: [Float], _ want: [Double]) -> Double {
        #expect(got.count == want.count)
        return zip(got, want).map { Double($0) == $1 ? 0 : $0.isNaN ? .infinity : abs(Double($0) - $1) }.max() ?? 0
    }

    @Test(arguments: [1, 2, 3], [1, 2, 3, 4, 63, 64, 65, 150])
    func `in blocks or step by step, attention is its definition`(_ threads: Int, _ T: Int) {
        setThreads(threads)
        defer { setThreads(1) }
        let shape = AttentionShape(B: 2, T: T, H: 3, K: 20), D = shape.H * shape.K, stride = 3 * D
        let qkv = normals(shape.B * T * stride, seed: UInt64(T)), scale: Float = 0.3
        let q = qkv.span, k = q.extracting(D..<qkv.count), v = q.extracting(2 * D..<qkv.count)
        let want = twin(qkv, shape, scale)
        // Scores of some ten in magnitude, rounded at 1e-7 of it; a pattern inherits their absolute error.
        let bound = 1e-5

        var z = [Float](repeating: .nan, count: shape.B * T * D), steps = z
        var scores = [Float](repeating: .nan, count: shape.B * shape.H * T * T)
        do {
            var out = z.mutableSpan
            causalAttention(q, k, v, stride: stride, shape, scale: scale, into: &out)
        }
        #expect(worst(z, want.z) < bound)
        do {
            var out = scores.mutableSpan
            attentionScores(q, k, stride: stride, shape, scale: scale, into: &out)
        }
        #expect(worst(scores, want.scores) < bound)
        do {
            var out = scores.mutableSpan
            causalSoftmax(&out, shape)
        }
        #expect(worst(scores, want.pattern) < bound)
        do {
            var out = steps.mutableSpan
            attentionAverage(scores.span, v, stride: stride, shape, into: &out)
        }
        #expect(worst(steps, want.z) < bound)
    }

    @Test func `a pattern that looks ahead is averaged as it stands`() {
        let shape = AttentionShape(B: 1, T: 70, H: 2, K: 4), D = 8, T = shape.T
        let v = normals(T * D, seed: 9)
        // Every query looks at the last position alone.
        let pattern = (0..<shape.H * T * T).map { $0 % T == T - 1 ? Float(1) : 0 }
        var z = [Float](repeating: .nan, count: T * D)
        var out = z.mutableSpan
        attentionAverage(pattern.span, v.span, stride: D, shape, into: &out)
        for row in 0..<T { #expect(Array(z[row * D..<(row + 1) * D]) == Array(v[(T - 1) * D..<T * D])) }
    }
}
