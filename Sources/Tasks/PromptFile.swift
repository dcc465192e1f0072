import JSON
public import Tensors
public import Tokenizer

/// A file of prompts: one JSON object a line, with `prompt`, `answer`, and `wrong`, which is a text or a list of them.
///
/// `acting`, which the embedded model's own file has, says the same as `wrong`. Where the answer or a wrong word stands in the prompt, the
/// place has the name that it has in ``TaskPack/ioi``.
public struct PromptFile: Sendable {
    /// The file that a model's directory may hold.
    public static let ofModels = "indirect_object.jsonl"

    /// The largest file that is read: 16 MiB.
    private static let limit = 16 << 20

    /// Where it lies.
    public let place: GuardedPath
    private var path: String { place.path }

    /// A file of this program's own choice.
    public init(_ path: String) { self.init(.own(path)) }

    /// A file.
    public init(_ place: GuardedPath) { self.place = place }

    /// Whether there is such a file.
    public var exists: Bool { (try? ReadableFile(place)) != nil }

    /// Its first prompts.
    ///
    /// - Parameters:
    ///   - count: How many at most.
    ///   - tokenizer: The model's; an answer that is not one token of its is refused.
    ///   - prependsBOS: Whether each begins with BOS.
    /// - Throws: ``TaskError``.
    public func prompts(_ count: Int, _ tokenizer: Tokenizer, prependsBOS: Bool) throws(TaskError) -> [TaskPrompt] {
        let maker = try PromptMaker(tokenizer, seed: 0, prependsBOS: prependsBOS)
        let bytes: [UInt8]
        do {
            bytes = try ReadableFile.contents(of: place, limit: Self.limit)
        } catch {
            throw error.isRefusal ? .refused("\(error)") : .unreadable("\(error)")
        }
        var found: [TaskPrompt] = []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if found.count == count { break }
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
            found.append(try prompt(Array(line), number + 1, tokenizer, maker))
        }
        if found.isEmpty { throw .malformed(path: path, line: 1, reason: "is the end of the file") }
        return found
    }

    private func prompt(
        _ line: [UInt8], _ number: Int, _ tokenizer: Tokenizer, _ maker: PromptMaker
    ) throws(TaskError) -> TaskPrompt {
        let value: JSON
        do {
            value = try JSON(parsing: line)
        } catch {
            throw .malformed(path: path, line: number, reason: "is not JSON: \(error)")
        }
        func refusal(_ reason: String) -> TaskError { .malformed(path: path, line: number, reason: reason) }
        guard let text = value["prompt"]?.string else { throw refusal("has no text 'prompt'") }
        guard let answer = value["answer"]?.string else { throw refusal("has no text 'answer'") }
        let given = value["wrong"] ?? value["acting"]
        let wrong = given?.string.map { [$0] } ?? given?.array?.compactMap(\.string) ?? []
        guard !wrong.isEmpty else { throw refusal("has no 'wrong'") }
        guard given?.array.map({ $0.count == wrong.count }) ?? true else { throw refusal("has a 'wrong' that is no text") }
        guard !wrong.contains(answer) else { throw refusal("has its answer among 'wrong'") }
        guard !text.isEmpty else { throw refusal("has an empty prompt") }
        let tokens = maker.tokens(text)
        guard !tokens.isEmpty else { throw refusal("has an empty prompt") }
        var words: [TaskPrompt.Word] = []
        for text in wrong { words.append(try word(text, number, tokenizer)) }
        let object = try word(answer, number, tokenizer)
        return TaskPrompt(
            text: text, tokens: tokens, answer: object, wrong: words,
            places: TaskPrompt.places(tokens, object: object.token, others: words.map(\.token)), counterpart: nil)
    }

    private func word(_ text: String, _ line: Int, _ tokenizer: Tokenizer) throws(TaskError) -> TaskPrompt.Word {
        let tokens = tokenizer.encode(text)
        guard tokens.count == 1 else { throw .notOneToken(path: path, line: line, text: text, tokens: tokens.count) }
        return TaskPrompt.Word(tokens[0], text)
    }
}
