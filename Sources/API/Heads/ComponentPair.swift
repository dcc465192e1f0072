/// How strongly a head reads one component of what an earlier one writes.
public struct ComponentPair: Codable, Sendable, Hashable {
    /// The layer of the head that writes.
    public var from_layer: Int
    /// The head that writes.
    public var from_head: Int
    /// The writer's component, 0 for its greatest singular value.
    public var component: Int
    /// The layer of the head that reads.
    public var to_layer: Int
    /// The head that reads.
    public var to_head: Int
    /// ‖b_kᵀ M_B‖ / ‖M_B‖ for the direction b_k that the component writes.
    public var score: Float
    /// The mean score of random directions with this reader.
    public var baseline: Float
    /// Their standard deviation.
    public var baseline_sd: Float
    /// How many standard deviations the score lies above the mean.
    public var z: Float
    /// The reader's components that take the direction up, the strongest first.
    public var reads: [ComponentRead]

    /// All facts.
    public init(
        from_layer: Int, from_head: Int, component: Int, to_layer: Int, to_head: Int, score: Float, baseline: Float,
        baseline_sd: Float, z: Float, reads: [ComponentRead]
    ) {
        self.from_layer = from_layer
        self.from_head = from_head
        self.component = component
        self.to_layer = to_layer
        self.to_head = to_head
        self.score = score
        self.baseline = baseline
        self.baseline_sd = baseline_sd
        self.z = z
        self.reads = reads
    }
}

extension ComponentPair {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How strongly a head reads one component of what an earlier one writes.",
        [
            .required("from_layer", Schema.layer),
            .required("from_head", Schema.head),
            .required("component", .count("The writer's component, 0 for its greatest singular value.")),
            .required("to_layer", Schema.layer),
            .required("to_head", Schema.head),
            .required("score", .number("‖b_kᵀ M_B‖ / ‖M_B‖ for the direction b_k that the component writes.")),
            .required("baseline", .number("The mean score of random directions with this reader.")),
            .required("baseline_sd", .number("Their standard deviation.")),
            .required("z", .number("How many standard deviations the score lies above the mean.")),
            .required(
                "reads",
                .array("The reader's components that take the direction up, the strongest first.", of: ComponentRead.schema)),
        ])
}
