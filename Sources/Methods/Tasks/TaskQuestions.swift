import API
import Attribution
import Tasks

extension TaskPrompt {
    /// The prompt as a question.
    var question: Question { Question(tokens, Answer(right: answer.token, wrong: wrong.map(\.token))) }
}

extension AnswerFigures {
    /// The figures of some answers; nil of none.
    init?(_ answers: [AnswerLogits?]) {
        let given = answers.compactMap { $0 }
        guard !given.isEmpty else { return nil }
        let differences = Moments(given.map(\.difference))
        self.init(
            accuracy: Float(given.count(where: \.isRight)) / Float(given.count), logit_difference: Float(differences.mean),
            logit_difference_sd: Float(differences.sd))
    }
}
