private import Checkpoints
private import Circuits
public import GPT2
private import Kernels
private import Tensors

// Does this program compute with these weights what others have published of them?
//
// 1. The shape. Another shape is another model, and nothing is compared.
// 2. The singular values of each head's W_Q·W_Kᵀ. Where fewer than half of the heads have theirs, these are other weights of that
//    shape, and nothing more is compared: a wall of failures would say no more.
// 3. The tokens of each prompt's text; the scores, the patterns and the last logits of each prompt; single looks.
// 4. The traces of a task's prompts: differences of logits, which heads feed which at which token, how often, and how much (`TraceTally`).
//
// A missing key bias shows in the scores and the traces alone, for it shifts whole rows, which the softmax does not see; swapped heads show
// in all.

/// What is compared with the numbers that are known of a model.
public struct SelfTest: Sendable {
    let model: GPT2Model
    let goldens: Goldens
    /// What traces came to; nil before the first.
    var tally: TraceTally?
    private var comparisons: [Check.Name: Comparison]
    /// Heads that have their singular values, and heads that were looked at.
    private var recognised = 0, examined = 0
    /// Heads with another head's singular values.
    private var misplaced: [String] = []

    /// One thing that is compared, with what came of it.
    public struct Check: Sendable, Hashable {
        /// What is compared.
        public enum Name: String, Sendable, CaseIterable {
            /// The greatest singular values of each head, as shares of its greatest.
            case singular_values
            /// What each prompt's text is cut into; the deviation is the number of prompts cut otherwise.
            case tokens
            /// Every head's scores on each prompt, against their magnitude where it exceeds 1.
            case attention_scores
            /// Every head's patterns on each prompt.
            case attention_patterns
            /// The logits after each prompt.
            case last_logits
            /// Single looks.
            case single_looks
            /// The mean, the standard deviation and the positive share of the differences of logits over a task's prompts.
            case logit_differences
            /// How many traces have a link, and in how many prompts they begin, against the number of prompts.
            case trace_edges
            /// What each link contributes, mean over its traces, against its magnitude where it exceeds 1.
            case trace_contributions
        }

        /// What was compared.
        public let name: Name
        /// How many numbers were, and how many of them were off by more than the tolerance.
        public let count: Int, failures: Int
        /// The greatest deviation, and what is allowed.
        public let deviation: Double, tolerance: Double
        /// Where the greatest deviation is.
        public let place: String

        /// Whether all numbers were right.
        public var isPassed: Bool { failures == 0 }
    }

    /// What the whole comes to.
    public enum Verdict: Sendable, Hashable {
        /// Every number is right.
        case passed
        /// The model is the one that is known, and some numbers are wrong.
        case failed
        /// It is another model, for this reason.
        case otherModel(String)
    }

    /// A test of a model that has the shape of the known one.
    ///
    /// - Precondition: the numbers have no flaw and fit.
    public init(_ model: GPT2Model, _ goldens: Goldens) {
        precondition(goldens.fit(model.configuration) && goldens.flaw == nil, "numbers of another model: \(goldens.shape)")
        (self.model, self.goldens) = (model, goldens)
        comparisons = Dictionary(uniqueKeysWithValues: Check.Name.allCases.map { ($0, Comparison(tolerance: $0.tolerance)) })
    }

    /// Compares the singular values of a layer's heads.
    ///
    /// - Throws: ``DecompositionError``, ``GPT2Error``.
    public mutating func compareSingularValues(layer: Int) throws {
        let found = try LayerDecompositions(model, layer: layer, form: .plain)
        for (head, decomposition) in found.heads.enumerated() {
            let place = HeadPlace(layer: layer, head: head), index = layer * goldens.n_heads + head
            let known = goldens.singularValues[index], worst = Self.deviation(decomposition.s, from: known)
            for (k, value) in known.enumerated() {
                let own = k < decomposition.s.count ? decomposition.s[k] : 0
                let share = known[0] > 0 ? Double(own - value) / Double(known[0]) : Double(own - value)
                note(.singular_values, share) { "head \(place), value \(k)" }
            }
            examined += 1
            if worst <= Check.Name.singular_values.tolerance {
                recognised += 1
            } else if let other = goldens.singularValues.indices.first(where: { other in
                Self.deviation(decomposition.s, from: goldens.singularValues[other]) <= Check.Name.singular_values.tolerance
            }) {
                misplaced.append("\(place) has those of \(other / goldens.n_heads).\(other % goldens.n_heads)")
            }
        }
    }

    /// Whether enough heads have their singular values for these to be the known weights.
    public var isKnownModel: Bool { 2 * recognised >= examined }

    /// Compares what the texts are cut into.
    ///
    /// - Parameter encode: The model's tokenizer; without BOS, which the comparison puts in front where the known tokens have it.
    public mutating func compareTokens(bos: Int32?, encode: (String) -> [Int32]) {
        for (text, tokens) in goldens.prompts.map({ ($0.text, $0.tokens) }) + goldens.looks.map({ ($0.text, $0.tokens) })
        where !text.isEmpty {
            let found = encode(text), hasBOS = bos != nil && tokens.first == bos
            note(.tokens, (hasBOS ? [bos].compactMap { $0 } : []) + found == tokens ? 0 : 1) { "'\(text)'" }
        }
    }

    /// Compares a prompt's scores, patterns and last logits.
    ///
    /// - Throws: ``GPT2Error``.
    public mutating func comparePrompt(_ number: Int) throws {
        let prompt = goldens.prompts[number], T = prompt.tokens.count, n_heads = goldens.n_heads
        let last = ActivationName(.ln_final_normalized)
        let names = (0..<goldens.n_layers).flatMap { [ActivationName(.attn_scores, $0), ActivationName(.pattern, $0)] }
        let found = try model.forward(TokenBatch(prompt.tokens), capture: Set(names + [last]))
        var at = 0
        for head in 0..<goldens.n_layers * n_heads {
            let place = HeadPlace(layer: head / n_heads, head: head % n_heads)
            let scores = found[.attn_scores, place.layer].values, pattern = found[.pattern, place.layer].values
            for i in 0..<T {
                var known = Array(prompt.scores[at..<at + i + 1])
                at += i + 1
                let row = (place.head * T + i) * T
                for j in 0...i {
                    let deviation = Double(scores[row + j] - known[j]) / Double(max(1, abs(known[j])))
                    note(.attention_scores, deviation) { "head \(place), prompt \(number), position \(i) to \(j)" }
                }
                var span = known.mutableSpan
                softmax(&span)
                for j in 0...i {
                    note(.attention_patterns, Double(pattern[row + j] - known[j])) {
                        "head \(place), prompt \(number), position \(i) to \(j)"
                    }
                }
            }
        }
        let D = goldens.d_model
        var logits = [Float](scratch: goldens.d_vocab)
        var span = logits.mutableSpan
        model.unembed(found[last].values.span.extracting((T - 1) * D..<T * D), into: &span)
        for (token, known) in zip(prompt.logitTokens, prompt.logits) {
            note(.last_logits, Double(logits[Int(token)] - known)) { "prompt \(number), token \(token)" }
        }
    }

    /// Compares the looks that are known of a prompt.
    ///
    /// - Throws: ``GPT2Error``.
    public mutating func compareLook(_ number: Int) throws {
        let look = goldens.looks[number], T = look.tokens.count
        let names = Set(look.entries.map { ActivationName(.pattern, $0.place.layer) })
        let found = try model.forward(TokenBatch(look.tokens), capture: names)
        for entry in look.entries {
            let pattern = found[.pattern, entry.place.layer].values
            let share = pattern[(entry.place.head * T + entry.destination) * T + entry.source]
            note(.single_looks, Double(share - entry.attention)) {
                "head \(entry.place), position \(entry.destination) to \(entry.source)"
            }
        }
    }

    /// How many prompts there are with all scores, and with single looks.
    public var prompts: Int { goldens.prompts.count }
    /// See ``prompts``.
    public var looks: Int { goldens.looks.count }

    /// What was compared so far.
    public var checks: [Check] {
        Check.Name.allCases.compactMap { name in
            guard let found = comparisons[name], found.count > 0 else { return nil }
            var place = found.place
            if name == .singular_values, !misplaced.isEmpty { place += "; " + misplaced.prefix(4).joined(separator: ", ") }
            return Check(
                name: name, count: found.count, failures: found.failures, deviation: found.worst, tolerance: found.tolerance,
                place: place)
        }
    }

    /// What they come to.
    public var verdict: Verdict {
        guard isKnownModel else {
            return .otherModel(
                "it has the shape of \(goldens.model), but of its \(examined) heads only \(recognised) have the singular values that are "
                    + "known: these are other weights")
        }
        return checks.allSatisfy(\.isPassed) ? .passed : .failed
    }

    mutating func note(_ name: Check.Name, _ deviation: Double, _ place: () -> String) {
        comparisons[name]?.note(deviation, place)
    }

    /// The greatest deviation of singular values, as a share of the greatest that is known.
    private static func deviation(_ found: [Float], from known: [Float]) -> Double {
        let greatest = Double(known.first ?? 0)
        let worst = known.indices.map { abs(Double(($0 < found.count ? found[$0] : 0) - known[$0])) }.max() ?? 0
        return greatest > 0 ? worst / greatest : worst
    }
}

/// Numbers beside those that are known.
private struct Comparison: Sendable {
    let tolerance: Double
    var count = 0, failures = 0, worst = 0.0, place = ""

    init(tolerance: Double) { self.tolerance = tolerance }

    mutating func note(_ deviation: Double, _ where: () -> String) {
        let size = deviation.isNaN ? Double.infinity : abs(deviation)
        count += 1
        if size > tolerance { failures += 1 }
        if size > worst { (worst, place) = (size, `where`()) }
    }
}

extension SelfTest.Check.Name {
    /// What a number may be off by.
    public var tolerance: Double {
        switch self {
        // Folding and decomposing in single precision stays below 1e-5; what is published has seven digits.
        case .singular_values: 5e-4
        case .tokens: 0
        // Two orders of summation differ by up to 1e-4 after twelve layers; what is published has five decimals.
        case .attention_scores: 2e-3
        case .attention_patterns, .single_looks: 1e-3
        // GPT-2's logits lie about −150, where single precision has five decimals; what is published has three.
        case .last_logits: 0.02
        // Two logits of one pass share most of their rounding; what is published has three decimals.
        case .logit_differences: 5e-3
        // A prompt whose attention is a half to the last bit may fall on either side: one in 200.
        case .trace_edges: 5e-3
        // As for scores, of which contributions are parts.
        case .trace_contributions: 2e-3
        }
    }

    /// What is compared, in words.
    public var summary: String {
        switch self {
        case .singular_values: "singular values of each head's W_Q·W_Kᵀ, as shares of its greatest"
        case .tokens: "what each text is cut into"
        case .attention_scores: "scores of every head on each prompt, relative where they exceed 1"
        case .attention_patterns: "patterns of every head on each prompt"
        case .last_logits: "logits after each prompt"
        case .single_looks: "single looks"
        case .logit_differences: "mean, standard deviation and positive share of a task's logit differences"
        case .trace_edges: "how often traces of a task begin, and link two heads at a token, against the number of its prompts"
        case .trace_contributions: "what each link of the traces contributes, relative where it exceeds 1"
        }
    }
}
