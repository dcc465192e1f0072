private import COpenBLAS

// The singular value decomposition of a product A·Bᵀ of two narrow matrices, which is never formed, in double precision:
//
// 1. A = Q_A·R_A and B = Q_B·R_B by Householder's reflections (`orthogonalise`).
// 2. The core R_A·R_Bᵀ, no larger than the matrices are wide, is decomposed by Jacobi's rotations from one side (`rotateColumns`): pairs
//    of its columns are turned until all are orthogonal; their lengths are then the singular values. Small ones come out with as many
//    right digits as large ones, and unlike bisection methods it has no case in which it fails silently.
// 3. U = Q_A·u and V = Q_B·v. The largest entry of each column of U is made positive, so that the signs are not an accident.
//
// Source: Golub & Van Loan, "Matrix Computations" (4th edition), 5.2.2 for step 1, 8.6.3 for step 2; Demmel & Veselić, "Jacobi's Method
// Is More Accurate than QR" (1992) for the test of convergence.

/// The singular value decomposition U·diag(s)·Vᵀ of a product A·Bᵀ.
public struct ProductDecomposition: Sendable {
    /// The number of singular values: the least of A's rows, B's rows and their width.
    public let rank: Int
    /// [rows of A, rank] orthonormal columns; of each, the entry of largest magnitude is positive.
    public let U: [Float]
    /// [rank] the singular values, descending.
    public let s: [Float]
    /// [rows of B, rank] orthonormal columns.
    public let V: [Float]

    /// Decomposes A·Bᵀ.
    ///
    /// - Parameters:
    ///   - A: [N, width].
    ///   - B: [M, width].
    ///   - width: The columns of both, at least one; the row counts follow.
    /// - Complexity: O((N + M)·width² + 10·width³), on the caller's thread.
    public init(_ A: Span<Float>, _ B: Span<Float>, width: Int) {
        precondition(width > 0 && !A.isEmpty && !B.isEmpty, "a product of \(A.count) and \(B.count) elements, \(width) wide")
        precondition(
            A.count % width == 0 && B.count % width == 0, "rows of \(width) do not fill \(A.count) and \(B.count) elements")
        let (Q_A, R_A) = orthogonalise(Columns(A, width: width)), (Q_B, R_B) = orthogonalise(Columns(B, width: width))
        let core = Columns.product(R_A, R_B, transposeB: true)
        // Rotations from the right need at least as many rows as columns.
        let isTall = core.rows >= core.columns
        let (long, short, s) = rotateColumns(isTall ? core : core.transposed)
        let U = Columns.product(Q_A, isTall ? long : short), V = Columns.product(Q_B, isTall ? short : long)
        let signs = U.signs
        rank = s.count
        self.s = s.map { Float($0) }
        self.U = U.rowMajor(times: signs)
        self.V = V.rowMajor(times: signs)
    }
}

/// The thin factors of a matrix: Q [N, p] of orthonormal columns and R [p, width], p = min(N, width).
private func orthogonalise(_ matrix: Columns) -> (Q: Columns, R: Columns) {
    let N = matrix.rows, width = matrix.columns, p = min(N, width)
    var A = matrix, tau = [Double](repeating: 0, count: p)
    for k in 0..<p {
        let head = A[k, k], norm = A.dot(k, k, from: k).squareRoot()
        if norm == 0 { continue }
        // Away from the head, so that nothing cancels.
        let beta = head > 0 ? -norm : norm
        tau[k] = (beta - head) / beta
        scale(&A, k, from: k + 1, by: 1 / (head - beta))
        A[k, k] = 1
        for column in k + 1..<max(width, k + 1) {
            let projection = A.dot(k, column, from: k)
            addMultiple(&A, -tau[k] * projection, of: k, to: column, from: k)
        }
        A[k, k] = beta
    }
    var R = Columns(rows: p, columns: width)
    for column in 0..<width { for row in 0...min(column, p - 1) { R[row, column] = A[row, column] } }
    // Q = H_0·…·H_{p−1} applied to the first p unit vectors, the last reflection first.
    var Q = Columns(rows: N, columns: 2 * p)
    for k in 0..<p {
        Q[k, k] = 1
        // The reflection's vector, beside the columns that it acts on.
        for row in k..<N { Q[row, p + k] = row == k ? 1 : A[row, k] }
    }
    for k in stride(from: p - 1, through: 0, by: -1) {
        for column in k..<p {
            let projection = Q.dot(p + k, column, from: k)
            addMultiple(&Q, -tau[k] * projection, of: p + k, to: column, from: k)
        }
    }
    return (Q.prefix(p), R)
}

/// The most sweeps over all pairs of columns; ten are usual, and each squares what is left.
private let mostSweeps = 60

/// The singular value decomposition of a matrix [N, p], N ≥ p: orthonormal columns [N, p] and [p, p], and the values, descending.
private func rotateColumns(_ matrix: Columns) -> (left: Columns, right: Columns, s: [Double]) {
    let N = matrix.rows, p = matrix.columns
    // The rotations are collected in the rows beneath.
    var both = Columns(rows: N + p, columns: p)
    for column in 0..<p {
        for row in 0..<N { both[row, column] = matrix[row, column] }
        both[N + column, column] = 1
    }
    let tolerance = Double.ulpOfOne * Double(N).squareRoot()
    for _ in 0..<mostSweeps {
        var turned = false
        for i in 0..<p {
            for j in i + 1..<max(p, i + 1) where rotate(&both, i, j, rows: N, tolerance: tolerance) { turned = true }
        }
        if !turned { break }
    }
    let lengths = (0..<p).map { both.dot($0, $0, to: N).squareRoot() }
    let order = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    var left = Columns(rows: N, columns: p), right = Columns(rows: p, columns: p)
    for (k, column) in order.enumerated() {
        for row in 0..<p { right[row, k] = both[N + row, column] }
        for row in 0..<N where lengths[column] > 0 { left[row, k] = both[row, column] / lengths[column] }
        if lengths[column] == 0 { complete(&left, k) }
    }
    return (left, right, order.map { lengths[$0] })
}

/// Turns two columns until they are orthogonal within their first rows; false if they were.
private func rotate(_ matrix: inout Columns, _ i: Int, _ j: Int, rows: Int, tolerance: Double) -> Bool {
    let a = matrix.dot(i, i, to: rows), b = matrix.dot(j, j, to: rows), c = matrix.dot(i, j, to: rows)
    guard abs(c) > tolerance * a.squareRoot() * b.squareRoot() else { return false }
    let zeta = (b - a) / (2 * c)
    let tangent = (zeta < 0 ? -1 : 1) / (abs(zeta) + (1 + zeta * zeta).squareRoot())
    let cosine = 1 / (1 + tangent * tangent).squareRoot()
    turn(&matrix, i, j, cosine: cosine, sine: cosine * tangent)
    return true
}

/// Makes column k a unit vector orthogonal to those before it: of a singular value of zero any will do.
private func complete(_ matrix: inout Columns, _ k: Int) {
    for unit in 0..<matrix.rows {
        for row in 0..<matrix.rows { matrix[row, k] = row == unit ? 1 : 0 }
        // Twice is enough (Kahan).
        for _ in 0..<2 {
            for other in 0..<k { addMultiple(&matrix, -matrix.dot(other, k), of: other, to: k) }
        }
        let length = matrix.dot(k, k).squareRoot()
        // There is a unit vector at least this far from any k < N directions.
        guard length > 0.5 / Double(matrix.rows).squareRoot() else { continue }
        return scale(&matrix, k, by: 1 / length)
    }
}

// The four operations on columns; free functions, so that the storage is written where it lies.

private func scale(_ matrix: inout Columns, _ column: Int, from row: Int = 0, by factor: Double) {
    let rows = matrix.rows
    unsafe matrix.values.withUnsafeMutableBufferPointer {
        unsafe cblas_dscal(Int32(rows - row), factor, $0.baseAddress! + column * rows + row, 1)
    }
}

private func addMultiple(_ matrix: inout Columns, _ factor: Double, of source: Int, to target: Int, from row: Int = 0) {
    let rows = matrix.rows
    unsafe matrix.values.withUnsafeMutableBufferPointer {
        unsafe cblas_daxpy(
            Int32(rows - row), factor, $0.baseAddress! + source * rows + row, 1, $0.baseAddress! + target * rows + row, 1)
    }
}

private func turn(_ matrix: inout Columns, _ i: Int, _ j: Int, cosine: Double, sine: Double) {
    let rows = matrix.rows
    unsafe matrix.values.withUnsafeMutableBufferPointer {
        unsafe cblas_drot(Int32(rows), $0.baseAddress! + i * rows, 1, $0.baseAddress! + j * rows, 1, cosine, -sine)
    }
}

/// A matrix in double precision whose columns lie one after the other.
private struct Columns {
    let rows: Int, columns: Int
    /// [columns][rows].
    var values: [Double]

    /// Zeros.
    init(rows: Int, columns: Int) {
        (self.rows, self.columns, values) = (rows, columns, Array(repeating: 0, count: rows * columns))
    }

    /// A row-major matrix of that many columns.
    init(_ matrix: Span<Float>, width: Int) {
        self.init(rows: matrix.count / width, columns: width)
        for row in 0..<rows { for column in 0..<width { self[row, column] = Double(matrix[row * width + column]) } }
    }

    subscript(row: Int, column: Int) -> Double {
        get { values[column * rows + row] }
        set { values[column * rows + row] = newValue }
    }

    /// The product of two columns, over a part of the rows.
    func dot(_ i: Int, _ j: Int, from first: Int = 0, to end: Int? = nil) -> Double {
        unsafe values.withUnsafeBufferPointer {
            unsafe cblas_ddot(
                Int32((end ?? rows) - first), $0.baseAddress! + i * rows + first, 1, $0.baseAddress! + j * rows + first, 1)
        }
    }

    /// The first columns.
    func prefix(_ count: Int) -> Columns {
        var part = Columns(rows: rows, columns: count)
        part.values = Array(values[..<(count * rows)])
        return part
    }

    var transposed: Columns {
        var result = Columns(rows: columns, columns: rows)
        for row in 0..<rows { for column in 0..<columns { result[column, row] = self[row, column] } }
        return result
    }

    /// ±1 for each column: the sign of its entry of largest magnitude, the first of equals.
    var signs: [Double] {
        (0..<columns).map { column in
            var largest = 0.0
            for row in 0..<rows where abs(self[row, column]) > abs(largest) { largest = self[row, column] }
            return largest < 0 ? -1 : 1
        }
    }

    /// The elements in row-major order, each column times its factor.
    func rowMajor(times factors: [Double]) -> [Float] {
        var result = [Float](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            for column in 0..<columns { result[row * columns + column] = Float(self[row, column] * factors[column]) }
        }
        return result
    }

    /// A·B, or A·Bᵀ.
    static func product(_ A: Columns, _ B: Columns, transposeB: Bool = false) -> Columns {
        var C = Columns(rows: A.rows, columns: transposeB ? B.rows : B.columns)
        let (columns, inner) = (C.columns, A.columns)
        precondition(inner == (transposeB ? B.columns : B.rows), "a product of \(A.columns) columns with \(B.rows)x\(B.columns)")
        unsafe A.values.withUnsafeBufferPointer { a in
            unsafe B.values.withUnsafeBufferPointer { b in
                unsafe C.values.withUnsafeMutableBufferPointer { c in
                    unsafe cblas_dgemm(
                        CblasColMajor, CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, Int32(A.rows), Int32(columns),
                        Int32(inner),
                        1, a.baseAddress, Int32(A.rows), b.baseAddress, Int32(B.rows), 0, c.baseAddress, Int32(A.rows))
                }
            }
        }
        return C
    }
}
