import Kernels
import Tensors
import Testing

/// What a kernel writes into so many numbers.
private func filled(_ count: Int, _ body: (inout MutableSpan<Float>) -> Void) -> [Float] {
    var values = [Float](repeating: 9, count: count)
    var span = values.mutableSpan
    body(&span)
    return values
}

@Suite(.serialized) struct ThreadsTests {
    /// A product by the definition, in double precision.
    private func twin(_ m: Int, _ n: Int, _ k: Int, _ A: [Float], _ B: [Float]) -> [Double] {
        var C = [Double](repeating: 0, count: m * n)
        for i in 0..<m {
            for l in 0..<k { for j in 0..<n { C[i * n + j] += Double(A[i * k + l]) * Double(B[l * n + j]) } }
        }
        return C
    }

    @Test(arguments: [1, 2, 3, 4, 7, 12])
    func `a product cut among threads is the product, whatever their number`(_ threads: Int) {
        setThreads(threads)
        defer { setThreads(1) }
        for (m, n, k) in [(131, 257, 300), (1, 3000, 700), (2500, 1, 900), (49, 47, 4000), (200, 300, 129)] {
            let A = normals(m * k, seed: 1), B = normals(k * n, seed: 2)
            var C = [Float](repeating: .nan, count: m * n)
            var out = C.mutableSpan
            gemm(m, n, k, A.span, B.span, into: &out)
            // A sum of k products of unit normals, rounded some √k times.
            let bound = 1e-6 * Double(k)
            let worst = zip(C, twin(m, n, k, A, B)).map { abs(Double($0) - $1) }.max() ?? 0
            #expect(worst < bound, "\(m)x\(n)x\(k) on \(threads) threads")
        }
    }

    @Test func `the same product on the same number of threads has the same bits, a thousand times over`() {
        setThreads(4)
        defer { setThreads(1) }
        let (m, n, k) = (150, 170, 190), A = normals(m * k, seed: 3), B = normals(k * n, seed: 4)
        func product() -> [Float] {
            var C = [Float](repeating: 0, count: m * n)
            var out = C.mutableSpan
            gemm(m, n, k, A.span, B.span, into: &out)
            return C
        }
        let first = product()
        #expect((0..<1000).allSatisfy { _ in product() == first })
    }

    @Test func `callers on several threads do not disturb each other`() async {
        setThreads(3)
        defer { setThreads(1) }
        let (m, n, k) = (100, 200, 150), A = normals(m * k, seed: 5), B = normals(k * n, seed: 6)
        let want = twin(m, n, k, A, B)
        let worst = await withTaskGroup(of: Double.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<50).map { _ in
                        var C = [Float](repeating: 0, count: m * n)
                        var out = C.mutableSpan
                        gemm(m, n, k, A.span, B.span, into: &out)
                        return zip(C, want).map { abs(Double($0) - $1) }.max() ?? 0
                    }.max() ?? 0
                }
            }
            return await group.reduce(0, max)
        }
        #expect(worst < 1e-3)
    }

    /// 70 columns are two slabs, 333 rows several tiles; the entries are many enough to be worth several threads.
    @Test func `sums that are one part's have the same bits on any number of threads`() {
        defer { setThreads(1) }
        let (rows, width, columns) = (333, 500, 70), matrix = normals(width * columns, seed: 7)
        let base = normals(columns, seed: 8), left = normals(rows * columns, seed: 9)
        var generator = RandomGenerator(seed: 10), S = SparseRows()
        for _ in 0..<rows {
            for index in generator.permutation(width).prefix(60).sorted() { S.append(Int32(index), Float(generator.normal())) }
            S.endRow()
        }
        func results() -> [[Float]] {
            [
                filled(rows * columns) {
                    gatherSum(
                        offsets: S.offsets.span, indices: S.indices.span, values: S.values.span, rows: matrix.span,
                        columns: columns, initial: base.span, into: &$0)
                },
                filled(rows * columns) {
                    gatherSumTransposed(
                        offsets: S.offsets.span, indices: S.indices.span, values: S.values.span, rows: matrix.span,
                        columns: columns, base: base.span, factors: left.span.extracting(0..<rows), into: &$0)
                },
                filled(S.count) {
                    gatherDot(
                        offsets: S.offsets.span, indices: S.indices.span, left: left.span, rows: matrix.span, columns: columns,
                        into: &$0)
                },
                filled(columns) { columnSums(left.span, into: &$0) },
            ]
        }
        let alone = results()
        for threads in [2, 3, 7] {
            setThreads(threads)
            #expect(results() == alone, "\(threads) threads")
        }
    }

    @Test func `a kernel's call is a step, by which a long computation is seen to advance`() {
        Steps.watchThisThread()
        defer { Steps.watchAllThreads() }
        let before = Steps.count
        var parts = [0, 0]
        inParallel(&parts) { index, part in part = index + 1 }
        #expect(Steps.count > before && parts == [1, 2])
    }

    @Test func `the pattern loss has the same bits on any number of threads`() {
        defer { setThreads(1) }
        let loss = PatternLoss(
            sequences: 2, length: 70, n_heads: 3, d_head: 8, attn_scale: 0.35, both: 3, query: 1, key: 1, squares: 0.1)
        let count = 2 * 70 * 24, q = normals(count, seed: 20), k = normals(count, seed: 21)
        let q_hat = normals(count, seed: 22), k_hat = normals(count, seed: 23)
        func results() -> (PatternLoss.Sums, [Float], [Float]) {
            var dk: [Float] = [], sums = PatternLoss.Sums()
            let dq = filled(count) { dq in
                dk = filled(count) { dk in
                    sums = loss(q: q.span, k: k.span, q_hat: q_hat.span, k_hat: k_hat.span, dq: &dq, dk: &dk)
                }
            }
            return (sums, dq, dk)
        }
        let alone = results()
        for threads in [2, 4, 5] {
            setThreads(threads)
            #expect(results() == alone, "\(threads) threads")
        }
    }
}
