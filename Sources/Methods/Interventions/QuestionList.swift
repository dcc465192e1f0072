import API
import Artifacts
import Attribution
import Checkpoints
import GPT2
import JSON
import Tasks
import Tensors
import Tokenizer

/// What a call wants the model to be asked, with the texts to speak of it.
struct QuestionList: Sendable {
    private(set) var questions: [Question] = []
    /// Each question's text.
    private(set) var texts: [String] = []
    /// Each question's answer, if it has one.
    private(set) var answers: [String?] = []

    /// The prompts of a task.
    init(_ prompts: [TaskPrompt]) {
        for prompt in prompts { append(prompt.question, prompt.text, prompt.answer.text) }
    }

    /// Prompts as a call gives them.
    ///
    /// - Throws: `task_unsuited` for an answer that is not one token, and what ``PreparedPrompt`` throws.
    init(_ prompts: [CausalPrompt], model: LoadedModel, prependsBOS: Bool) throws {
        for (number, prompt) in prompts.enumerated() {
            let prepared = try PreparedPrompt(GivenText(text: prompt.text, prepend_bos: prependsBOS), model: model)
            guard (prompt.answer == nil) == (prompt.wrong == nil) else {
                throw ParameterError("prompts[\(number)]", "give 'answer' and 'wrong' together, or neither")
            }
            var answer: Answer?
            if let right = prompt.answer, let wrong = prompt.wrong {
                answer = Answer(
                    right: try Self.token(right, number, model), wrong: try wrong.map { try Self.token($0, number, model) })
            }
            append(Question(prepared.tokens, answer), prompt.text, prompt.answer)
        }
    }

    /// Contexts of a text, or one prompt: nothing to be answered.
    init(_ tokens: [[Int32]]) {
        for tokens in tokens { append(Question(tokens), "", nil) }
    }

    private mutating func append(_ question: Question, _ text: String, _ answer: String?) {
        questions.append(question)
        texts.append(text)
        answers.append(answer)
    }

    private static func token(_ text: String, _ number: Int, _ model: LoadedModel) throws -> Int32 {
        let tokens = model.tokenizer.encode(text)
        guard tokens.count == 1 else {
            throw APIError(
                .taskUnsuited,
                "'\(text)' of prompts[\(number)] is \(tokens.count) tokens of '\(model.name)'; an answer is one (with its space, as in ' Mary')",
                facts: ["text": .string(text), "tokens": .integer(tokens.count)])
        }
        return tokens[0]
    }

    /// A text, as ``PreparedPrompt`` takes it.
    private struct GivenText: PromptParams {
        var model: String?
        var text: String?
        var tokens: [Int]?
        var prepend_bos: Bool
    }
}

extension QuestionList {
    /// What `interventions.rank` asks: prompts or a task, each prompt with its answer.
    init(_ params: InterventionsRank.Params, model: LoadedModel, access: FileAccess) throws {
        switch (params.prompts, params.task) {
        case (let prompts?, nil):
            try self.init(prompts, model: model, prependsBOS: params.prepend_bos)
            if let number = answers.firstIndex(of: nil) {
                throw ParameterError("prompts[\(number)].answer", "a ranking needs the answer of every prompt")
            }
        case (nil, let task?):
            self.init(
                try TaskPrompts(model: model, access: access).prompts(
                    task, count: params.count, seed: params.seed, prependsBOS: params.prepend_bos))
        case (nil, nil), (_?, _?): throw ParameterError("task", "give exactly one of 'prompts' and 'task'")
        }
    }

    /// What `interventions.run` asks.
    init(
        _ params: InterventionsRun.Params, model: LoadedModel, embeddedDirectory: String, access: FileAccess
    ) throws {
        let given = [params.text != nil, params.tokens != nil, params.prompts != nil, params.task != nil, params.corpus != nil]
        guard given.count(where: { $0 }) == 1 else {
            throw ParameterError("task", "give exactly one of 'text', 'tokens', 'prompts', 'task' and 'corpus'")
        }
        if let prompts = params.prompts {
            try self.init(prompts, model: model, prependsBOS: params.prepend_bos)
        } else if let task = params.task {
            self.init(
                try TaskPrompts(model: model, access: access).prompts(
                    task, count: params.count, seed: params.seed, prependsBOS: params.prepend_bos))
        } else if let name = params.corpus {
            let corpus = try Corpus(
                name, field: params.text_field, for: model, embeddedDirectory: embeddedDirectory, access: access)
            let T = min(model.gpt2.configuration.n_ctx, Corpus.longestContext)
            let contexts = try corpus.contexts(model, T: T, limit: params.contexts)
            self.init(try (0..<contexts.count).map { try contexts.context($0) })
        } else {
            self.init([try PreparedPrompt(params, model: model).tokens])
        }
    }
}
