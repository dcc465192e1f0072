internal import Checkpoints
internal import Kernels
private import Tensors

/// Each head's own share of what attention adds to the residual stream.
struct HeadContributions {
    private let D, H, K: Int

    init(_ configuration: GPT2Configuration) {
        (D, H, K) = (configuration.d_model, configuration.n_heads, configuration.d_head)
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
