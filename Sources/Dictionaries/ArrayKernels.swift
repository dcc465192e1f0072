import Kernels
import Tensors

// The kernels as this target calls them, on whole arrays.
//
// They are more than a convenience. A mutable span is taken here of a parameter only, never of a field: two mutable spans of two fields
// of one struct in one function are miscompiled by Swift 6.3.1 with -O (the second array is written without the check that makes it
// unique, so a copy of the struct is written to as well).

func gemm(
    _ m: Int, _ n: Int, _ k: Int, _ A: [Float], _ B: [Float], into C: inout [Float], alpha: Float = 1, beta: Float = 0,
    transposeA: Bool = false, transposeB: Bool = false
) {
    var out = C.mutableSpan
    gemm(m, n, k, A.span, B.span, into: &out, alpha: alpha, beta: beta, transposeA: transposeA, transposeB: transposeB)
}

func columnSums(_ matrix: [Float], into sums: inout [Float]) {
    var out = sums.mutableSpan
    columnSums(matrix.span, into: &out)
}

func rowNorms(_ matrix: [Float], into norms: inout [Float]) {
    var out = norms.mutableSpan
    rowNorms(matrix.span, into: &out)
}

func repeatRow(_ row: [Float], into out: inout [Float]) {
    var out = out.mutableSpan
    repeatRow(row.span, into: &out)
}

func matrixVector(_ matrix: [Float], _ vector: [Float], alpha: Float, into out: inout [Float]) {
    var out = out.mutableSpan
    matrixVector(matrix.span, vector.span, alpha: alpha, into: &out)
}

func vectorMatrix(_ vector: [Float], _ matrix: [Float], alpha: Float, base: [Float], into out: inout [Float]) {
    var out = out.mutableSpan
    vectorMatrix(vector.span, matrix.span, alpha: alpha, base: base.span, into: &out)
}

func penalise(
    _ penalty: ActivationPenalty, _ f: [Float], norms: [Float], df: inout [Float], normGradient: inout [Float], lambda: Float
) -> Double {
    var df = df.mutableSpan, normGradient = normGradient.mutableSpan
    return penalise(penalty, f.span, norms: norms.span, df: &df, normGradient: &normGradient, lambda: lambda)
}

/// out ← alpha·column ⊗ row.
func outer(_ column: [Float], _ row: [Float], alpha: Float, into out: inout [Float]) {
    forEachRow(of: &out, width: row.count) { index, target in
        let factor = alpha * column[index]
        for place in target.indices { target[place] = factor * row[place] }
    }
}

/// Each row of out += its factor times the row of the matrix.
func addRows(_ factors: [Float], _ matrix: [Float], columns: Int, to out: inout [Float]) {
    forEachRow(of: &out, width: columns) { index, target in
        if factors[index] != 0 { axpy(factors[index], matrix.span.extracting(index * columns..<(index + 1) * columns), &target) }
    }
}

/// Calls `body` with the number and the elements of each row of a matrix, several at once.
func forEachRow(of matrix: inout [Float], width: Int, _ body: (Int, inout MutableSpan<Float>) -> Void) {
    var parts = Array(0..<partCount(matrix.count / width, grain: rowGrain)), rows = matrix.mutableSpan
    inParallel(&parts, rowsOf: &rows, width: width) { _, range, part in
        for row in range {
            let start = (row - range.lowerBound) * width
            var elements = part._mutatingExtracting(start..<start + width)
            body(row, &elements)
        }
    }
}

/// The fewest rows worth a thread.
private let rowGrain = 64

func gatherSum(
    _ columns: borrowing FeatureColumns, _ values: [Float], rows: Span<Float>, columns width: Int, base: [Float],
    factors: [Float], into out: inout [Float]
) {
    var out = out.mutableSpan
    gatherSum(
        offsets: columns.offsets.span, indices: columns.tokens.span, values: values.span, rows: rows, columns: width,
        base: base.span, factors: factors.span, into: &out)
}

func gatherSum(_ sparse: borrowing SparseRows, rows: [Float], initial: [Float], into out: inout [Float]) {
    var out = out.mutableSpan
    gatherSum(
        offsets: sparse.offsets.span, indices: sparse.indices.span, values: sparse.values.span, rows: rows.span,
        columns: initial.count, initial: initial.span, into: &out)
}

func gatherSumTransposed(
    _ columns: borrowing FeatureColumns, _ values: [Float], rows: Span<Float>, columns width: Int, base: [Float],
    factors: [Float], into out: inout [Float]
) {
    var out = out.mutableSpan
    gatherSumTransposed(
        offsets: columns.offsets.span, indices: columns.tokens.span, values: values.span, rows: rows, columns: width,
        base: base.span, factors: factors.span, into: &out)
}

func gatherDot(
    _ sparse: borrowing SparseRows, left: [Float], rows: [Float], columns: Int, into out: inout [Float]
) {
    var out = out.mutableSpan
    gatherDot(
        offsets: sparse.offsets.span, indices: sparse.indices.span, left: left.span, rows: rows.span, columns: columns,
        into: &out)
}
