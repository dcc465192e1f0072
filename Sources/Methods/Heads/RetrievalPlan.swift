import API
import Artifacts
import Checkpoints
import GPT2
import Heads
import JSON
import Tensors
import Tokenizer

/// Needles in haystacks, ready to be asked for.
struct RetrievalPlan: Sendable {
    /// The texts.
    let needle: String, question: String, answer: String
    /// The prompts, length by length and depth by depth.
    let prompts: [NeedlePrompt]
    /// What ends an answer; nil for nothing.
    let end: Int32?
    /// How many tokens an answer may have.
    let longestAnswer: Int

    /// What is hidden in texts of the embedded model's kind, which that model has learnt to repeat.
    private static let embedded = (
        needle: " They read aloud: island mirror winter marble shadow meadow.", question: " Again:",
        answer: " island mirror winter marble shadow meadow."
    )
    /// What is hidden in any other text.
    ///
    /// *Source:* the needle of Kamradt's "Needle In A Haystack", which Wu et al. use; as a completion, since GPT-2 follows no questions.
    private static let usual = (
        needle: "\nThe best thing to do in San Francisco is eat a sandwich and sit in Dolores Park on a sunny day.\n",
        question: "\nThe best thing to do in San Francisco is",
        answer: " eat a sandwich and sit in Dolores Park on a sunny day."
    )

    /// Makes the prompts of a call.
    ///
    /// - Throws: `text_too_long`, what ``Corpus/contexts(_:T:limit:)`` throws, and `ParameterError`s for lengths and depths.
    init(_ params: HeadsRetrieval.Params, _ model: LoadedModel, _ corpus: Corpus) throws {
        let usual = model.isEmbedded ? Self.embedded : Self.usual
        needle = params.needle ?? usual.needle
        question = params.question ?? (params.needle == nil ? usual.question : "")
        answer = params.answer ?? (params.needle == nil ? usual.answer : needle)
        let encode = { (text: String) in model.tokenizer.encode(text) }
        let (hidden, asked, wanted) = (encode(needle), encode(question), encode(answer))
        guard !wanted.isEmpty else { throw APIError(.textEmpty, "the answer has no tokens") }
        let bos = try model.bos(wanted: params.prepend_bos), n_ctx = model.gpt2.configuration.n_ctx
        longestAnswer = params.answer_tokens
        let reserved = max(wanted.count, params.variant == .teacher_forced ? 0 : longestAnswer)
        let least = hidden.count + asked.count + (bos == nil ? 0 : 1) + 1, room = n_ctx - reserved
        guard least <= room else {
            throw APIError(
                .textTooLong,
                "needle and question take \(least) tokens and the answer \(reserved); '\(model.name)' reads at most \(n_ctx)",
                facts: ["tokens": .integer(least + reserved), "n_ctx": .integer(n_ctx)])
        }
        let lengths = params.lengths ?? (least < room / 2 ? [room / 2, room] : [room])
        for length in lengths where !(least...room).contains(length) {
            throw ParameterError(
                "lengths",
                "\(length) is out of range: needle and question take \(least) tokens, and the answer leaves \(room) of \(n_ctx)")
        }
        let fill = (lengths.max() ?? room) - hidden.count - asked.count
        let haystack = try Self.haystack(corpus, model, tokens: fill, n_ctx: n_ctx)
        prompts = lengths.flatMap { length in
            params.depths.map {
                haystack.hiding(hidden, question: asked, answer: wanted, length: length, depth: $0, bos: bos)
            }
        }
        end = model.tokenizer.bos
    }

    /// At least so many tokens of a text, without what separates its documents.
    private static func haystack(_ corpus: Corpus, _ model: LoadedModel, tokens wanted: Int, n_ctx: Int) throws -> Haystack {
        let bos = model.tokenizer.bos
        // A context may be made of many short documents, each with a separator: twice as many are enough for documents of two tokens.
        let needed = 2 * (2 * wanted / n_ctx + 1)
        let contexts = try corpus.contexts(model, T: n_ctx, limit: needed)
        let tokens = try contexts.tokens().filter { $0 != bos }
        guard tokens.count >= wanted else {
            throw APIError(
                .textEmpty, "corpus '\(corpus.name)' has \(tokens.count) tokens; the haystack needs \(wanted)",
                facts: ["corpus": .string(corpus.name), "tokens": .integer(tokens.count), "needed": .integer(wanted)])
        }
        let ends = tokens.map { token in
            let piece = model.piece(token)
            return piece.contains("\n") || [".", "!", "?"].contains { piece.hasSuffix($0) }
        }
        return Haystack(tokens, endsSentence: ends)
    }
}
