/// How far the space that a head writes into is the space that a later one reads from.
public struct SubspacePair: Codable, Sendable, Hashable {
    /// The layer of the head that writes.
    public var from_layer: Int
    /// The head that writes.
    public var from_head: Int
    /// The layer of the head that reads.
    public var to_layer: Int
    /// The head that reads.
    public var to_head: Int
    /// ‖UᵀV‖² of orthonormal bases: the sum of the squared cosines of the principal angles.
    public var overlap: Float
    /// The dimension of what is written.
    public var from_dimension: Int
    /// The dimension of what is read.
    public var to_dimension: Int
    /// The overlap, as a share of the lesser dimension.
    public var share: Float
    /// What random spaces of these dimensions have on average.
    public var expected: Float
    /// How far the overlap lies above that, in standard deviations between random spaces.
    public var z: Float

    /// All facts.
    public init(
        from_layer: Int, from_head: Int, to_layer: Int, to_head: Int, overlap: Float, from_dimension: Int, to_dimension: Int,
        share: Float, expected: Float, z: Float
    ) {
        self.from_layer = from_layer
        self.from_head = from_head
        self.to_layer = to_layer
        self.to_head = to_head
        self.overlap = overlap
        self.from_dimension = from_dimension
        self.to_dimension = to_dimension
        self.share = share
        self.expected = expected
        self.z = z
    }
}

extension SubspacePair {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How far the space that a head writes into is the space that a later one reads from.",
        [
            .required("from_layer", Schema.layer),
            .required("from_head", Schema.head),
            .required("to_layer", Schema.layer),
            .required("to_head", Schema.head),
            .required("overlap", .number("‖UᵀV‖² of orthonormal bases: the sum of the squared cosines of the principal angles.")),
            .required("from_dimension", .count("The dimension of what is written.")),
            .required("to_dimension", .count("The dimension of what is read.")),
            .required("share", .number("The overlap, as a share of the lesser dimension.")),
            .required("expected", .number("What random spaces of these dimensions have on average.")),
            .required("z", .number("How far the overlap lies above that, in standard deviations between random spaces.")),
        ])
}
