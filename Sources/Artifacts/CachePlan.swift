public import API
private import Checkpoints
public import GPT2
private import JSON
public import Store

/// What an activation cache will hold, checked against its model.
public struct CachePlan: Sendable {
    /// The activations, in the order asked for.
    public let names: [ActivationName]
    /// The length of a context.
    public let T: Int
    /// Numbers per position of each activation.
    public let widths: [Int]
    /// How numbers are kept.
    public let element: ActivationCacheShape.Element

    /// Checks what a call asks for.
    ///
    /// - Throws: `unknown_activation`, `layer_out_of_range`, `text_too_long`, or `invalid_params`.
    public init(_ params: CachesCreate.Params, model: LoadedModel) throws {
        let c = model.gpt2.configuration
        T = params.context ?? min(c.n_ctx, Corpus.longestContext)
        guard T <= c.n_ctx else {
            throw APIError(
                .textTooLong, "context \(T) is longer than the \(c.n_ctx) tokens that '\(model.name)' reads",
                facts: ["context": .integer(T), "n_ctx": .integer(c.n_ctx)])
        }
        element = params.dtype == .float16 ? .float16 : .float32
        let extents: [ActivationName.Axis: Int] = [
            .D: c.d_model, .H: c.n_heads, .K: c.d_head, .M: c.d_mlp, .V: c.d_vocab, .one: 1,
        ]
        var names: [ActivationName] = [], widths: [Int] = []
        for text in params.activations {
            let name = try Self.name(text, model)
            guard !names.contains(name) else { throw ParameterError("activations", "activations names \(name) twice") }
            guard name.site.axes.starts(with: [.B, .T]), !name.site.axes.dropFirst(2).contains(.T) else {
                throw ParameterError(
                    "activations",
                    "\(name) has the axes \(name.site.axes.map(\.rawValue)); a cache keeps activations with one row per position")
            }
            let width = name.site.axes.dropFirst(2).reduce(1) { $0 * (extents[$1] ?? 1) }
            guard ActivationCacheShape.canHold(T: T, width: width, element: element) else {
                throw ParameterError("activations", "a context of \(name) has \(T * width) numbers, more than a cache can keep")
            }
            names.append(name)
            widths.append(width)
        }
        (self.names, self.widths) = (names, widths)
    }

    private static func name(_ text: String, _ model: LoadedModel) throws -> ActivationName {
        let name: ActivationName
        do {
            name = try ActivationName(parsing: text)
        } catch {
            throw APIError(.unknownActivation, String(describing: error), facts: ["name": .string(text)])
        }
        let n_layers = model.gpt2.configuration.n_layers
        if let layer = name.layer, layer >= n_layers {
            throw APIError(
                .layerOutOfRange, "layer \(layer) is out of range for '\(model.name)' (n_layers = \(n_layers))",
                facts: ["layer": .integer(layer), "n_layers": .integer(n_layers)])
        }
        return name
    }

    /// The store's description of the cache.
    ///
    /// - Parameter document: Where the activations come from.
    public func shape(document: [UInt8] = []) -> ActivationCacheShape {
        ActivationCacheShape(
            T: T,
            activations: zip(names, widths).map { ActivationCacheShape.Activation(name: $0.description, width: $1) },
            element: element, document: document)
    }
}
