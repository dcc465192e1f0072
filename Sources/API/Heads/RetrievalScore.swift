/// How much of needles a head copied.
public struct RetrievalScore: Codable, Sendable, Hashable {
    /// The layer, counted from 0.
    public var layer: Int
    /// The head within its layer, counted from 0.
    public var head: Int
    /// Mean share of the answer that it copied while the model answered by itself, over the trials that count; absent without any.
    public var generated: Float?
    /// The same while the right answer was fed, over all trials.
    public var teacher_forced: Float?
    /// Whether the generated score, or without one the teacher-forced one, exceeds the threshold.
    public var is_retrieval_head: Bool

    /// All facts.
    public init(layer: Int, head: Int, generated: Float? = nil, teacher_forced: Float? = nil, is_retrieval_head: Bool) {
        self.layer = layer
        self.head = head
        self.generated = generated
        self.teacher_forced = teacher_forced
        self.is_retrieval_head = is_retrieval_head
    }
}

extension RetrievalScore {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How much of needles a head copied.",
        [
            .required("layer", Schema.layer),
            .required("head", Schema.head),
            .optional(
                "generated",
                .number(
                    "Mean share of the answer that it copied while the model answered by itself, over the trials that count; absent without any."
                )),
            .optional("teacher_forced", .number("The same while the right answer was fed, over all trials.")),
            .required(
                "is_retrieval_head",
                .boolean("Whether the generated score, or without one the teacher-forced one, exceeds the threshold.")),
        ])
}
