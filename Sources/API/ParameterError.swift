/// Parameters that are each as the schema wants them but do not go together: `invalid_params` on the wire.
public struct ParameterError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The parameter that is wrong, as in `params.d_sae_key`.
    public let path: String
    /// One sentence for a person: which value, and what would be right.
    public let message: String

    /// An error in one parameter.
    public init(_ path: String, _ message: String) { (self.path, self.message) = ("params.\(path)", message) }

    /// The message.
    public var description: String { message }
}
