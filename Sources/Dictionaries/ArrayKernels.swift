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

func subtractRow(_ matrix: Span<Float>, _ row: [Float], into out: inout [Float]) {
    var out = out.mutableSpan
    subtractRow(matrix, row.span, into: &out)
}

func squaredError(
    _ left: [Float], _ right: [Float], factor: Float, addingGradientTo gradient: inout [Float]
) -> Double {
    var out = gradient.mutableSpan
    return squaredError(left.span, right.span, factor: factor, addingGradientTo: &out)
}

func rectify(_ rows: inout [Float], bias: [Float]) -> Int {
    var out = rows.mutableSpan
    return rectify(&out, bias: bias.span)
}

func rootPenalty(
    _ f: [Float], norms: [Float], df: inout [Float], normGradient: inout [Float], epsilon: Float, lambda: Float
) -> Double {
    var df = df.mutableSpan, normGradient = normGradient.mutableSpan
    return rootPenalty(f.span, norms: norms.span, df: &df, normGradient: &normGradient, epsilon: epsilon, lambda: lambda)
}

func gatherSum(
    offsets: [Int], indices: [Int32], values: [Float], rows: [Float], columns: Int, into out: inout [Float]
) {
    var out = out.mutableSpan
    gatherSum(
        offsets: offsets.span, indices: indices.span, values: values.span, rows: rows.span, columns: columns, into: &out)
}

func gatherSum(_ sparse: borrowing SparseRows, rows: [Float], initial: [Float], into out: inout [Float]) {
    var out = out.mutableSpan
    gatherSum(
        offsets: sparse.offsets.span, indices: sparse.indices.span, values: sparse.values.span, rows: rows.span,
        columns: initial.count, initial: initial.span, into: &out)
}

func gatherSumTransposed(
    offsets: [Int], indices: [Int32], values: [Float], rows: [Float], columns: Int, into out: inout [Float]
) {
    var out = out.mutableSpan
    gatherSumTransposed(
        offsets: offsets.span, indices: indices.span, values: values.span, rows: rows.span, columns: columns, into: &out)
}

func gatherDot(
    _ sparse: borrowing SparseRows, left: [Float], rows: [Float], columns: Int, into out: inout [Float]
) {
    var out = out.mutableSpan
    gatherDot(
        offsets: sparse.offsets.span, indices: sparse.indices.span, left: left.span, rows: rows.span, columns: columns,
        into: &out)
}

func matrixVector(_ matrix: [Float], _ vector: [Float], alpha: Float, into out: inout [Float]) {
    var out = out.mutableSpan
    matrixVector(matrix.span, vector.span, alpha: alpha, into: &out)
}
