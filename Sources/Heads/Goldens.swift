public import Checkpoints
public import Tensors

// What a model is known to compute, in a safetensors file:
//
// 1. `singular_values` [L, H, n]: the greatest singular values of W_Q·W_Kᵀ, folded and centred.
// 2. For each prompt i, `prompt.i.tokens` [T], `prompt.i.scores` [L·H, T(T + 1)/2] (rows up to the diagonal, one after the other),
//    `prompt.i.logit_tokens` [n] and `prompt.i.logits` [n] after the last token; its text is `prompt.i.text` of the metadata. Patterns
//    are the softmax of the scores, so they are not kept.
// 3. For each prompt with single looks, `look.i.tokens` [T] and `look.i.entries` [n, 5]: layer, head, destination, source, attention;
//    `look.i.text`.
// 4. What traces of a task's prompts come to, if that is known: see `TraceGoldens`.
// 5. The metadata names the `model` and the `source` of the numbers, and has `d_model`, `d_vocab` and `n_ctx`.

/// What a model is known to compute.
public struct Goldens: Sendable {
    /// A prompt with all of its scores.
    public struct Prompt: Sendable {
        /// The text.
        public let text: String
        /// [T].
        public let tokens: [Int32]
        /// [L·H, T(T + 1)/2].
        public var scores: [Float]
        /// [n] tokens, and their logits after the last one.
        public let logitTokens: [Int32]
        /// [n].
        public var logits: [Float]
    }

    /// A prompt of which some looks are known.
    public struct Look: Sendable {
        /// The text.
        public let text: String
        /// [T].
        public let tokens: [Int32]
        /// The looks.
        public var entries: [Entry]
    }

    /// How much of its attention a head gives to a position.
    public struct Entry: Sendable, Hashable {
        /// The head.
        public let place: HeadPlace
        /// The position that looks, and the one that is looked at.
        public let destination: Int, source: Int
        /// The share.
        public var attention: Float

        /// A look.
        public init(place: HeadPlace, destination: Int, source: Int, attention: Float) {
            (self.place, self.destination, self.source, self.attention) = (place, destination, source, attention)
        }
    }

    /// What the model is called, and where the numbers come from.
    public let model: String, source: String
    /// The shape of the model.
    public let n_layers: Int, n_heads: Int, d_model: Int, d_vocab: Int, n_ctx: Int
    /// [L·H][n] the greatest singular values, descending.
    public var singularValues: [[Float]]
    /// How many numbers a file has that has more than are read; nil for any other.
    private let excess: Double?
    /// The prompts with all scores.
    public var prompts: [Prompt]
    /// The prompts with single looks.
    public var looks: [Look]
    /// What traces of a task's prompts come to; nil where nothing is known.
    public var traces: TraceGoldens?

    /// Whether a model has the shape of the one that these are of.
    public func fit(_ c: GPT2Configuration) -> Bool {
        (n_layers, n_heads, d_model, d_vocab, n_ctx) == (c.n_layers, c.n_heads, c.d_model, c.d_vocab, c.n_ctx)
    }

    /// The shape in words.
    public var shape: String { "\(n_layers) layers of \(n_heads) heads, d_model \(d_model), d_vocab \(d_vocab), n_ctx \(n_ctx)" }
}

extension Goldens {
    /// The most numbers that a file may have; GPT-2 small's have 27,000.
    private static let mostNumbers = 16 << 20

    /// Reads a file.
    ///
    /// - Throws: `SafetensorsError`.
    public init(_ place: GuardedPath) throws(SafetensorsError) {
        let file = try SafetensorsFile(place)
        try self.init(file)
    }

    private init(_ file: borrowing SafetensorsFile) throws(SafetensorsError) {
        let metadata = file.header.metadata
        (model, source) = (metadata["model"] ?? "", metadata["source"] ?? "")
        (d_model, d_vocab, n_ctx) = (
            Int(metadata["d_model"] ?? "") ?? 0, Int(metadata["d_vocab"] ?? "") ?? 0, Int(metadata["n_ctx"] ?? "") ?? 0
        )
        (prompts, looks) = ([], [])
        let numbers = file.header.tensors.reduce(0.0) { $0 + Double($1.count) }
        guard numbers <= Double(Self.mostNumbers) else {
            // Nothing of such a file is read; what it claims stands in the flaw.
            (n_layers, n_heads, singularValues, excess, traces) = (0, 0, [], numbers, nil)
            return
        }
        let values = try file.tensor("singular_values"), extents = values.shape
        excess = nil
        traces = try TraceGoldens(file)
        (n_layers, n_heads) = extents.count == 3 && values.count > 0 ? (extents[0], extents[1]) : (0, 0)
        let count = extents.last ?? 0
        singularValues = (0..<n_layers * n_heads).map { Array(values.values[$0 * count..<($0 + 1) * count]) }
        while file["prompt.\(prompts.count).tokens"] != nil {
            let name = "prompt.\(prompts.count)"
            prompts.append(
                Prompt(
                    text: metadata["\(name).text"] ?? "", tokens: try Self.numbers(file, "\(name).tokens"),
                    scores: try file.tensor("\(name).scores").values,
                    logitTokens: try Self.numbers(file, "\(name).logit_tokens"),
                    logits: try file.tensor("\(name).logits").values))
        }
        while file["look.\(looks.count).tokens"] != nil {
            let name = "look.\(looks.count)", entries = try file.tensor("\(name).entries").values
            looks.append(
                Look(
                    text: metadata["\(name).text"] ?? "", tokens: try Self.numbers(file, "\(name).tokens"),
                    entries: stride(from: 0, to: entries.count - entries.count % 5, by: 5).map {
                        Entry(
                            place: HeadPlace(layer: Self.index(entries[$0]), head: Self.index(entries[$0 + 1])),
                            destination: Self.index(entries[$0 + 2]), source: Self.index(entries[$0 + 3]),
                            attention: entries[$0 + 4])
                    }))
        }
    }

    private static func numbers(_ file: borrowing SafetensorsFile, _ name: String) throws(SafetensorsError) -> [Int32] {
        try file.tensor(name).values.map { Int32(exactly: $0) ?? -1 }
    }

    /// A whole number that a file holds as a float; −1, which nothing has as its number, for any other.
    static func index(_ number: Float) -> Int { Int(exactly: number) ?? -1 }

    /// What does not belong together in these numbers; nil if all does.
    ///
    /// A file of somebody's own may hold anything; what passes here can be compared without a further look.
    public var flaw: String? {
        if let excess { return "it has \(excess) numbers, and at most \(Self.mostNumbers) are read" }
        if n_layers < 1 || n_heads < 1 || singularValues.first?.isEmpty ?? true { return "it has no singular values [L, H, n]" }
        for (number, prompt) in prompts.enumerated() {
            let T = prompt.tokens.count
            if T == 0 || T > n_ctx { return "prompt \(number) has \(T) tokens" }
            if prompt.scores.count != n_layers * n_heads * T * (T + 1) / 2 {
                return "prompt \(number) has \(prompt.scores.count) scores for \(T) tokens"
            }
            if prompt.logits.count != prompt.logitTokens.count { return "prompt \(number) has logits without tokens" }
            if !isKnown(prompt.tokens + prompt.logitTokens) { return "prompt \(number) has tokens outside of the vocabulary" }
        }
        for (number, look) in looks.enumerated() {
            let T = look.tokens.count
            if T == 0 || T > n_ctx || !isKnown(look.tokens) { return "look \(number) has no tokens, too many, or unknown ones" }
            let isPlace = { (entry: Entry) in
                (0..<n_layers).contains(entry.place.layer) && (0..<n_heads).contains(entry.place.head)
                    && (0..<T).contains(entry.destination) && (0...entry.destination).contains(entry.source)
            }
            if !look.entries.allSatisfy(isPlace) { return "look \(number) has an entry outside of the model or the text" }
        }
        return traces?.flaw(in: self)
    }

    private func isKnown(_ tokens: [Int32]) -> Bool { tokens.allSatisfy { $0 >= 0 && Int($0) < d_vocab } }
}
