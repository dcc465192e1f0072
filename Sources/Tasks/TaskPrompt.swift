/// A prompt whose next token is known, with what it should not be.
public struct TaskPrompt: Sendable, Hashable {
    /// A token with its text.
    public struct Word: Sendable, Hashable {
        /// The token.
        public let token: Int32
        /// Its text, with the space that belongs to it.
        public let text: String

        /// A word.
        public init(_ token: Int32, _ text: String) { (self.token, self.text) = (token, text) }
    }

    /// A place that the task speaks of, such as `S2`.
    public struct Place: Sendable, Hashable {
        /// What it is called.
        public let name: String
        /// The position, BOS counted.
        public let position: Int
    }

    /// Where an indirect object and the subject stand in a prompt: `IO`, `S1` and `S2` for the subject's first and last place, `S1+1` for the
    /// token after the first, and `END`, in the order of the prompt; those that it has not are left out.
    ///
    /// - Parameters:
    ///   - tokens: [T].
    ///   - object: What should come next.
    ///   - others: What would be wrong; the subject is the one that stands last.
    public static func places(_ tokens: [Int32], object: Int32, others: [Int32]) -> [Place] {
        var places: [Place] = []
        if let IO = tokens.firstIndex(of: object) { places.append(Place(name: "IO", position: IO)) }
        if let last = tokens.lastIndex(where: others.contains), let first = tokens.firstIndex(of: tokens[last]) {
            // A name at the very beginning has no space, and is another token: then the subject is known by its last place only.
            if first < last { places += [Place(name: "S1", position: first), Place(name: "S1+1", position: first + 1)] }
            places.append(Place(name: "S2", position: last))
        }
        places.append(Place(name: "END", position: tokens.count - 1))
        return places.sorted { $0.position < $1.position }
    }

    /// The same prompt with one word changed, so that another answer is right.
    public struct Counterpart: Sendable, Hashable {
        /// Its text.
        public let text: String
        /// What is right there.
        public let answer: String
    }

    /// The text.
    public let text: String
    /// [T] its tokens, BOS included where it was asked for.
    public let tokens: [Int32]
    /// What should come next.
    public let answer: Word
    /// What would be wrong; at least one.
    public let wrong: [Word]
    /// Where the words stand that the task is about, in the order of the prompt; END is the last token.
    public let places: [Place]
    /// The minimal pair, if the task has one.
    public let counterpart: Counterpart?
}

/// Why a task has no prompts for a model.
public enum TaskError: Error, Hashable, CustomStringConvertible {
    /// Of the words that prompts are made of, too few are one token each.
    case tooFewWords(kind: String, found: Int, of: Int, needed: Int)
    /// The vocabulary has no token for the beginning of a text.
    case noBOS
    /// The file cannot be read.
    case unreadable(String)
    /// The file's path leads where its namer may not go, or to something that is no regular file.
    case refused(String)
    /// A line of the file is no prompt.
    case malformed(path: String, line: Int, reason: String)
    /// An answer of the file is not one token of the model.
    case notOneToken(path: String, line: Int, text: String, tokens: Int)

    /// One sentence: what is wrong, and what would be right.
    public var description: String {
        switch self {
        case .tooFewWords(let kind, let found, let count, let needed):
            "of the task's \(count) \(kind), \(found) are one token of this model's; prompts need \(needed)"
        case .noBOS: "the vocabulary has no BOS; pass prepend_bos: false"
        case .unreadable(let reason), .refused(let reason): reason
        case .malformed(let path, let line, let reason):
            "line \(line) of \(path) \(reason); expected {\"prompt\": text, \"answer\": text, \"wrong\": [text, ...]}"
        case .notOneToken(let path, let line, let text, let tokens):
            "line \(line) of \(path): '\(text)' is \(tokens) tokens of this model's, and an answer is one (with its space, as in ' Mary')"
        }
    }
}
