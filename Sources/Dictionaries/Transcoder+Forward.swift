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
        decodeSparse(f, &reconstruction)
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
        var centred = scratch.centred.mutableSpan
        subtractRow(x, b_in.span, into: &centred)
        switch path {
        case .dense:
            scratch.activeCount = encodeDense(count, scratch.centred, &scratch.f)
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

    /// f [N, F] of all tokens; returns how many features are active.
    private func encodeDense(_ count: Int, _ centred: [Float], _ f: inout [Float]) -> Int {
        var out = f.mutableSpan
        gemm(count, shape.d_sae, shape.d_model, centred.span, W_enc.span, into: &out)
        return rectify(&out, bias: b_enc.span)
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
        case .sparse: decodeSparse(scratch.active, &scratch.reconstruction)
        }
    }

    private func decodeDense(_ f: [Float], _ reconstruction: inout [Float]) {
        let count = reconstruction.count / shape.d_out
        var out = reconstruction.mutableSpan
        for row in 0..<count {
            for column in 0..<shape.d_out { out[row * shape.d_out + column] = b_out[column] }
        }
        gemm(count, shape.d_out, shape.d_sae, f.span, W_dec.span, into: &out, beta: 1)
    }

    private func decodeSparse(_ f: borrowing SparseRows, _ reconstruction: inout [Float]) {
        var out = reconstruction.mutableSpan
        gatherSum(
            offsets: f.offsets.span, indices: f.indices.span, values: f.values.span, rows: W_dec.span, columns: shape.d_out,
            initial: b_out.span, into: &out)
    }
}
