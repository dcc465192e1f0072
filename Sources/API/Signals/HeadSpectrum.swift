/// One head's map: its singular values, and its singular vectors if they were asked for.
public struct HeadSpectrum: Codable, Sendable, Hashable {
    /// The layer, counted from 0.
    public var layer: Int
    /// The head within its layer, counted from 0.
    public var head: Int
    /// The singular values, descending.
    public var s: [Float]
    /// ‖Ω‖, the root of the sum of their squares.
    public var frobenius: Float
    /// How many of them hold 90 % of ‖Ω‖².
    public var rank90: Int
    /// (Σs²)²/Σs⁴: how many of equal size would spread as these do.
    public var participation_ratio: Float
    /// The map's entry of largest magnitude.
    public var largest: Float
    /// How far U·diag(s)·Vᵀ is from the map at most.
    public var reconstruction_error: Float
    /// The destination's singular vectors, a list for each singular value.
    public var U: [[Float]]?
    /// The source's singular vectors, a list for each singular value.
    public var V: [[Float]]?

    /// All facts.
    public init(
        layer: Int, head: Int, s: [Float], frobenius: Float, rank90: Int, participation_ratio: Float, largest: Float,
        reconstruction_error: Float, U: [[Float]]? = nil, V: [[Float]]? = nil
    ) {
        (self.layer, self.head, self.s, self.frobenius, self.rank90) = (layer, head, s, frobenius, rank90)
        (self.participation_ratio, self.largest, self.reconstruction_error) = (participation_ratio, largest, reconstruction_error)
        (self.U, self.V) = (U, V)
    }
}

extension HeadSpectrum {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One head's map: its singular values, and its singular vectors if they were asked for.",
        [
            .required("layer", Schema.layer),
            .required("head", Schema.head),
            .required("s", .array("The singular values, descending.", of: .number("", from: 0))),
            .required("frobenius", .number("‖Ω‖, the root of the sum of their squares.", from: 0)),
            .required("rank90", .count("How many of them hold 90 % of ‖Ω‖².")),
            .required(
                "participation_ratio", .number("(Σs²)²/Σs⁴: how many of equal size would spread as these do.", from: 0)),
            .required("largest", .number("The map's entry of largest magnitude.", from: 0)),
            .required("reconstruction_error", .number("How far U·diag(s)·Vᵀ is from the map at most.", from: 0)),
            .optional(
                "U", .array("The destination's singular vectors, a list for each singular value.", of: .array(of: .number()))),
            .optional("V", .array("The source's singular vectors, a list for each singular value.", of: .array(of: .number()))),
        ])
}
