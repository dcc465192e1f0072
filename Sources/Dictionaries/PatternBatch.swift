/// Whole sequences of one layer: what goes into both transcoders and what should come out.
public struct PatternBatch: Sendable {
    /// B, the number of sequences.
    public let sequences: Int
    /// T, tokens in each.
    public let length: Int
    /// What scores q·k are multiplied by: 1/√K unless the model's configuration says otherwise.
    public let attn_scale: Float
    /// [B, T, D] normalised residuals.
    public var x: [Float]
    /// [B, T, H·K] true queries, biases included.
    public var q: [Float]
    /// [B, T, H·K] true keys, biases included.
    public var k: [Float]

    /// A batch from its buffers.
    public init(sequences: Int, length: Int, attn_scale: Float, x: [Float], q: [Float], k: [Float]) {
        precondition(
            sequences > 0 && length > 0 && q.count == k.count && x.count % (sequences * length) == 0
                && q.count % (sequences * length) == 0,
            "\(sequences) sequences of \(length) tokens, x of \(x.count), q of \(q.count), k of \(k.count) elements")
        (self.sequences, self.length, self.attn_scale, self.x, self.q, self.k) = (sequences, length, attn_scale, x, q, k)
    }

    /// B·T.
    public var tokens: Int { sequences * length }
}
