import Kernels
public import Tensors

// The encoder, cut by tokens among threads:
//
// 1. b = b_enc − b_in W_enc, so that (x − b_in) W_enc + b_enc = x W_enc + b and x needs no copy;
// 2. each thread, chunk by chunk: x W_enc, and while it is in the cache the gate: lists of active features (sparse path) or f itself
//    (dense path);
// 3. where the largest of the whole batch are wanted: all above a floor were listed, the k·N-th largest of them is the cut.

extension Transcoder {
    /// f as sparse rows: the pre-activations (x − b_in) W_enc + b_enc that pass the gate.
    ///
    /// - Parameter x: [N, D] normalised residuals.
    /// - Complexity: 2·N·D·F flops.
    public func encode(_ x: Span<Float>) -> SparseRows {
        var scratch = TranscoderScratch()
        scratch.path = .sparse
        encode(x, EncodingRule(), &scratch)
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

    /// Fills the scratch's f (or active rows), their count and what the rule asks for from x [N, D].
    func encode(_ x: Span<Float>, _ rule: EncodingRule, _ scratch: inout TranscoderScratch) {
        precondition(x.count % shape.d_model == 0, "\(x.count) elements are not rows of d_model \(shape.d_model)")
        resize(&scratch.bias, shape.d_sae, filler: 0)
        vectorMatrix(b_in, W_enc, alpha: -1, base: b_enc, into: &scratch.bias)
        var floor: Float = 0
        if rule.largestOfBatch != nil { floor = scratch.searchFloor }
        encodeParts(x, rule, floor: floor, &scratch)
        guard let k = rule.largestOfBatch else { return }
        let wanted = k * (x.count / shape.d_model)
        if floor > 0 && scratch.active.count < wanted { encodeParts(x, rule, floor: 0, &scratch) }
        scratch.keepLargest(wanted)
    }

    /// Step 2.
    private func encodeParts(_ x: Span<Float>, _ rule: EncodingRule, floor: Float, _ scratch: inout TranscoderScratch) {
        let (D, F) = (shape.d_model, shape.d_sae), count = x.count / D
        let task = EncoderTask(self, rule, bias: scratch.bias, floor: floor)
        let parts = partCount(count, grain: Self.tokenGrain)
        resize(&scratch.parts, parts, filler: EncoderPart())
        switch scratch.path {
        case .dense:
            Self.inParallel(&scratch.parts, rowsOf: &scratch.f, width: F) { part, range, f in
                part.encodeDense(
                    task, x.extracting(range.lowerBound * D..<range.upperBound * D), W_enc: W_enc.span, into: &f)
            }
        case .sparse:
            Kernels.inParallel(&scratch.parts) { index, part in
                let range = Kernels.part(index, of: parts, count)
                part.encodeSparse(task, x.extracting(range.lowerBound * D..<range.upperBound * D), W_enc: W_enc.span)
            }
        }
        scratch.gatherParts()
    }

    /// The fewest tokens whose encoding is worth a thread.
    private static let tokenGrain = 16

    private static func inParallel(
        _ parts: inout [EncoderPart], rowsOf f: inout [Float], width: Int,
        _ body: (inout EncoderPart, Range<Int>, inout MutableSpan<Float>) -> Void
    ) {
        var rows = f.mutableSpan
        Kernels.inParallel(&parts, rowsOf: &rows, width: width, body)
    }

    /// Fills the scratch's reconstruction from its f.
    func decode(_ scratch: inout TranscoderScratch) {
        switch scratch.path {
        case .dense:
            repeatRow(b_out, into: &scratch.reconstruction)
            gemm(
                scratch.reconstruction.count / shape.d_out, shape.d_out, shape.d_sae, scratch.f, W_dec,
                into: &scratch.reconstruction, beta: 1)
        case .sparse: gatherSum(scratch.active, rows: W_dec, initial: b_out, into: &scratch.reconstruction)
        }
    }
}
