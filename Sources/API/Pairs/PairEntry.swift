public import JSON

/// What a map knows of one feature pair in one head.
public struct PairEntry: Codable, Sendable, Hashable {
    /// A feature of the query side.
    public var query_feature: Int
    /// A feature of the key side.
    public var key_feature: Int
    /// The head within its layer, counted from 0.
    public var head: Int
    /// The entry of the map: what the pair adds to the score per product of activations.
    public var M: Float
    /// Its mask, from 0 (closed) to 1 (open).
    public var mask: Float
    /// |M · mask| times the features' mean activations: what ranks the entries.
    public var expected_contribution: Float

    /// All facts.
    public init(query_feature: Int, key_feature: Int, head: Int, M: Float, mask: Float, expected_contribution: Float) {
        self.query_feature = query_feature
        self.key_feature = key_feature
        self.head = head
        self.M = M
        self.mask = mask
        self.expected_contribution = expected_contribution
    }
}

extension PairEntry {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a map knows of one feature pair in one head.",
        [
            .required("query_feature", Schema.queryFeature),
            .required("key_feature", Schema.keyFeature),
            .required("head", Schema.head),
            .required("M", .number("The entry of the map: what the pair adds to the score per product of activations.")),
            .required("mask", .share("Its mask, from 0 (closed) to 1 (open).")),
            .required(
                "expected_contribution", .number("|M · mask| times the features' mean activations: what ranks the entries.")),
        ])
}

extension PairEntry {
    /// The entry as JSON, as its coding keys would write it.
    public var json: JSON {
        .object(
            JSONObject(distinct: [
                ("query_feature", .integer(query_feature)), ("key_feature", .integer(key_feature)), ("head", .integer(head)),
                ("M", .float(M)), ("mask", .float(mask)), ("expected_contribution", .float(expected_contribution)),
            ]))
    }
}
