private import Checkpoints
private import Kernels
public import Tensors

extension GPT2Model {
    /// Rows unembedded at a time where the logits are not kept: 128 rows of GPT-2's vocabulary are 26 MB.
    private static let chunkRows = 128

    /// The logits of rows of the last LayerNorm's output.
    ///
    /// - Parameters:
    ///   - normalized: [n, D] rows of `ln_final.hook_normalized`.
    ///   - logits: [n, V] out.
    /// - Complexity: 2·n·D·V flops.
    public func unembed(_ normalized: Span<Float>, into logits: inout MutableSpan<Float>) {
        weights.unembed(normalized, into: &logits)
    }

    /// The negative log-likelihood of each next token, in nats.
    ///
    /// - Parameters:
    ///   - batch: [B, T] tokens, T at least 2.
    ///   - edits: Changes to make on the way.
    /// - Returns: [B, T - 1]; element (b, t) is that of token t + 1.
    /// - Throws: ``GPT2Error``, and whatever an edit throws.
    /// - Complexity: a whole pass; the logits exist for a chunk of rows at a time.
    public func loss(_ batch: TokenBatch, edits: [ActivationName: Edit] = [:]) throws -> Tensor {
        let name = ActivationName(.ln_final_normalized)
        // An edit of the logits would not be seen here.
        precondition(edits[.init(.logits)] == nil, "the loss is computed without passing through an edit of the logits")
        let normalized = try forward(batch, capture: [name], edits: edits)[name]
        return loss(normalized, batch)
    }

    /// The negative log-likelihood of each next token, from the last LayerNorm's output.
    ///
    /// - Parameters:
    ///   - normalized: [B, T, D] `ln_final.hook_normalized` of that batch.
    ///   - batch: [B, T] tokens.
    /// - Returns: [B, T - 1].
    public func loss(_ normalized: Tensor, _ batch: TokenBatch) -> Tensor {
        let (D, V, T) = (configuration.d_model, configuration.d_vocab, batch.T)
        precondition(normalized.shape == [batch.B, T, D], "rows of shape \(normalized.shape) for \(batch.B) sequences of \(T)")
        let rows = batch.B * T
        var losses: [Float] = []
        losses.reserveCapacity(batch.B * (T - 1))
        var logits = [Float](scratch: min(rows, Self.chunkRows) * V)
        var norms = [Float](scratch: min(rows, Self.chunkRows))
        for first in stride(from: 0, to: rows, by: Self.chunkRows) {
            let chunk = first..<min(first + Self.chunkRows, rows)
            var span = logits.mutableSpan
            let source = normalized.values.span.extracting(chunk.lowerBound * D..<chunk.upperBound * D)
            unembed(source, into: &span)
            normalisers(of: logits, chunk.count, into: &norms)
            for row in chunk where row % T < T - 1 {
                losses.append(norms[row - first] - logits[(row - first) * V + Int(batch.tokens[row + 1])])
            }
        }
        return Tensor([batch.B, T - 1], losses)
    }

    /// log Σ exp of the first `count` rows of logits [n, V], into [n].
    private func normalisers(of logits: [Float], _ count: Int, into norms: inout [Float]) {
        var span = norms.mutableSpan
        var part = span.part(0..<count)
        logSumExp(logits.span.extracting(0..<count * configuration.d_vocab), into: &part)
    }
}
