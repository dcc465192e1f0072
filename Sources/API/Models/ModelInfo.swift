/// One model that the service knows.
public struct ModelInfo: Codable, Sendable, Hashable {
    /// The name under which it is asked for.
    public var model: String
    /// The folder it was read from; empty for the embedded model.
    public var path: String
    /// Whether it came with the service.
    public var is_embedded: Bool
    /// Whether its weights are in memory.
    public var is_resident: Bool
    /// A digest of all weights, in 16 hexadecimal digits; equal weights have equal fingerprints.
    public var fingerprint: String
    /// The number of layers.
    public var n_layers: Int
    /// The number of heads per layer.
    public var n_heads: Int
    /// The width of the residual stream.
    public var d_model: Int
    /// The width of one head's queries and keys.
    public var d_head: Int
    /// The width of the MLP's hidden layer.
    public var d_mlp: Int
    /// The number of tokens.
    public var d_vocab: Int
    /// The longest text, in tokens.
    public var n_ctx: Int
    /// The MLP's activation function, as the model's config.json calls it.
    public var activation_function: String
    /// The number of weights.
    public var parameters: Int
    /// What it takes in memory, in bytes.
    public var memory_bytes: Int

    /// All facts.
    public init(
        model: String, path: String, is_embedded: Bool, is_resident: Bool, fingerprint: String, n_layers: Int, n_heads: Int,
        d_model: Int, d_head: Int, d_mlp: Int, d_vocab: Int, n_ctx: Int, activation_function: String, parameters: Int,
        memory_bytes: Int
    ) {
        self.model = model
        self.path = path
        self.is_embedded = is_embedded
        self.is_resident = is_resident
        self.fingerprint = fingerprint
        self.n_layers = n_layers
        self.n_heads = n_heads
        self.d_model = d_model
        self.d_head = d_head
        self.d_mlp = d_mlp
        self.d_vocab = d_vocab
        self.n_ctx = n_ctx
        self.activation_function = activation_function
        self.parameters = parameters
        self.memory_bytes = memory_bytes
    }
}

extension ModelInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One model that the service knows.",
        [
            .required("model", .name("The name under which it is asked for.")),
            .required("path", .string("The folder it was read from; empty for the embedded model.")),
            .required("is_embedded", .boolean("Whether it came with the service.")),
            .required("is_resident", .boolean("Whether its weights are in memory.")),
            .required(
                "fingerprint",
                .string(
                    "A digest of all weights, in 16 hexadecimal digits; equal weights have equal fingerprints. "
                        + "Empty where they are not in memory.",
                    length: 0...16)),
            .required("n_layers", .count("The number of layers.")),
            .required("n_heads", .count("The number of heads per layer.")),
            .required("d_model", .count("The width of the residual stream.")),
            .required("d_head", .count("The width of one head's queries and keys.")),
            .required("d_mlp", .count("The width of the MLP's hidden layer.")),
            .required("d_vocab", .count("The number of tokens.")),
            .required("n_ctx", .count("The longest text, in tokens.")),
            .required("activation_function", .string("The MLP's activation function, as the model's config.json calls it.")),
            .required("parameters", .count("The number of weights.")),
            .required("memory_bytes", .count("What it takes in memory, in bytes.")),
        ])
}
