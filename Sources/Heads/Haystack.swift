// A needle in a haystack (specification 4.3):
//
// 1. The haystack's first tokens are cut at the depth asked for, moved back to the end of a sentence where there is one.
// 2. The needle goes in there, the question behind everything, and BOS in front.

/// A text in which sentences can be hidden.
public struct Haystack: Sendable {
    /// [N] the tokens, without BOS.
    public let tokens: [Int32]
    /// [N] whether a sentence ends with the token.
    public let endsSentence: [Bool]

    /// A text.
    ///
    /// - Precondition: as many flags as tokens.
    public init(_ tokens: [Int32], endsSentence: [Bool]) {
        precondition(tokens.count == endsSentence.count, "\(endsSentence.count) ends for \(tokens.count) tokens")
        (self.tokens, self.endsSentence) = (tokens, endsSentence)
    }

    /// The text with a needle in it and a question behind.
    ///
    /// - Parameters:
    ///   - needle: [n] what is hidden; at least one token.
    ///   - question: What stands at the end; may be empty.
    ///   - answer: [n] what should follow; at least one token.
    ///   - length: Of the whole prompt, in tokens.
    ///   - depth: Where the needle stands, 0 for the beginning, 1 for the end of the haystack.
    ///   - bos: What stands at position 0; nil for nothing.
    /// - Precondition: the haystack fills what is left, which is not negative.
    public func hiding(
        _ needle: [Int32], question: [Int32], answer: [Int32], length: Int, depth: Double, bos: Int32?
    ) -> NeedlePrompt {
        let fill = length - needle.count - question.count - (bos == nil ? 0 : 1)
        precondition(fill >= 0 && fill <= tokens.count, "\(fill) of \(tokens.count) tokens around a needle")
        var cut = Int((depth * Double(fill)).rounded())
        if cut < fill, let end = (0..<cut).last(where: { endsSentence[$0] }) { cut = end + 1 }
        let before = (bos.map { [$0] } ?? []) + tokens[..<cut]
        return NeedlePrompt(
            tokens: before + needle + tokens[cut..<fill] + question, needle: before.count..<before.count + needle.count,
            answer: answer, depth: depth)
    }
}

/// A prompt that holds a needle.
public struct NeedlePrompt: Sendable, Hashable {
    /// [T] the prompt.
    public let tokens: [Int32]
    /// Where the needle stands.
    public let needle: Range<Int>
    /// [n] what should follow: the needle, or a part of it.
    public let answer: [Int32]
    /// How deep the needle was to stand.
    public let depth: Double

    /// A prompt.
    ///
    /// - Precondition: the needle lies within the prompt, and there is an answer.
    public init(tokens: [Int32], needle: Range<Int>, answer: [Int32], depth: Double = 0) {
        precondition(
            !answer.isEmpty && needle.lowerBound >= 0 && needle.upperBound <= tokens.count,
            "a needle at \(needle) of \(tokens.count) tokens, an answer of \(answer.count)")
        (self.tokens, self.needle, self.answer, self.depth) = (tokens, needle, answer, depth)
    }
}

/// How much of a text another one repeats, in words.
public enum WordRecall {
    /// ROUGE-1 recall: the share of the first text's words, each as often as it stands there, that stand in the second.
    ///
    /// Words are runs of letters and digits, in lower case; nothing is stemmed.
    /// - Returns: 0 if the first text has no word.
    /// *Source:* Lin, "ROUGE" (2004), with n = 1.
    public static func recall(of wanted: String, in found: String) -> Double {
        let wanted = words(wanted)
        if wanted.isEmpty { return 0 }
        var left: [String: Int] = [:]
        for word in words(found) { left[word, default: 0] += 1 }
        var hits = 0
        for word in wanted where left[word, default: 0] > 0 {
            left[word, default: 0] -= 1
            hits += 1
        }
        return Double(hits) / Double(wanted.count)
    }

    private static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }
}
