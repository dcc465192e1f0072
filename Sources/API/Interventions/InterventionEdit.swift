import JSON

/// One change of a layer's attention.
public struct InterventionEdit: Codable, Sendable, Hashable {
    /// What can be scaled.
    public enum Target: String, Codable, Sendable, Hashable, CaseIterable {
        case pair, query_feature, key_feature, all_pairs, surviving_pairs, head, pattern
    }

    /// What is scaled.
    public var target: Target
    /// The query side's feature, of a pair or by itself.
    public var query_feature: Int?
    /// The key side's feature, of a pair or by itself.
    public var key_feature: Int?
    /// What is put in the pattern's place, for the target pattern.
    public var stage: ReconstructionStage.Name?
    /// The heads; all of the layer's if absent.
    public var heads: [Int]?
    /// What the target is multiplied by: 0 removes, 1 leaves, 2 doubles.
    public var factor: Float
    /// A map, which brings its dictionary and layer; the call's if absent.
    public var map: String?
    /// A dictionary without a map; the call's if absent.
    public var dictionary: String?
    /// The layer, for heads without a dictionary.
    public var layer: Int?

    /// All facts.
    public init(
        target: Target, query_feature: Int? = nil, key_feature: Int? = nil, stage: ReconstructionStage.Name? = nil,
        heads: [Int]? = nil, factor: Float = 0, map: String? = nil, dictionary: String? = nil, layer: Int? = nil
    ) {
        self.target = target
        self.query_feature = query_feature
        self.key_feature = key_feature
        self.stage = stage
        self.heads = heads
        self.factor = factor
        self.map = map
        self.dictionary = dictionary
        self.layer = layer
    }
}

extension InterventionEdit {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One change of a layer's attention.",
        [
            .required(
                "target",
                .string(

                    "What is scaled: one pair, all that a feature of one side adds, the sum over all pairs, every "
                        + "pair that the map keeps, a head's pattern, or the difference of the pattern from a stage's.",
                    oneOf: Target.allCases.map(\.rawValue))),
            .optional("query_feature", .integer("The query side's feature, of a pair or by itself.", in: 0...Int.max)),
            .optional("key_feature", .integer("The key side's feature, of a pair or by itself.", in: 0...Int.max)),
            .optional(
                "stage",
                .string(
                    "What is put in the pattern's place, for the target pattern.",
                    oneOf: ReconstructionStage.Name.allCases.map(\.rawValue))),
            .optional("heads", Schema.heads),
            .optional(
                "factor", .number("What the target is multiplied by: 0 removes, 1 leaves, 2 doubles.", from: -1000, to: 1000),
                default: 0),
            .optional("map", .name("A map, which brings its dictionary and layer; the call's if absent.")),
            .optional("dictionary", .name("A dictionary without a map; the call's if absent.")),
            .optional("layer", .integer("The layer, for heads without a dictionary.", in: 0...Int.max)),
        ])
}
