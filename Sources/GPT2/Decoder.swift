private import Checkpoints
private import Kernels
private import Tensors

// One token at a time (what Hugging Face calls a cache of keys and values): of the tokens so far only their keys and values matter to the
// next one, so they are kept, and each step runs one row through the model. It reads every weight once: a step costs about as much
// memory traffic as the model is large, whatever stands before.

/// A model in the middle of a text, which is continued token by token.
///
/// A value: a copy goes its own way.
public struct Decoder: Sendable {
    private let model: GPT2Model
    /// The text so far.
    public private(set) var tokens: [Int32]
    /// By layer [t, H·K].
    private var keys: [[Float]], values: [[Float]]

    /// Begins with a text.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - tokens: [T] the text; may be empty.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: a forward pass over the text.
    public init(_ model: GPT2Model, _ tokens: [Int32]) throws {
        (self.model, self.tokens) = (model, tokens)
        let n_layers = model.configuration.n_layers
        guard !tokens.isEmpty else {
            (keys, values) = (Array(repeating: [], count: n_layers), Array(repeating: [], count: n_layers))
            return
        }
        let names = (0..<n_layers).flatMap { [ActivationName(.k, $0), ActivationName(.v, $0)] }
        let found = try model.forward(TokenBatch(tokens), capture: Set(names))
        keys = (0..<n_layers).map { found[.k, $0].values }
        values = (0..<n_layers).map { found[.v, $0].values }
    }

    /// Appends a token.
    ///
    /// - Parameters:
    ///   - token: What comes next.
    ///   - watch: Shown each layer's number and the pattern [H, T] of the new position, T counting it.
    /// - Returns: [V] the logits of what comes after it.
    /// - Throws: ``GPT2Error`` for a token outside the vocabulary, or one more than the context holds; nothing has changed then.
    /// - Complexity: two flops per parameter, and 4·T·D per layer.
    public mutating func append(_ token: Int32, watching watch: (_ layer: Int, _ pattern: [Float]) -> Void = { _, _ in })
        throws(GPT2Error) -> [Float]
    {
        let c = model.configuration, weights = model.weights, position = tokens.count, D = c.d_model
        guard position < c.n_ctx else { throw .contextTooLong(T: position + 1, n_ctx: c.n_ctx) }
        guard token >= 0, Int(token) < c.d_vocab else {
            throw .tokenOutOfRange(token: token, row: 0, position: position, d_vocab: c.d_vocab)
        }
        tokens.append(token)
        var resid = Array(weights.W_E[Int(token) * D..<(Int(token) + 1) * D])
        add(Array(weights.W_pos[position * D..<(position + 1) * D]), to: &resid)
        var normalised = [Float](scratch: D), qkv = [Float](scratch: 3 * D), hidden = [Float](scratch: c.d_mlp)
        for (layer, block) in weights.blocks.enumerated() {
            block.ln1.apply(to: resid, epsilon: c.layer_norm_epsilon, into: &normalised)
            block.c_attn.apply(to: normalised, into: &qkv)
            keys[layer] += qkv[D..<2 * D]
            values[layer] += qkv[2 * D..<3 * D]
            let pattern = Self.pattern(qkv, keys[layer], n_heads: c.n_heads, d_head: c.d_head, scale: c.attn_scale(layer))
            watch(layer, pattern)
            let z = Self.average(pattern, values[layer], n_heads: c.n_heads, d_head: c.d_head)
            block.c_proj.apply(to: z, adding: true, into: &resid)
            block.ln2.apply(to: resid, epsilon: c.layer_norm_epsilon, into: &normalised)
            block.c_fc.apply(to: normalised, into: &hidden)
            c.activation.apply(to: &hidden)
            block.mlp_c_proj.apply(to: hidden, adding: true, into: &resid)
        }
        weights.ln_final.apply(to: resid, epsilon: c.layer_norm_epsilon, into: &normalised)
        var logits = [Float](scratch: c.d_vocab)
        weights.unembed(normalised, into: &logits)
        return logits
    }

    /// [H, T] where the heads look from a query [H·K] among keys [T, H·K].
    private static func pattern(_ q: [Float], _ keys: [Float], n_heads: Int, d_head: Int, scale: Float) -> [Float] {
        let D = n_heads * d_head, T = keys.count / D
        var pattern = [Float](scratch: n_heads * T)
        for head in 0..<n_heads {
            let query = q.span.extracting(head * d_head..<(head + 1) * d_head)
            for j in 0..<T {
                let start = j * D + head * d_head
                pattern[head * T + j] = scale * dot(query, keys.span.extracting(start..<start + d_head))
            }
            var span = pattern.mutableSpan
            var row = span.part(head * T..<(head + 1) * T)
            softmax(&row)
        }
        return pattern
    }

    /// [H·K] the values [T, H·K] averaged by a pattern [H, T].
    private static func average(_ pattern: [Float], _ values: [Float], n_heads: Int, d_head: Int) -> [Float] {
        let D = n_heads * d_head, T = values.count / D
        var z = [Float](repeating: 0, count: D)
        for head in 0..<n_heads {
            var span = z.mutableSpan
            var part = span.part(head * d_head..<(head + 1) * d_head)
            for j in 0..<T {
                let start = j * D + head * d_head
                axpy(pattern[head * T + j], values.span.extracting(start..<start + d_head), &part)
            }
        }
        return z
    }
}
