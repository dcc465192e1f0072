private import Checkpoints
public import GPT2
private import Tensors

// How something added to the output of a layer's attention, or of its MLP, reaches what comes after it (specification 2.5):
//
// - everywhere: it is added to `hook_attn_out` or `hook_mlp_out`, and all that follows is computed anew;
// - only one head of a later layer: x of that head changes by vector/σ, σ as it was; that is, its query, key and value change by
//   (vector/σ)·W with the LayerNorm's gain folded in, and no other head sees anything.

/// A vector added to the residual stream at one token.
public struct StreamAddition: Sendable {
    /// The layer to whose output it is added.
    public let layer: Int
    /// Which of the layer's outputs: `attn_out` or `mlp_out`.
    public let site: ActivationName.Site
    /// The token.
    public let token: Int
    /// [D].
    public let vector: [Float]

    /// To what it is added.
    fileprivate var output: ActivationName { ActivationName(site, layer) }
}

/// Additions to the streams of a batch's sequences.
public struct StreamAdditions: Sendable {
    /// By sequence.
    public let sequences: [[StreamAddition]]
    /// The one head that sees them, with σ before its layer at each sequence's tokens; nil for everything.
    private let reader: (layer: Int, head: Int, sigma: [Float])?

    /// Additions that everything sees.
    public init(_ sequences: [[StreamAddition]]) { (self.sequences, reader) = (sequences, nil) }

    /// Additions that one head sees.
    ///
    /// - Parameters:
    ///   - sequences: By sequence.
    ///   - looks: By sequence, the look whose head it is; all of the same head.
    public init(_ sequences: [[StreamAddition]], seenBy looks: [CarriedSignal]) {
        precondition(looks.count == sequences.count, "\(looks.count) looks in \(sequences.count) sequences")
        self.sequences = sequences
        reader = looks.first.map { ($0.look.layer, $0.look.head, looks.map(\.sigma)) }
    }

    /// The first layer that is changed; nil without additions.
    public var firstLayer: Int? { reader?.layer ?? sequences.joined().map(\.layer).min() }

    /// Runs the model with them.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - batch: [B, T], a sequence for each list.
    ///   - start: Where a pass over the same batch had come, not after ``firstLayer``; nil to begin with the tokens.
    ///   - capture: The activations to return.
    /// - Throws: ``GPT2Error``.
    public func run(
        _ model: GPT2Model, _ batch: TokenBatch, from start: ResidualStart? = nil, capture: Set<ActivationName>
    ) throws -> Activations {
        precondition(batch.B == sequences.count, "additions to \(sequences.count) sequences in a batch of \(batch.B)")
        return try model.forward(batch, from: start, capture: capture, edits: try edits(model, T: batch.T))
    }

    private func edits(_ model: GPT2Model, T: Int) throws -> [ActivationName: GPT2Model.Edit] {
        if let reader { return try edits(model, T, reader) }
        var edits: [ActivationName: GPT2Model.Edit] = [:]
        for output in Set(sequences.joined().map(\.output)) {
            edits[output] = { span in
                for (b, additions) in sequences.enumerated() {
                    for addition in additions where addition.output == output {
                        let first = (b * T + addition.token) * addition.vector.count
                        for (d, value) in addition.vector.enumerated() { span[first + d] += value }
                    }
                }
            }
        }
        return edits
    }

    /// The changes of one head's query, key and value.
    private func edits(
        _ model: GPT2Model, _ T: Int, _ reader: (layer: Int, head: Int, sigma: [Float])
    ) throws -> [ActivationName: GPT2Model.Edit] {
        let block = try model.block(reader.layer), c = model.configuration
        let (D, H, K) = (c.d_model, c.n_heads, c.d_head)
        var edits: [ActivationName: GPT2Model.Edit] = [:]
        for (part, site) in [ActivationName.Site.q, .k, .v].enumerated() {
            var changes: [(place: Int, values: [Float])] = []
            for (b, additions) in sequences.enumerated() {
                for addition in additions {
                    var values = [Float](repeating: 0, count: K)
                    for d in 0..<D {
                        let x = addition.vector[d] / reader.sigma[b] * block.ln1.gain[d]
                        let row = d * 3 * D + part * D + reader.head * K
                        for k in 0..<K { values[k] += x * block.c_attn.weight[row + k] }
                    }
                    changes.append((((b * T + addition.token) * H + reader.head) * K, values))
                }
            }
            edits[ActivationName(site, reader.layer)] = { span in
                for change in changes {
                    for (k, value) in change.values.enumerated() { span[change.place + k] += value }
                }
            }
        }
        return edits
    }
}
