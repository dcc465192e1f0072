import Kernels
import Tensors
import Testing

/// Products of a few rows, which our own kernel computes, and their neighbours, which OpenBLAS does.
@Suite(.serialized) struct MatrixProductTests {
    /// One product with room to spare in every row.
    struct Case: CustomStringConvertible {
        let m: Int, n: Int, k: Int
        var beta: Float = 0
        var hasBias = false

        var description: String { "\(m)x\(n)x\(k), beta \(beta)\(hasBias ? ", bias" : "")" }
    }

    private static let cases: [Case] =
        [1, 2, 3, 5, 7, 8, 9, 13, 16, 31, 64, 65].flatMap { m in
            [(1, 1), (15, 127), (16, 128), (47, 129), (48, 300), (101, 5), (700, 260)].map { n, k in Case(m: m, n: n, k: k) }
        }
        + [4, 70].flatMap { m in
            [0, 1, 0.5].flatMap { beta in [false, true].map { Case(m: m, n: 97, k: 140, beta: beta, hasBias: $0) } }
        }

    /// Expects the product, and what lies between the rows as it was.
    private func check(_ c: Case, _ threads: Int) {
        let (lda, ldb, ldc) = (c.k + 3, c.n + 5, c.n + 2)
        let A = normals(c.m * lda, seed: 1), B = normals(c.k * ldb, seed: 2), bias = c.hasBias ? normals(c.n, seed: 3) : []
        // With beta 0 the result must not be read.
        let before = c.beta == 0 ? [Float](repeating: .nan, count: c.m * ldc) : normals(c.m * ldc, seed: 4)
        var C = before
        var out = C.mutableSpan
        gemm(c.m, c.n, c.k, A.span, B.span, into: &out, beta: c.beta, bias: bias.span, lda: lda, ldb: ldb, ldc: ldc)
        var worst = 0.0, disturbed = 0
        for i in 0..<c.m {
            for j in 0..<ldc {
                let (got, old) = (C[i * ldc + j], before[i * ldc + j])
                if j >= c.n {
                    disturbed += got.bitPattern == old.bitPattern ? 0 : 1
                    continue
                }
                var want = c.beta == 0 ? 0 : Double(c.beta) * Double(old)
                if c.hasBias { want += Double(bias[j]) }
                for l in 0..<c.k { want += Double(A[i * lda + l]) * Double(B[l * ldb + j]) }
                // A NaN must not pass for small.
                worst = got.isNaN ? .infinity : max(worst, abs(Double(got) - want))
            }
        }
        // A sum of k products of unit normals, rounded some √k times.
        #expect(worst < 1e-6 * Double(c.k + 10), "\(c) on \(threads) threads is off by \(worst)")
        #expect(disturbed == 0, "\(c) on \(threads) threads wrote between rows")
    }

    @Test(arguments: [1, 2, 3, 5])
    func `a few rows times a matrix are the product, at every edge of the tiles`(_ threads: Int) {
        setThreads(threads)
        defer { setThreads(1) }
        for c in Self.cases { check(c, threads) }
    }

    @Test func `a few rows give the same bits on any number of threads`() {
        let (m, n, k) = (5, 1000, 400), A = normals(m * k, seed: 5), B = normals(k * n, seed: 6)
        func product(_ threads: Int) -> [Float] {
            setThreads(threads)
            defer { setThreads(1) }
            var C = [Float](repeating: 0, count: m * n)
            var out = C.mutableSpan
            gemm(m, n, k, A.span, B.span, into: &out)
            return C
        }
        let alone = product(1)
        for threads in [2, 3, 4, 7] { #expect(product(threads) == alone, "\(threads) threads") }
    }
}
