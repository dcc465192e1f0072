private import Checkpoints
public import GPT2

// Which heads copy a needle into the answer (specification 4.3; Wu et al., "Retrieval Head Mechanistically Explains Long-Context
// Factuality", 2404.15574):
//
// 1. The model answers token by token. A head has copied needle position j when it looks most at j of all positions while the token
//    that stands at j is the one that comes next.
// 2. Its score is the number of needle positions that it has copied in the whole answer, as a share of the right answer's length; the
//    right answer is the needle, or the part of it that the question asks for.
// 3. Generated: what comes next is the model's own most probable token, at most 50 of them. Teacher-forced: it is the right answer,
//    whatever the model would say, which needs no model that answers.

/// One answer, and what each head copied into it.
public struct RetrievalTrial: Sendable {
    private let prompt: NeedlePrompt
    private let H: Int, bos: Int32?
    private var decoder: Decoder
    /// What the model says next.
    private var next: Int32
    /// By head, layer by layer: where it looked most for what comes next.
    private var places: [Int]
    /// By head: which needle positions it has copied.
    private var copied: [Set<Int>]
    /// What was answered so far.
    public private(set) var answer: [Int32] = []

    /// Longest generated answer, in tokens.
    ///
    /// *Source:* specification 4.3.
    public static let longestAnswer = 50
    /// From which score on a head counts as a retrieval head.
    ///
    /// *Source:* Wu et al., section 2.
    public static let headThreshold = 0.1
    /// From which recall of the needle on a generated answer counts.
    ///
    /// *Source:* Wu et al., section 2: ROUGE above 50.
    public static let answerThreshold = 0.5

    /// Reads the prompt.
    ///
    /// - Throws: ``GPT2Error``.
    /// - Complexity: a forward pass.
    public init(_ model: GPT2Model, _ prompt: NeedlePrompt, bos: Int32?) throws {
        let c = model.configuration
        (self.prompt, self.bos, H) = (prompt, bos, c.n_heads)
        decoder = try Decoder(model, Array(prompt.tokens.dropLast()))
        places = Array(repeating: 0, count: c.n_layers * c.n_heads)
        copied = Array(repeating: [], count: c.n_layers * c.n_heads)
        next = 0
        guard let last = prompt.tokens.last else { return }
        try read(last)
    }

    /// Runs one more token through the model, and notes where its heads look.
    private mutating func read(_ token: Int32) throws(GPT2Error) {
        var found = places
        let heads = H
        let logits = try decoder.append(token) { layer, pattern in
            let T = pattern.count / heads
            for head in 0..<heads {
                var best = head * T
                for index in head * T..<(head + 1) * T where pattern[index] > pattern[best] { best = index }
                found[layer * heads + head] = best - head * T
            }
        }
        places = found
        next = Int32(logits.indices.max { logits[$0] < logits[$1] } ?? 0)
    }

    /// Takes the next token of an answer, after noting who copied it.
    private mutating func take(_ token: Int32) {
        for (head, place) in places.enumerated() where prompt.needle.contains(place) && prompt.tokens[place] == token {
            copied[head].insert(place)
        }
        answer.append(token)
    }

    /// Answers by itself, a few tokens at a time.
    ///
    /// - Parameters:
    ///   - count: How many more tokens at most.
    ///   - limit: How many the whole answer may have.
    /// - Returns: Whether there is more to come.
    /// - Throws: ``GPT2Error`` if the context is full.
    public mutating func generate(_ count: Int, limit: Int = longestAnswer) throws -> Bool {
        for _ in 0..<count {
            guard answer.count < limit, next != bos else { return false }
            let token = next
            take(token)
            // The last token's own successor is of no interest.
            guard answer.count < limit else { return false }
            try read(token)
        }
        return true
    }

    /// Is given the right answer.
    ///
    /// - Throws: ``GPT2Error`` if the context is full.
    public mutating func force() throws {
        for (number, token) in prompt.answer.enumerated() {
            take(token)
            if number + 1 < prompt.answer.count { try read(token) }
        }
    }

    /// By head, layer by layer: how many of the needle's positions it copied, as a share of the right answer's length.
    public var scores: [Double] { copied.map { Double($0.count) / Double(prompt.answer.count) } }
}
