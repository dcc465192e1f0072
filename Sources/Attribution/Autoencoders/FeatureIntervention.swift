private import Checkpoints
public import Dictionaries
public import GPT2
private import Kernels
private import Tensors

// What an intervention on an autoencoder's features does during a pass (specification 3.4, error-term mode):
//
// 1. The activation a is encoded as it comes, after whatever earlier layers have had changed: f = encode(a).
// 2. The edits are made on f alone: f → f'. A feature that is set is set wherever the edit reaches, whether or not it was active.
// 3. With the error, the pass goes on with ẑ(f') + (a − ẑ(f)) = a + Σ (f'_i − f_i) d_i: where nothing is edited, nothing is added, and the
//    model is exactly itself. Without it, the pass goes on with ẑ(f').

/// Changes of an autoencoder's features inside the running model.
public struct FeatureIntervention: Sendable {
    /// What becomes of an activation.
    public enum Change: Sendable, Hashable {
        /// It is multiplied.
        case scale(Float)
        /// It is given this value.
        case set(Float)

        func callAsFunction(_ activation: Float) -> Float {
            switch self {
            case .scale(let factor): activation * factor
            case .set(let value): value
            }
        }
    }

    /// One change of one feature.
    public struct Edit: Sendable, Hashable {
        /// The feature.
        public let feature: Int32
        /// What becomes of it.
        public let change: Change
        /// At which tokens of the batch, b·T + t; nil for all.
        public let tokens: Set<Int>?

        /// An edit.
        public init(feature: Int32, _ change: Change, tokens: Set<Int>? = nil) {
            (self.feature, self.change, self.tokens) = (feature, change, tokens)
        }
    }

    /// What an edit has met in a pass.
    public struct Outcome: Sendable, Hashable {
        /// At how many tokens the feature was active where the edit reaches.
        public var active = 0
        /// At how many tokens its activation was changed.
        public var changed = 0
        /// Σ of its activations where the edit reaches.
        public var activation = 0.0
        /// At which tokens its activation was changed, b·T + t.
        public var changedTokens: [Int] = []

        /// Nothing met yet.
        public init() {}
    }

    /// What is encoded.
    public let name: ActivationName
    /// Of as many elements for each token as the activation has.
    public let autoencoder: Autoencoder
    /// The edits, each on what those before it leave.
    public let edits: [Edit]
    /// Whether the pass goes on with the reconstruction's error or without.
    public let keepsError: Bool

    /// An intervention.
    ///
    /// - Parameters:
    ///   - name: What is encoded, of a layer.
    ///   - autoencoder: Of as many elements for each token as the activation has.
    ///   - edits: The edits, in their order.
    ///   - keepsError: Whether the pass goes on with the reconstruction's error or without.
    public init(_ name: ActivationName, _ autoencoder: Autoencoder, edits: [Edit], keepsError: Bool = true) {
        precondition(
            edits.allSatisfy { $0.feature >= 0 && Int($0.feature) < autoencoder.shape.d_sae },
            "an edit of a feature that is none of \(autoencoder.shape.d_sae)")
        (self.name, self.autoencoder, self.edits, self.keepsError) = (name, autoencoder, edits, keepsError)
    }

    /// Changes the activation in place.
    ///
    /// - Parameter a: [tokens, D].
    /// - Returns: What each edit has met.
    /// - Complexity: 2·tokens·D·F flops.
    func apply(to a: inout MutableSpan<Float>) -> [Outcome] {
        var values = [Float](scratch: a.count)
        Self.copy(a.span, into: &values)
        let f = autoencoder.encode(values), change = changes(f)
        if !keepsError { values = autoencoder.decode(f) }
        Self.add(change.rows, autoencoder.W_dec, to: &values)
        a.copy(values.span)
        return change.outcomes
    }

    /// f' − f, and what each edit has met.
    private func changes(_ f: SparseRows) -> (rows: SparseRows, outcomes: [Outcome]) {
        var outcomes = [Outcome](repeating: Outcome(), count: edits.count)
        let edited = Set(edits.map(\.feature))
        var offsets = [0], indices: [Int32] = [], differences: [Float] = []
        for token in 0..<f.rows {
            var own: [Int32: Float] = [:]
            for place in f.range(token) where edited.contains(f.indices[place]) { own[f.indices[place]] = f.values[place] }
            var now = own
            for (number, edit) in edits.enumerated() where edit.tokens?.contains(token) ?? true {
                let before = now[edit.feature] ?? 0, after = edit.change(before)
                outcomes[number].active += before != 0 ? 1 : 0
                if before != after {
                    outcomes[number].changed += 1
                    outcomes[number].changedTokens.append(token)
                }
                outcomes[number].activation += Double(before)
                now[edit.feature] = after
            }
            for (feature, value) in now.sorted(by: { $0.key < $1.key }) where value != own[feature] ?? 0 {
                indices.append(feature)
                differences.append(value - (own[feature] ?? 0))
            }
            offsets.append(indices.count)
        }
        return (SparseRows(offsets: offsets, indices: indices, values: differences), outcomes)
    }

    private static func copy(_ source: Span<Float>, into target: inout [Float]) {
        var span = target.mutableSpan
        span.copy(source)
    }

    /// values += rows · W_dec; tokens without entries stay as they are, bit for bit.
    private static func add(_ rows: SparseRows, _ W_dec: [Float], to values: inout [Float]) {
        let D = values.count / max(rows.rows, 1)
        var span = values.mutableSpan
        for token in 0..<rows.rows {
            var target = span.part(token * D..<(token + 1) * D)
            for place in rows.range(token) {
                let feature = Int(rows.indices[place])
                axpy(rows.values[place], W_dec.span.extracting(feature * D..<(feature + 1) * D), &target)
            }
        }
    }
}

extension GPT2Model {
    /// Runs the model with changes of features.
    ///
    /// - Parameters:
    ///   - batch: [B, T] tokens.
    ///   - start: Where a pass over the same batch had come before the first activation that is encoded; nil to begin with the tokens.
    ///   - capture: The activations to return.
    ///   - interventions: At most one for each activation. Those of later layers encode the stream as the earlier ones leave it.
    /// - Returns: The activations, and for each intervention what each of its edits has met.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: a forward pass, and an encoding for each intervention.
    public func forward(
        _ batch: TokenBatch, from start: ResidualStart? = nil, capture: Set<ActivationName>,
        editing interventions: [FeatureIntervention]
    ) throws -> (activations: Activations, outcomes: [[FeatureIntervention.Outcome]]) {
        var outcomes = [[FeatureIntervention.Outcome]](repeating: [], count: interventions.count)
        var edits: [ActivationName: Edit] = [:]
        for (number, intervention) in interventions.enumerated() {
            precondition(edits[intervention.name] == nil, "\(intervention.name) is changed by two interventions")
            edits[intervention.name] = { outcomes[number] = intervention.apply(to: &$0) }
        }
        let activations = try forward(batch, from: start, capture: capture, edits: edits)
        return (activations, outcomes)
    }
}
