/// How a mask's weight was found, and what the mask costs.
public struct MapSearch: Codable, Sendable, Hashable {
    /// The weight λ_m; 0 if no trial was within the budget, and the mask is one of ones.
    public var lambda: Double
    /// KL of the attention pattern from the whole map, mean over heads and queries of held-out contexts.
    public var KL_map: Double
    /// The same from the surviving entries.
    public var KL_masked: Double
    /// The same after the polish; absent without one.
    public var KL_polished: Double?
    /// The trials, in their order; absent if the weight was given.
    public var trials: [MapTrial]?

    /// All facts.
    public init(lambda: Double, KL_map: Double, KL_masked: Double, KL_polished: Double? = nil, trials: [MapTrial]? = nil) {
        self.lambda = lambda
        self.KL_map = KL_map
        self.KL_masked = KL_masked
        self.KL_polished = KL_polished
        self.trials = trials
    }
}

extension MapSearch {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How a mask's weight was found, and what the mask costs.",
        [
            .required(
                "lambda", .number("The weight λ_m; 0 if no trial was within the budget, and the mask is one of ones.", from: 0)),
            .required(
                "KL_map",
                .number("KL of the attention pattern from the whole map, mean over heads and queries of held-out contexts.")),
            .required("KL_masked", .number("The same from the surviving entries.")),
            .optional("KL_polished", .number("The same after the polish; absent without one.")),
            .optional("trials", .array("The trials, in their order; absent if the weight was given.", of: MapTrial.schema)),
        ])
}

/// One trial of the search for a mask's weight.
public struct MapTrial: Codable, Sendable, Hashable {
    /// The weight λ_m.
    public var lambda: Double
    /// KL of the attention pattern from its survivors.
    public var KL: Double
    /// How many entries have survived.
    public var entries: Int
    /// Whether the KL is within the budget.
    public var is_within_budget: Bool

    /// All facts.
    public init(lambda: Double, KL: Double, entries: Int, is_within_budget: Bool) {
        self.lambda = lambda
        self.KL = KL
        self.entries = entries
        self.is_within_budget = is_within_budget
    }
}

extension MapTrial {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One trial of the search for a mask's weight.",
        [
            .required("lambda", .number("The weight λ_m.", from: 0)),
            .required("KL", .number("KL of the attention pattern from its survivors.")),
            .required("entries", .count("How many entries have survived.")),
            .required("is_within_budget", .boolean("Whether the KL is within the budget.")),
        ])
}

/// What is done to the surviving entries of a mask.
public enum MapPolish: String, Codable, Sendable, CaseIterable {
    /// Nothing.
    case none
    /// Their masks are set to 1.
    case ones
    /// Their masks are trained on, without a penalty.
    case refit
}
