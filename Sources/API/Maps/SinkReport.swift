/// The attention of a layer's heads to position 0, by cause.
public struct SinkReport: Codable, Sendable, Hashable {
    /// The mean attention from which a head has a sink in a context.
    public var threshold: Double
    /// The share of heads and contexts that have one.
    public var sink_rate: Float
    /// The share of tokens from which a query feature counts as dense.
    public var dense_density: Double
    /// How many query features are.
    public var dense_query_features: Int
    /// The heads.
    public var heads: [SinkHead]

    /// All facts.
    public init(
        threshold: Double, sink_rate: Float, dense_density: Double, dense_query_features: Int, heads: [SinkHead]
    ) {
        self.threshold = threshold
        self.sink_rate = sink_rate
        self.dense_density = dense_density
        self.dense_query_features = dense_query_features
        self.heads = heads
    }
}

extension SinkReport {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "The attention of a layer's heads to position 0, by cause.",
        [
            .required("threshold", .share("The mean attention from which a head has a sink in a context.")),
            .required("sink_rate", .share("The share of heads and contexts that have one.")),
            .required("dense_density", .share("The share of tokens from which a query feature counts as dense.")),
            .required("dense_query_features", .count("How many query features are.")),
            .required("heads", .array("The heads.", of: SinkHead.schema)),
        ])
}

/// One head's attention to position 0: the parts from `uniform` on, and the residual, sum to the mass.
public struct SinkHead: Codable, Sendable, Hashable {
    /// The head within its layer, counted from 0.
    public var head: Int
    /// The mean attention to position 0 over all rows but the first.
    public var mass: Float
    /// The same of the pattern that the map makes.
    public var mass_masked_map: Float
    /// The share of contexts in which the head has a sink.
    public var sink_rate: Float
    /// What a row without scores would give.
    public var uniform: Float
    /// What the query bias with key features adds.
    public var query_bias: Float
    /// What entries of dense query features add.
    public var dense_features: Float
    /// What all other entries of the map add.
    public var other_features: Float
    /// What the scores add that the map leaves.
    public var error: Float
    /// What the integral's quadrature misses.
    public var residual: Float

    /// All facts.
    public init(
        head: Int, mass: Float, mass_masked_map: Float, sink_rate: Float, uniform: Float, query_bias: Float,
        dense_features: Float, other_features: Float, error: Float, residual: Float
    ) {
        self.head = head
        self.mass = mass
        self.mass_masked_map = mass_masked_map
        self.sink_rate = sink_rate
        self.uniform = uniform
        self.query_bias = query_bias
        self.dense_features = dense_features
        self.other_features = other_features
        self.error = error
        self.residual = residual
    }
}

extension SinkHead {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One head's attention to position 0: the parts from uniform on, and the residual, sum to the mass.",
        [
            .required("head", Schema.head),
            .required("mass", .number("The mean attention to position 0 over all rows but the first.")),
            .required("mass_masked_map", .number("The same of the pattern that the map makes.")),
            .required("sink_rate", .share("The share of contexts in which the head has a sink.")),
            .required("uniform", .number("What a row without scores would give.")),
            .required("query_bias", .number("What the query bias with key features adds.")),
            .required("dense_features", .number("What entries of dense query features add.")),
            .required("other_features", .number("What all other entries of the map add.")),
            .required("error", .number("What the scores add that the map leaves.")),
            .required("residual", .number("What the integral's quadrature misses.")),
        ])
}
