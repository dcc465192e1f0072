import Kernels
import Tensors
import Testing

@Suite struct ProductDecompositionTests {
    /// Rows of A, rows of B, and their width: tall, as wide as tall, and wider.
    static let shapes = [
        (769, 769, 64), (768, 769, 64), (5, 7, 3), (3, 9, 6), (9, 3, 6), (4, 4, 1), (1, 1, 1), (20, 20, 20), (33, 17, 17),
    ]

    private func normals(_ count: Int, seed: UInt64) -> [Float] {
        var generator = RandomGenerator(seed: seed)
        return (0..<count).map { _ in Float(generator.normal()) }
    }

    /// Expects A·Bᵀ again, orthonormal columns, descending values and positive largest entries.
    private func check(_ A: [Float], _ B: [Float], width: Int) {
        let found = ProductDecomposition(A.span, B.span, width: width), rank = found.rank
        let (N, M) = (A.count / width, B.count / width)
        #expect(rank == min(N, M, width) && found.s.count == rank && found.U.count == N * rank && found.V.count == M * rank)
        var worst = 0.0, largest = 0.0
        // Every entry of the small ones, every eleventh row of the large ones.
        for i in stride(from: 0, to: N, by: N > 100 ? 11 : 1) {
            for j in 0..<M {
                let product = (0..<width).reduce(0.0) { $0 + Double(A[i * width + $1]) * Double(B[j * width + $1]) }
                let rebuilt = (0..<rank).reduce(0.0) {
                    $0 + Double(found.U[i * rank + $1]) * Double(found.s[$1]) * Double(found.V[j * rank + $1])
                }
                worst = max(worst, abs(product - rebuilt))
                largest = max(largest, abs(product))
            }
        }
        // What rounding to single precision leaves of it.
        #expect(worst <= 2e-6 * largest, "\(N), \(M), \(width): off by \(worst) of \(largest)")
        for (columns, rows) in [(found.U, N), (found.V, M)] {
            for a in 0..<rank {
                for b in a..<rank {
                    let product = (0..<rows).reduce(0.0) { $0 + Double(columns[$1 * rank + a]) * Double(columns[$1 * rank + b]) }
                    #expect(abs(product - (a == b ? 1 : 0)) <= 2e-6, "columns \(a) and \(b) of \(rows): \(product)")
                }
            }
        }
        #expect(zip(found.s, found.s.dropFirst()).allSatisfy { $0 >= $1 } && found.s.allSatisfy { $0 >= 0 })
        for k in 0..<rank {
            let column = (0..<N).map { found.U[$0 * rank + k] }
            #expect((column.max { abs($0) < abs($1) } ?? 0) > 0, "the largest entry of column \(k) is not positive")
        }
    }

    @Test(arguments: shapes)
    func `random factors are decomposed`(N: Int, M: Int, width: Int) {
        check(normals(N * width, seed: 1), normals(M * width, seed: 2), width: width)
    }

    @Test func `columns that repeat or vanish leave singular values of zero and orthonormal vectors`() {
        var A = normals(12 * 6, seed: 3)
        for row in 0..<12 {
            A[row * 6 + 1] = 0
            A[row * 6 + 4] = A[row * 6 + 2]
        }
        let B = normals(10 * 6, seed: 4)
        check(A, B, width: 6)
        // Column 2 twice, column 1 not at all: four of A's are independent.
        let found = ProductDecomposition(A.span, B.span, width: 6)
        #expect(found.s[3] > 0.1 && found.s[4] <= 1e-6 * found.s[0] && found.s[5] <= 1e-6 * found.s[0], "\(found.s)")
    }

    @Test func `a product of zeros has singular values of zero and orthonormal vectors`() {
        check([Float](repeating: 0, count: 15), normals(21, seed: 5), width: 3)
    }

    @Test func `singular values far smaller than the largest are right to as many digits`() {
        // A diagonal product: its singular values are the diagonal.
        let diagonal: [Float] = [1e6, 1, 1e-6, 1e-9]
        var A = [Float](repeating: 0, count: 16), B = A
        for (k, value) in diagonal.enumerated() {
            A[k * 4 + k] = value
            B[(3 - k) * 4 + k] = 1
        }
        #expect(ProductDecomposition(A.span, B.span, width: 4).s == diagonal)
    }
}
