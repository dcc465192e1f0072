internal import Checkpoints
internal import Kernels
public import Tensors

// The forward pass, as a recipe:
//
// 1. resid = W_E[token] + W_pos[position]
// 2. For each block: resid += attention(LayerNorm(resid)); resid += mlp(LayerNorm(resid))
// 3. logits = LayerNorm(resid) · W_U
//
// All B·T rows go through each weight in one product. Every named activation passes through `observer` where it arises, which edits
// it if asked, copies it if asked, and says whether anything later is wanted at all: the pass stops at the last one.

extension GPT2Model {
    /// Changes an activation in place before the pass goes on with it; its shape is that of ``ActivationName/Site/axes``.
    ///
    /// Of `attn_scores` only the entries at and below the diagonal are read afterwards.
    public typealias Edit = (inout MutableSpan<Float>) throws -> Void

    /// Runs the model and returns the activations asked for.
    ///
    /// Nothing is computed beyond the last activation that is captured or edited.
    ///
    /// - Parameters:
    ///   - batch: [B, T] tokens.
    ///   - start: Where an earlier pass over the same batch had come; nil to begin with the tokens.
    ///   - capture: The activations to return, none before the start.
    ///   - edits: Changes to make on the way; one that changes nothing is a way to look at an activation without a copy.
    /// - Throws: ``GPT2Error``, and whatever an edit throws.
    /// - Complexity: about two flops per parameter and token, and 4·T·D per token and layer for the patterns.
    public func forward(
        _ batch: TokenBatch, from start: ResidualStart? = nil, capture: Set<ActivationName>, edits: [ActivationName: Edit] = [:]
    ) throws -> Activations {
        try check(batch)
        for name in capture { try check(name) }
        for name in edits.keys {
            try check(name)
            if !name.site.isEditable { throw GPT2Error.notEditable(name) }
        }
        if let start {
            try check(start.name)
            let shape = [batch.B, batch.T, configuration.d_model]
            precondition(start.resid_pre.shape == shape, "a start of shape \(start.resid_pre.shape) for a batch of \(shape)")
            precondition(capture.union(edits.keys).allSatisfy { $0 >= start.name }, "something before \(start.name) is wanted")
        }
        var pass = ForwardPass(self, batch, Observer(configuration, batch, capture, edits))
        try pass.run(from: start)
        pass.leaveScratch()
        return pass.observer.activations
    }

    private func check(_ batch: TokenBatch) throws(GPT2Error) {
        if batch.tokens.isEmpty { throw .empty }
        if batch.T > configuration.n_ctx { throw .contextTooLong(T: batch.T, n_ctx: configuration.n_ctx) }
        let d_vocab = configuration.d_vocab
        for (index, token) in batch.tokens.enumerated() where token < 0 || Int(token) >= d_vocab {
            throw .tokenOutOfRange(token: token, row: index / batch.T, position: index % batch.T, d_vocab: d_vocab)
        }
    }

    private func check(_ name: ActivationName) throws(GPT2Error) {
        if let layer = name.layer, !(0..<configuration.n_layers).contains(layer) {
            throw .layerOutOfRange(layer: layer, n_layers: configuration.n_layers)
        }
    }
}

/// The residual stream that enters a layer, from which a pass can go on as often as it is wanted.
public struct ResidualStart: Sendable {
    /// The layer that it enters.
    public let layer: Int
    /// [B, T, D] `hook_resid_pre` of that layer.
    public let resid_pre: Tensor

    /// A start.
    public init(layer: Int, resid_pre: Tensor) { (self.layer, self.resid_pre) = (layer, resid_pre) }

    /// What the stream is called.
    var name: ActivationName { ActivationName(.resid_pre, layer) }
}

/// One run of the model over one batch: the residual stream and the scratch that every layer reuses.
struct ForwardPass {
    let configuration: GPT2Configuration
    let weights: GPT2Weights
    let batch: TokenBatch
    var observer: Observer
    /// Where the arrays below come from; each but the first three on its first use.
    let scratch: ScratchPool

    /// [B·T, D] the residual stream.
    var resid: [Float]
    /// [B·T, D] a LayerNorm's output.
    var normalised: [Float]
    /// [B·T] a LayerNorm's σ.
    var scale: [Float]
    /// [B·T, D] what attention or MLP adds to the residual stream.
    var out: [Float] = []
    /// [B·T, 3, H, K] queries, keys and values side by side, where none of them is observed.
    var qkv: [Float] = []
    /// [B·T, H, K] each, where one of them is.
    var q: [Float] = [], k: [Float] = [], v: [Float] = []
    /// [B·T, H, K] the values averaged.
    var z: [Float] = []
    /// How many heads lie where in them.
    let shape: AttentionShape
    /// [B, H, T, T] where scores or patterns are observed.
    var scores: [Float] = []
    /// [B·T, M] the MLP's inside.
    var hidden: [Float] = []

    init(_ model: GPT2Model, _ batch: TokenBatch, _ observer: Observer) {
        (configuration, weights, self.batch, self.observer) = (model.configuration, model.weights, batch, observer)
        shape = AttentionShape(B: batch.B, T: batch.T, H: model.configuration.n_heads, K: model.configuration.d_head)
        let rows = batch.B * batch.T, D = model.configuration.d_model
        scratch = model.scratch
        resid = scratch.take(rows * D)
        normalised = scratch.take(rows * D)
        scale = scratch.take(rows)
    }

    /// Runs until nothing more is wanted.
    mutating func run(from start: ResidualStart?) throws {
        guard observer.wantsAnything else { return }
        if let start {
            resid = start.resid_pre.values
        } else if try !embed() {
            return
        }
        for layer in (start?.layer ?? 0)..<configuration.n_layers {
            guard try attention(layer), try mlp(layer) else { return }
        }
        try unembed()
    }

    /// Leaves the memory to the next pass.
    func leaveScratch() {
        scratch.leave([resid, normalised, scale, out, qkv, q, k, v, z, hidden].filter { !$0.isEmpty })
    }

    /// resid = W_E[token] + W_pos[position].
    private mutating func embed() throws -> Bool {
        let D = configuration.d_model, T = batch.T
        gather(batch.tokens.map(Int.init), of: weights.W_E, D, into: &resid)
        guard try observer.pass(.init(.embed), &resid) else { return false }
        guard observer.isObserved(.init(.pos_embed)) else {
            addRepeating(weights.W_pos, every: T, D, to: &resid)
            return true
        }
        reserve(&out, scratch, batch.B * batch.T * D)
        gather((0..<batch.B * T).map { $0 % T }, of: weights.W_pos, D, into: &out)
        guard try observer.pass(.init(.pos_embed), &out) else { return false }
        add(out, to: &resid)
        return true
    }

    /// normalised = LayerNorm(resid), observed as σ, x, and with gain and bias.
    mutating func normalise(
        _ layerNorm: GPT2Weights.LayerNorm, _ names: (scale: ActivationName, x: ActivationName, normalized: ActivationName)
    ) throws -> Bool {
        guard observer.isObserved(names.scale) || observer.isObserved(names.x) else {
            layerNorm.apply(to: resid, epsilon: configuration.layer_norm_epsilon, into: &normalised)
            return try observer.pass(names.normalized, &normalised)
        }
        standardise(resid, epsilon: configuration.layer_norm_epsilon, into: &normalised, scale: &scale)
        guard try observer.pass(names.scale, &scale), try observer.pass(names.x, &normalised) else { return false }
        layerNorm.apply(to: &normalised)
        return try observer.pass(names.normalized, &normalised)
    }

    /// resid += mlp(LayerNorm(resid)).
    private mutating func mlp(_ layer: Int) throws -> Bool {
        let block = weights.blocks[layer]
        guard try normalise(block.ln2, (.init(.ln2_scale, layer), .init(.ln2_x, layer), .init(.ln2_normalized, layer))) else {
            return false
        }
        reserve(&hidden, scratch, batch.B * batch.T * configuration.d_mlp)
        block.c_fc.apply(to: normalised, into: &hidden)
        guard try observer.pass(.init(.mlp_pre, layer), &hidden) else { return false }
        configuration.activation.apply(to: &hidden)
        guard try observer.pass(.init(.mlp_post, layer), &hidden) else { return false }
        guard try accumulate(block.mlp_c_proj, of: hidden, .init(.mlp_out, layer)) else { return false }
        return try observer.pass(.init(.resid_post, layer), &resid)
    }

    /// resid += x·weight + bias, by way of `out` if the summand is observed.
    mutating func accumulate(_ linear: GPT2Weights.Linear, of x: [Float], _ name: ActivationName) throws -> Bool {
        guard observer.isObserved(name) else {
            linear.apply(to: x, adding: true, into: &resid)
            return true
        }
        reserve(&out, scratch, batch.B * batch.T * configuration.d_model)
        linear.apply(to: x, into: &out)
        guard try observer.pass(name, &out) else { return false }
        add(out, to: &resid)
        return true
    }

    /// logits = LayerNorm(resid) · W_U.
    private mutating func unembed() throws {
        let names = (ActivationName(.ln_final_scale), ActivationName(.ln_final_x), ActivationName(.ln_final_normalized))
        guard try normalise(weights.ln_final, names) else { return }
        var logits = [Float](scratch: batch.B * batch.T * configuration.d_vocab)
        weights.unembed(normalised, into: &logits)
        try observer.finish(.init(.logits), logits)
    }
}
