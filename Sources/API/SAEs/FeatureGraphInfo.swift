/// What features or a logit are made of, down to the embeddings.
public struct FeatureGraphInfo: Codable, Sendable, Hashable {
    /// The nodes at which it began.
    public var roots: [Int]
    /// The nodes, named by their places in this list.
    public var nodes: [FeatureNode]
    /// The links, the strongest into each node first.
    public var links: [FeatureLink]
    /// Whether features were left alone because there were too many nodes or links, or too much work.
    public var is_truncated: Bool

    /// All facts.
    public init(roots: [Int], nodes: [FeatureNode], links: [FeatureLink], is_truncated: Bool) {
        self.roots = roots
        self.nodes = nodes
        self.links = links
        self.is_truncated = is_truncated
    }
}

/// A feature, or something else that writes into the residual stream, at a token.
public struct FeatureNode: Codable, Sendable, Hashable {
    /// What it is.
    public enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
        case attention_feature, residual_feature, embedding, position, mlp, attention, logit
    }

    /// What it is.
    public var kind: Kind
    /// The autoencoder; of a feature.
    public var sae: String?
    /// The layer; absent for embeddings and logits.
    public var layer: Int?
    /// The feature; of a feature.
    public var feature: Int?
    /// At which token it stands.
    public var position: Int
    /// The text of that token.
    public var piece: String
    /// The feature's activation.
    public var activation: Float?
    /// How many links lead from it to the nearest root.
    public var depth: Int
    /// What it is made of; absent for what was not taken apart.
    public var balance: FeatureBalance?

    /// All facts.
    public init(
        kind: Kind, sae: String? = nil, layer: Int? = nil, feature: Int? = nil, position: Int, piece: String,
        activation: Float? = nil, depth: Int, balance: FeatureBalance? = nil
    ) {
        self.kind = kind
        self.sae = sae
        self.layer = layer
        self.feature = feature
        self.position = position
        self.piece = piece
        self.activation = activation
        self.depth = depth
        self.balance = balance
    }
}

/// What a node is made of, in shares that sum to 1 but for rounding.
public struct FeatureBalance: Codable, Sendable, Hashable {
    /// What one source gives to an attention-output feature.
    public struct Source: Codable, Sendable, Hashable {
        /// The position.
        public var source: Int
        /// The text of its token.
        public var source_piece: String
        /// Its share of the total.
        public var share: Float

        /// All facts.
        public init(source: Int, source_piece: String, share: Float) {
            self.source = source
            self.source_piece = source_piece
            self.share = share
        }
    }

    /// The model's own pre-activation or logit.
    public var total: Float
    /// The share of the links into the node.
    public var kept: Float
    /// The share of the parts that are no links.
    public var pruned: Float
    /// The share of what autoencoders leave.
    public var error: Float
    /// The share of all biases.
    public var bias: Float
    /// The total less all parts.
    public var identity_residual: Float
    /// The strongest sources; of an attention-output feature.
    public var sources: [Source]?

    /// All facts.
    public init(
        total: Float, kept: Float, pruned: Float, error: Float, bias: Float, identity_residual: Float, sources: [Source]? = nil
    ) {
        self.total = total
        self.kept = kept
        self.pruned = pruned
        self.error = error
        self.bias = bias
        self.identity_residual = identity_residual
        self.sources = sources
    }
}

/// What one node adds to another.
public struct FeatureLink: Codable, Sendable, Hashable {
    /// The node that writes.
    public var upstream: Int
    /// The node that reads.
    public var downstream: Int
    /// What it adds to the pre-activation or logit.
    public var weight: Float
    /// That as a share of the total.
    public var share: Float

    /// All facts.
    public init(upstream: Int, downstream: Int, weight: Float, share: Float) {
        self.upstream = upstream
        self.downstream = downstream
        self.weight = weight
        self.share = share
    }
}

extension FeatureGraphInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What features or a logit are made of, down to the embeddings.",
        [
            .required("roots", .array("The nodes at which it began.", of: .integer(in: 0...Int.max))),
            .required("nodes", .array("The nodes, named by their places in this list.", of: FeatureNode.schema)),
            .required("links", .array("The links, the strongest into each node first.", of: FeatureLink.schema)),
            .required(
                "is_truncated",
                .boolean("Whether features were left alone because there were too many nodes or links, or too much work.")),
        ])
}

extension FeatureNode {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A feature, or something else that writes into the residual stream, at a token.",
        [
            .required(
                "kind",
                .string(
                    "What it is: a feature of a layer's z or of the residual stream before a layer, the token's or the position's embedding, "
                        + "an MLP's output, the output of an attention whose z no autoencoder takes apart; or a logit, which writes nothing.",
                    oneOf: Kind.allCases.map(\.rawValue))),
            .optional("sae", .name("The autoencoder; of a feature.")),
            .optional("layer", Schema.layer),
            .optional("feature", .integer("The feature; of a feature.", in: 0...Int.max)),
            .required("position", .position("At which token it stands.")),
            .required("piece", .string("The text of that token.")),
            .optional("activation", .number("The feature's activation.", from: 0)),
            .required("depth", .count("How many links lead from it to the nearest root.")),
            .optional("balance", FeatureBalance.schema),
        ])
}

extension FeatureBalance {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a node is made of: kept, pruned, error and bias sum to 1 but for rounding; absent for what was not taken apart.",
        [
            .required("total", .number("The model's own pre-activation or logit.")),
            .required("kept", .number("The share of the links into the node.")),
            .required("pruned", .number("The share of the parts that are no links.")),
            .required("error", .number("The share of what autoencoders leave.")),
            .required("bias", .number("The share of all biases, the model's and the autoencoders'.")),
            .required("identity_residual", .number("The total less all parts, a number as the total is.")),
            .optional("sources", .array("The strongest sources; of an attention-output feature.", of: Source.schema)),
        ])
}

extension FeatureBalance.Source {
    static let schema = Schema.object(
        "What one source gives to an attention-output feature.",
        [
            .required("source", .position("The position.")),
            .required("source_piece", .string("The text of its token.")),
            .required("share", .number("Its share of the total.")),
        ])
}

extension FeatureLink {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What one node adds to another.",
        [
            .required("upstream", .count("The node that writes.")),
            .required("downstream", .count("The node that reads.")),
            .required("weight", .number("What it adds to the pre-activation or logit.")),
            .required("share", .number("That as a share of the total.")),
        ])
}
