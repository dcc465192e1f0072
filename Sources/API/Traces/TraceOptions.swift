import JSON

/// How looks are traced.
public struct TraceOptions: Codable, Sendable, Hashable {
    /// How signals are told from the rest.
    public var mode: SignalMode
    /// Of score_sum and relative_attention, the share of the score that the kept terms have to exceed.
    public var phi: Double
    /// The share of a signal that the links into a look have to exceed.
    public var share: Double
    /// The attention below which a look is not taken apart; the mode's own if absent.
    public var attention_threshold: Double?
    /// How many links a trace may be away from its roots.
    public var max_depth: Int
    /// The most links of each side of a look.
    public var max_links: Int
    /// With so many nodes no further look is taken apart.
    public var max_nodes: Int
    /// Of score_sum: what the head's biases add is counted with every head and divided by σ, as the code of 2024 did.
    public var compat2024: Bool

    /// All facts.
    public init(
        mode: SignalMode = .relative_attention, phi: Double = 1, share: Double = 0.7, attention_threshold: Double? = nil,
        max_depth: Int = 16, max_links: Int = 16, max_nodes: Int = 200, compat2024: Bool = false
    ) {
        self.mode = mode
        self.phi = phi
        self.share = share
        self.attention_threshold = attention_threshold
        self.max_depth = max_depth
        self.max_links = max_links
        self.max_nodes = max_nodes
        self.compat2024 = compat2024
    }
}

extension TraceOptions {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How looks are traced.",
        [
            .optional("mode", SignalMode.traceSchema, default: .string(SignalMode.relative_attention.rawValue)),
            .optional(
                "phi",
                .number(
                    "Of score_sum and relative_attention, the share of the score that the kept terms have to exceed.", above: 0,
                    to: 1), default: 1),
            .optional(
                "share",
                .number("The share of a signal that the links into a look have to exceed.", above: 0, to: 1), default: 0.7),
            .optional(
                "attention_threshold",
                .number(
                    "The attention below which a look is not taken apart; if absent 0.5 (score_sum, which leaves out the first token "
                        + "too), 1/n of n sources (relative_attention), 2.5/n (softmax_greedy).", from: 0, to: 1)),
            .optional("max_depth", .integer("How many links a trace may be away from its roots.", in: 0...1000), default: 16),
            .optional("max_links", .integer("The most links of each side of a look.", in: 1...1000), default: 16),
            .optional(
                "max_nodes", .integer("With so many nodes no further look is taken apart.", in: 1...10_000), default: 200),
            .optional(
                "compat2024",
                .boolean(
                    "Of score_sum: what the head's biases add is counted with every head and divided by σ, as the code of 2024 did."
                ),
                default: false),
        ])
}

extension TraceOptions {
    /// What stands in for options that a call leaves out.
    static let defaults = schema.fillingDefaults(in: [:])

    /// What they are where a trace says how it was made: nothing is left out but what was not set.
    static let recorded = Schema.object(
        schema.description, schema.properties.map { $0.defaultValue == nil ? $0 : .required($0.name, $0.schema) })
}

extension SignalMode {
    /// What it is on the wire, where it says also what links weigh.
    static let traceSchema = Schema.string(
        "How a look's signal is told from the rest of its score, and what links weigh: score_sum (2024), what heads add to the signal that "
            + "makes the score; relative_attention (2025), what heads, MLPs, biases and embeddings add to what sets the score above other "
            + "sources'; softmax_greedy (2026), what the attention falls by when they are taken from the scores.",
        oneOf: allCases.map(\.rawValue))
}
