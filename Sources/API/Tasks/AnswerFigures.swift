/// How well answers are told from what would be wrong.
public struct AnswerFigures: Codable, Sendable, Hashable {
    /// The share of prompts whose answer's logit is above every wrong one's.
    public var accuracy: Float
    /// The answer's logit less the mean of the wrong ones', mean over prompts.
    public var logit_difference: Float
    /// Its standard deviation over prompts.
    public var logit_difference_sd: Float

    /// All facts.
    public init(accuracy: Float, logit_difference: Float, logit_difference_sd: Float) {
        self.accuracy = accuracy
        self.logit_difference = logit_difference
        self.logit_difference_sd = logit_difference_sd
    }
}

extension AnswerFigures {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How well answers are told from what would be wrong.",
        [
            .required("accuracy", .share("The share of prompts whose answer's logit is above every wrong one's.")),
            .required("logit_difference", .number("The answer's logit less the mean of the wrong ones', mean over prompts.")),
            .required("logit_difference_sd", .number("Its standard deviation over prompts.", from: 0)),
        ])
}
