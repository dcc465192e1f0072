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
            scratch.active.removeAll()
            for first in stride(from: 0, to: count, by: TranscoderScratch.encoderChunk) {
                let chunk = first..<min(first + TranscoderScratch.encoderChunk, count)
                encodeSparse(
                    chunk, scratch.centred, pre: &scratch.f, indices: &scratch.rowIndices, values: &scratch.rowValues,
                    appendingTo: &scratch.active)
            }
            scratch.activeCount = scratch.active.count
        }
    }

    /// Encodes some tokens and appends their active features; the other buffers are scratch.
    private func encodeSparse(
        _ chunk: Range<Int>, _ centred: [Float], pre: inout [Float], indices: inout [Int32], values: inout [Float],
        appendingTo active: inout SparseRows
    ) {
        let (D, F) = (shape.d_model, shape.d_sae)
        var out = pre.mutableSpan
        gemm(
            chunk.count, F, D, centred.span.extracting(chunk.lowerBound * D..<chunk.upperBound * D), W_enc.span, into: &out)
        for row in 0..<chunk.count {
            var rowIndices = indices.mutableSpan, rowValues = values.mutableSpan
            let found = compactPositive(
                pre.span.extracting(row * F..<(row + 1) * F), bias: b_enc.span, indices: &rowIndices, values: &rowValues)
            for entry in 0..<found { active.append(rowIndices[entry], rowValues[entry]) }
            active.endRow()
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
