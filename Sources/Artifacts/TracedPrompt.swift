public import API
public import Attribution
private import Checkpoints
private import GPT2
private import JSON
public import Tasks
private import Tokenizer

/// A prompt to be traced: its tokens, its answer if it has one, and what its task calls its tokens.
public struct TracedPrompt: Sendable {
    /// The text; empty if it was given as tokens.
    public let text: String
    /// [T] the tokens, BOS included where it was asked for.
    public let tokens: [Int32]
    /// What should follow.
    public let answer: Answer?
    /// The places that have names.
    public let places: [TaskPrompt.Place]

    /// A prompt that asks nothing.
    public init(text: String, tokens: [Int32]) {
        (self.text, self.tokens, answer) = (text, tokens, nil)
        places = TaskPrompt.places(tokens, object: -1, others: [])
    }

    /// A prompt of a task.
    public init(_ prompt: TaskPrompt) {
        (text, tokens, places) = (prompt.text, prompt.tokens, prompt.places)
        answer = Answer(right: prompt.answer.token, wrong: prompt.wrong.map(\.token))
    }

    /// A prompt as a call gives it.
    ///
    /// - Parameters:
    ///   - prompt: The prompt.
    ///   - number: Which of the call's it is, for errors.
    ///   - model: The model that reads it.
    ///   - prependsBOS: Whether it begins with BOS.
    /// - Throws: `text_empty`, `text_too_long`, `task_unsuited` for an answer that is not one token.
    public init(_ prompt: CausalPrompt, number: Int, model: LoadedModel, prependsBOS: Bool) throws {
        guard (prompt.answer == nil) == (prompt.wrong == nil) else {
            throw ParameterError("prompts[\(number)]", "give 'answer' and 'wrong' together, or neither")
        }
        let bos = prependsBOS ? model.tokenizer.bos.map { [$0] } ?? [] : []
        let tokens = bos + model.tokenizer.encode(prompt.text), n_ctx = model.gpt2.configuration.n_ctx
        guard tokens.count > bos.count else {
            throw APIError(.textEmpty, "prompts[\(number)] has no tokens", facts: ["prompt": .integer(number)])
        }
        guard tokens.count <= n_ctx else {
            throw APIError(
                .textTooLong, "prompts[\(number)] has \(tokens.count) tokens; '\(model.name)' reads at most \(n_ctx)",
                facts: ["tokens": .integer(tokens.count), "n_ctx": .integer(n_ctx)])
        }
        let right = try prompt.answer.map { try Self.token($0, number, model) }
        let wrong = try prompt.wrong.map { try $0.map { try Self.token($0, number, model) } } ?? []
        (text, self.tokens) = (prompt.text, tokens)
        answer = right.map { Answer(right: $0, wrong: wrong) }
        places = TaskPrompt.places(tokens, object: right ?? -1, others: wrong)
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

    /// A token, counted from 0.
    ///
    /// - Throws: `position_out_of_range` if the prompt has no such token, or no place of that name.
    public func position(_ position: TracePosition) throws(APIError) -> Int {
        switch position {
        case .index(let index):
            let absolute = index < 0 ? index + tokens.count : index
            guard tokens.indices.contains(absolute) else {
                throw APIError(
                    .positionOutOfRange,
                    "position \(index) is out of range for a prompt of \(tokens.count) tokens (\(-tokens.count) to \(tokens.count - 1))",
                    facts: ["position": .integer(index), "tokens": .integer(tokens.count)])
            }
            return absolute
        case .place(let name):
            guard let place = places.first(where: { $0.name == name }) else {
                let names = places.map(\.name).joined(separator: ", ")
                throw APIError(
                    .positionOutOfRange, "the prompt has no place '\(name)'; it has \(names)", facts: ["place": .string(name)])
            }
            return place.position
        }
    }

    /// What the task calls a token; the first is BOS if it is none of the text's.
    func role(_ position: Int, bos: Int32?) -> String? {
        places.first { $0.position == position }?.name ?? (position == 0 && tokens.first == bos ? "BOS" : nil)
    }
}
