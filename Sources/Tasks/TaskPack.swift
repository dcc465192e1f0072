public import Tokenizer
import Tensors

/// A task with prompts made for the purpose, whatever the model.
///
/// *Source:* specification 4.6; the templates and lists are our own.
public enum TaskPack: String, Sendable, CaseIterable {
    /// Two people meet, one gives something to the other: who receives it?
    case ioi
    /// Three coloured things, one is asked about: its colour, after two questions answered.
    case colored_objects

    /// The task in one sentence.
    public var summary: String {
        switch self {
        case .ioi: "Two people meet and one of them gives something to: the other one is right, the giver wrong."
        case .colored_objects:
            "Three things with their colours, one asked about, after two such questions with answers: its colour is right, the other two wrong."
        }
    }

    /// Makes prompts.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - seed: What their choice follows from.
    ///   - tokenizer: The model's; answers are words that are one token of its.
    ///   - prependsBOS: Whether each begins with BOS.
    /// - Throws: ``TaskError/tooFewWords(kind:found:of:needed:)``, ``TaskError/noBOS``.
    public func prompts(_ count: Int, seed: UInt64, _ tokenizer: Tokenizer, prependsBOS: Bool) throws(TaskError) -> [TaskPrompt] {
        var maker = try PromptMaker(tokenizer, seed: seed, prependsBOS: prependsBOS)
        switch self {
        case .ioi:
            let task = try IndirectObjects(tokenizer)
            return (0..<count).map { _ in task.prompt(&maker) }
        case .colored_objects:
            let task = try ColoredObjects(tokenizer)
            return (0..<count).map { _ in task.prompt(&maker) }
        }
    }
}

/// What makes prompts from texts: a tokenizer, and dice.
struct PromptMaker {
    private let tokenizer: Tokenizer
    private let bos: Int32?
    private var generator: RandomGenerator

    init(_ tokenizer: Tokenizer, seed: UInt64, prependsBOS: Bool) throws(TaskError) {
        self.tokenizer = tokenizer
        generator = RandomGenerator(seed: seed)
        bos = prependsBOS ? tokenizer.bos : nil
        if prependsBOS, bos == nil { throw .noBOS }
    }

    /// The tokens of a text.
    func tokens(_ text: String) -> [Int32] { (bos.map { [$0] } ?? []) + tokenizer.encode(text) }

    /// `count` different elements, in any order.
    mutating func choose<Element>(_ count: Int, of elements: [Element]) -> [Element] {
        generator.permutation(elements.count).prefix(count).map { elements[$0] }
    }

    /// One element.
    mutating func choose<Element>(of elements: [Element]) -> Element { elements[Int(generator.next() % UInt64(elements.count))] }

    /// Heads or tails.
    mutating func flip() -> Bool { generator.next() >> 63 == 1 }
}

extension Tokenizer {
    /// Those words that are one token with a space before them.
    ///
    /// - Throws: ``TaskError/tooFewWords(kind:found:of:needed:)``.
    func words(_ words: [String], _ kind: String, atLeast needed: Int) throws(TaskError) -> [TaskPrompt.Word] {
        let found = words.compactMap { word in id(ofText: " " + word).map { TaskPrompt.Word($0, " " + word) } }
        guard found.count >= needed else {
            throw .tooFewWords(kind: kind, found: found.count, of: words.count, needed: needed)
        }
        return found
    }
}
