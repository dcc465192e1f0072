public import Tensors

/// The activations that a forward pass was asked for.
public struct Activations: Sendable {
    private var tensors: [ActivationName: Tensor] = [:]

    /// The last activation that was computed, asked for or not; nil if nothing was asked for.
    public internal(set) var reached: ActivationName?

    init() {}

    /// One of them.
    ///
    /// - Precondition: it was asked for.
    public internal(set) subscript(name: ActivationName) -> Tensor {
        get {
            guard let tensor = tensors[name] else { preconditionFailure("\(name) was not captured; captured are \(names)") }
            return tensor
        }
        set { tensors[name] = newValue }
    }

    /// The activation of a site; see ``subscript(_:)-(ActivationName)``.
    public subscript(site: ActivationName.Site, layer: Int? = nil) -> Tensor { self[ActivationName(site, layer)] }

    /// The names of those that are here, in the order of computation.
    public var names: [ActivationName] { tensors.keys.sorted() }
}
