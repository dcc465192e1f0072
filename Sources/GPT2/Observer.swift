internal import Checkpoints
internal import Tensors

/// What a caller wants of a forward pass: activations to change, activations to keep, and so where to stop.
struct Observer {
    private let configuration: GPT2Configuration
    private let batch: TokenBatch
    private let capture: Set<ActivationName>
    private let edits: [ActivationName: GPT2Model.Edit]
    /// The last activation that matters; nil if none does.
    private let last: ActivationName?
    /// What has been kept.
    private(set) var activations = Activations()

    init(
        _ configuration: GPT2Configuration, _ batch: TokenBatch, _ capture: Set<ActivationName>,
        _ edits: [ActivationName: GPT2Model.Edit]
    ) {
        (self.configuration, self.batch, self.capture, self.edits) = (configuration, batch, capture, edits)
        last = ([capture.max(), edits.keys.max()] as [ActivationName?]).compactMap { $0 }.max()
    }

    /// Whether there is anything to compute.
    var wantsAnything: Bool { last != nil }

    /// Whether an activation is captured or edited.
    func isObserved(_ name: ActivationName) -> Bool { capture.contains(name) || edits[name] != nil }

    /// Edits and keeps an activation that has just been computed.
    ///
    /// - Parameters:
    ///   - name: Which.
    ///   - values: Its elements.
    /// - Returns: Whether anything later is wanted.
    mutating func pass(_ name: ActivationName, _ values: inout [Float]) throws -> Bool {
        activations.reached = name
        if let edit = edits[name] {
            var span = values.mutableSpan
            try edit(&span)
        }
        if capture.contains(name) {
            // A copy of its own: the pass goes on to overwrite the values in place.
            var copy = [Float](scratch: values.count)
            var span = copy.mutableSpan
            span.copy(values.span)
            activations[name] = Tensor(shape(name.site), copy)
        }
        return last.map { name < $0 } ?? false
    }

    /// Edits and keeps the last activation of all, without a copy.
    mutating func finish(_ name: ActivationName, _ values: consuming [Float]) throws {
        activations.reached = name
        if let edit = edits[name] {
            var span = values.mutableSpan
            try edit(&span)
        }
        if capture.contains(name) { activations[name] = Tensor(shape(name.site), values) }
    }

    /// The extents of a site's axes.
    private func shape(_ site: ActivationName.Site) -> [Int] {
        site.axes.map { axis in
            switch axis {
            case .B: batch.B
            case .T: batch.T
            case .D: configuration.d_model
            case .H: configuration.n_heads
            case .K: configuration.d_head
            case .M: configuration.d_mlp
            case .V: configuration.d_vocab
            case .one: 1
            }
        }
    }
}
