import Kernels
public import Tensors

extension Transcoder {
    /// f = ReLU((x − b_in) W_enc + b_enc) as sparse rows.
    ///
    /// - Parameter x: [N, D] normalised residuals.
    /// - Complexity: 2·N·D·F flops.
    public func encode(_ x: Span<Float>) -> SparseRows {
        var scratch = TranscoderScratch()
        scratch.reserve(tokens: tokens(x), shape: shape, path: .sparse)
        encode(x, path: .sparse, &scratch)
        return scratch.active
    }

    /// ŷ = f W_dec + b_out: [N, H·K].
    ///
    /// - Complexity: 2·(active features)·H·K flops.
    public func decode(_ f: SparseRows) -> [Float] {
        var reconstruction = [Float](repeating: 0, count: f.rows * shape.d_out)
        gatherSum(f, rows: W_dec, initial: b_out, into: &reconstruction)
        return reconstruction
    }

    /// N, after the check that x is whole rows.
    private func tokens(_ x: Span<Float>) -> Int {
        precondition(x.count % shape.d_model == 0, "\(x.count) elements are not rows of d_model \(shape.d_model)")
        return x.count / shape.d_model
    }

    /// Fills the scratch's f (or active rows) and their count from x [N, D].
    func encode(_ x: Span<Float>, path: ActivationPath, _ scratch: inout TranscoderScratch) {
        let count = tokens(x)
        subtractRow(x, b_in, into: &scratch.centred)
        switch path {
        case .dense:
            gemm(count, shape.d_sae, shape.d_model, scratch.centred, W_enc, into: &scratch.f)
            scratch.activeCount = rectify(&scratch.f, bias: b_enc)
        case .sparse:
            encodeSparse(scratch.centred, count, &scratch.encoders)
            scratch.active.removeAll()
            for encoder in scratch.encoders { scratch.active.append(contentsOf: encoder.active) }
            scratch.activeCount = scratch.active.count
        }
    }

    /// Encodes all tokens, each thread its own; a thread compacts its pre-activations while they are still near.
    private func encodeSparse(_ centred: [Float], _ count: Int, _ encoders: inout [EncoderScratch]) {
        resize(&encoders, max(1, min(threadCount, count / EncoderScratch.fewestTokens)), filler: EncoderScratch())
        let x = centred.span, (D, F) = (shape.d_model, shape.d_sae)
        concurrently(&encoders, items: count) { tokens, encoder in
            encoder.active.removeAll()
            for first in stride(from: tokens.lowerBound, to: tokens.upperBound, by: EncoderScratch.mostTokens) {
                let chunk = first..<min(first + EncoderScratch.mostTokens, tokens.upperBound)
                encoder.reserve(tokens: chunk.count, d_sae: F)
                encoder.multiply(x.extracting(chunk.lowerBound * D..<chunk.upperBound * D), W_enc, tokens: chunk.count)
                encoder.compact(bias: b_enc, tokens: chunk.count)
            }
        }
    }

    /// Fills the scratch's reconstruction from its f.
    func decode(path: ActivationPath, _ scratch: inout TranscoderScratch) {
        switch path {
        case .dense: decodeDense(scratch.f, &scratch.reconstruction)
        case .sparse: gatherSum(scratch.active, rows: W_dec, initial: b_out, into: &scratch.reconstruction)
        }
    }

    private func decodeDense(_ f: [Float], _ reconstruction: inout [Float]) {
        let count = reconstruction.count / shape.d_out
        for row in 0..<count {
            for column in 0..<shape.d_out { reconstruction[row * shape.d_out + column] = b_out[column] }
        }
        gemm(count, shape.d_out, shape.d_sae, f, W_dec, into: &reconstruction, beta: 1)
    }
}
