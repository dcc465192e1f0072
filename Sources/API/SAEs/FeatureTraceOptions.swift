import JSON

/// How features are traced.
public struct FeatureTraceOptions: Codable, Sendable, Hashable {
    /// The most links into a node.
    public var max_links: Int
    /// The least magnitude of a link's share.
    public var threshold: Double
    /// How many links a node may be away from a root.
    public var max_depth: Int
    /// With so many nodes nothing more is taken apart.
    public var max_nodes: Int

    /// All facts.
    public init(max_links: Int = 5, threshold: Double = 0.05, max_depth: Int = 4, max_nodes: Int = 100) {
        self.max_links = max_links
        self.threshold = threshold
        self.max_depth = max_depth
        self.max_nodes = max_nodes
    }
}

extension FeatureTraceOptions {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How features are traced.",
        [
            .optional("max_links", .integer("The most links into a node.", in: 1...1000), default: 5),
            .optional("threshold", .number("The least magnitude of a link's share.", from: 0, to: 1), default: 0.05),
            .optional("max_depth", .integer("How many links a node may be away from a root.", in: 1...100), default: 4),
            .optional("max_nodes", .integer("With so many nodes nothing more is taken apart.", in: 1...1000), default: 100),
        ])

    /// What stands in for options that a call leaves out.
    static let defaults = schema.fillingDefaults(in: [:])
}

/// A feature at a token.
public struct FeatureRoot: Codable, Sendable, Hashable {
    /// An autoencoder of z or of the residual stream.
    public var sae: String
    /// The feature.
    public var feature: Int
    /// The token; negative ones count from the end.
    public var position: Int

    /// All facts.
    public init(sae: String, feature: Int, position: Int = -1) {
        self.sae = sae
        self.feature = feature
        self.position = position
    }
}

extension FeatureRoot {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A feature at a token.",
        [
            .required("sae", .name("An autoencoder of z or resid_pre, as in s1.")),
            .required("feature", .integer("The feature.", in: 0...Int.max)),
            .optional("position", .integer("The token; negative ones count from the end."), default: -1),
        ])
}

extension Schema {
    /// The autoencoders that take a prompt apart.
    static let autoencoders = array(
        "Autoencoders of z or resid_pre, at most one of each layer and activation; the newest of each that the model has if absent.",
        of: .name(""), count: 1...100)
}
