internal import Checkpoints
internal import Kernels
private import Tensors

/// Where the heads of a batch lie in [B, T, H, K] rows, and the arithmetic of attention over them.
///
/// Heads are counted over the batch: head `b * H + h` is head h of sequence b.
struct HeadLayout {
    private let T, D, H, K: Int

    init(_ configuration: GPT2Configuration, T: Int) {
        self.T = T
        (D, H, K) = (configuration.d_model, configuration.n_heads, configuration.d_head)
    }

    /// The elements of a head, from its first to its last, its rows `D` apart.
    private func range(_ head: Int) -> Range<Int> {
        let (sequence, h) = head.quotientAndRemainder(dividingBy: H)
        let start = sequence * T * D + h * K
        return start..<start + (T - 1) * D + K
    }

    /// scores = scale · q·kᵀ.
    ///
    /// - Parameters:
    ///   - q: [B, T, H, K].
    ///   - k: [B, T, H, K].
    ///   - group: Which heads.
    ///   - scale: The model's `attn_scale`.
    ///   - scores: [group, T, T] out; above the diagonal too.
    func score(_ q: [Float], _ k: [Float], _ group: Range<Int>, scale: Float, into scores: inout [Float]) {
        let queries = q.span, keys = k.span
        var span = scores.mutableSpan
        for (slot, head) in group.enumerated() {
            var target = span.part(slot * T * T..<(slot + 1) * T * T)
            gemm(
                T, T, K, queries.extracting(range(head)), keys.extracting(range(head)), into: &target, alpha: scale,
                transposeB: true,
                lda: D, ldb: D)
        }
    }

    /// -∞ above the diagonal.
    ///
    /// - Parameters:
    ///   - scores: [heads, T, T] in and out.
    ///   - heads: How many.
    func maskFuture(_ scores: inout [Float], heads: Int) {
        for row in 0..<heads * T {
            for column in row * T + row % T + 1..<(row + 1) * T { scores[column] = -.infinity }
        }
    }

    /// The softmax of each row up to its diagonal, 0 beyond.
    ///
    /// - Parameters:
    ///   - scores: [heads, T, T] in; the pattern out.
    ///   - heads: How many.
    func normalise(_ scores: inout [Float], heads: Int) {
        var span = scores.mutableSpan
        for row in 0..<heads * T {
            let visible = row % T + 1
            var past = span.part(row * T..<row * T + visible)
            softmax(&past)
            for column in row * T + visible..<(row + 1) * T { span[column] = 0 }
        }
    }

    /// z = pattern · v.
    ///
    /// - Parameters:
    ///   - pattern: [group, T, T].
    ///   - v: [B, T, H, K].
    ///   - group: Which heads.
    ///   - z: [B, T, H, K] out, these heads of it.
    func average(_ pattern: [Float], _ v: [Float], _ group: Range<Int>, into z: inout [Float]) {
        let patterns = pattern.span, values = v.span
        var span = z.mutableSpan
        for (slot, head) in group.enumerated() {
            var target = span.part(range(head))
            gemm(
                T, K, T, patterns.extracting(slot * T * T..<(slot + 1) * T * T), values.extracting(range(head)), into: &target,
                ldb: D,
                ldc: D)
        }
    }

    /// Each head's contribution z_h · W_O[h].
    ///
    /// - Parameters:
    ///   - z: [n, H, K].
    ///   - W_O: [H, K, D].
    ///   - result: [n, H, D] out.
    func contributions(_ z: [Float], _ W_O: [Float], into result: inout [Float]) {
        let inputs = z.span, maps = W_O.span
        var span = result.mutableSpan
        for head in 0..<H {
            var target = span.part(head * D..<span.count)
            gemm(
                inputs.count / D, D, K, inputs.extracting(head * K..<inputs.count),
                maps.extracting(head * K * D..<(head + 1) * K * D), into: &target, lda: D, ldc: H * D)
        }
    }

    /// out = Σ_h result_h + b_O.
    ///
    /// - Parameters:
    ///   - result: [n, H, D].
    ///   - b_O: [D].
    ///   - out: [n, D] out.
    func sum(_ result: [Float], _ b_O: [Float], into out: inout [Float]) {
        let source = result.span, bias = b_O.span
        var span = out.mutableSpan
        for row in 0..<source.count / (H * D) {
            span.copy(bias, at: row * D)
            var target = span.part(row * D..<(row + 1) * D)
            for head in row * H..<(row + 1) * H { axpy(1, source.extracting(head * D..<(head + 1) * D), &target) }
        }
    }
}
