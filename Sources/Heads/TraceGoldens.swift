internal import Checkpoints
public import Circuits
private import Tensors

// What traces of a task's prompts are known to come to, in the file that `Goldens` describes:
//
// 1. `trace.difference` [4]: the number of prompts; of their logit differences the mean, the standard deviation (over n − 1) and the share
//    that is positive.
// 2. `trace.roots` [n, 5]: layer, head, the places of the destination and of the source, and the number of prompts in which it fires.
// 3. `trace.edges` [n, 8]: layer and head that write, layer and head that read, the place, 0 where it is read at the destination and 1 at
//    the source, the number of traces that have it, and the contribution: summed within a trace, mean over those traces. Each root of each
//    prompt has a trace of its own, so there may be more of them than prompts, as there are among the published numbers.
// 4. Metadata: `trace.places`, names separated by spaces; where two are one token the first names it. `trace.bos`: `true` if the prompts
//    begin with BOS. `trace.prompts`: what the prompts are.
// 5. The prompts, where they may be passed on: `trace.tokens` [n, T], −1 after the end; `trace.answers` [n, 2], right and wrong;
//    `trace.positions` [n, places], −1 for a place that a prompt has not.
//
// Traces are those of 2024 (specification 2.2 to 2.4, `score_sum` with `compat2024`), and nothing is known of tokens without a name.

/// What traces of a task's prompts are known to come to.
public struct TraceGoldens: Sendable {
    /// A prompt that is traced.
    public struct Prompt: Sendable {
        /// [T].
        public let tokens: [Int32]
        /// What should come next, and what should not.
        public let right: Int32, wrong: Int32
        /// By place; −1 for one that it has not.
        public let positions: [Int]

        /// A prompt.
        public init(tokens: [Int32], right: Int32, wrong: Int32, positions: [Int]) {
            (self.tokens, self.right, self.wrong, self.positions) = (tokens, right, wrong, positions)
        }
    }

    /// A look from which traces begin.
    public struct Root: Sendable, Hashable {
        /// The head.
        public let place: HeadPlace
        /// By place, what looks and what is looked at.
        public let destination: Int, source: Int
        /// In how many prompts it fires.
        public var prompts: Int
    }

    /// What writes, what reads it, and where.
    public struct Link: Sendable, Hashable {
        /// The heads.
        public let writer: HeadPlace, reader: HeadPlace
        /// By place, the token.
        public let place: Int
        /// At which of the reader's tokens it is.
        public let side: LookSide

        /// A link.
        public init(writer: HeadPlace, reader: HeadPlace, place: Int, side: LookSide) {
            (self.writer, self.reader, self.place, self.side) = (writer, reader, place, side)
        }
    }

    /// How often there is a link, and what it contributes, mean over those traces.
    public struct Edge: Sendable, Hashable {
        /// The link.
        public let link: Link
        /// In how many traces it is.
        public var traces: Int
        /// What it contributes.
        public var contribution: Double
    }

    /// Logit differences over prompts.
    public struct Difference: Sendable, Hashable {
        /// How many prompts there are.
        public let prompts: Int
        /// Their mean and standard deviation, and the share that is positive.
        public var mean: Double, deviation: Double, positive: Double
    }

    /// Of how many prompts numbers may be.
    static let mostPrompts = 1024

    /// What the places are called; an earlier one names a token that has two.
    public let places: [String]
    /// Whether the prompts begin with BOS.
    public let prependsBOS: Bool
    /// What the prompts are.
    public let description: String
    /// The looks from which traces begin.
    public var roots: [Root]
    /// The links.
    public var edges: [Edge]
    /// The logit differences.
    public var difference: Difference
    /// The prompts; empty where they are published without their texts.
    public var prompts: [Prompt]

    /// Those of a file; nil if it has none.
    ///
    /// - Throws: `SafetensorsError`.
    init?(_ file: borrowing SafetensorsFile) throws(SafetensorsError) {
        guard file["trace.edges"] != nil else { return nil }
        let metadata = file.header.metadata
        places = (metadata["trace.places"] ?? "").split(separator: " ").map(String.init)
        (prependsBOS, description) = (metadata["trace.bos"] == "true", metadata["trace.prompts"] ?? "")
        let figures = try file.tensor("trace.difference").values
        difference = Difference(
            prompts: figures.first.flatMap { Int(exactly: $0) } ?? -1, mean: Double(figures.dropFirst().first ?? .nan),
            deviation: Double(figures.dropFirst(2).first ?? .nan), positive: Double(figures.dropFirst(3).first ?? .nan))
        roots = Self.rows(try file.tensor("trace.roots"), width: 5).map { row in
            Root(
                place: HeadPlace(layer: Goldens.index(row[0]), head: Goldens.index(row[1])), destination: Goldens.index(row[2]),
                source: Goldens.index(row[3]), prompts: Goldens.index(row[4]))
        }
        edges = Self.rows(try file.tensor("trace.edges"), width: 8).map { row in
            let link = Link(
                writer: HeadPlace(layer: Goldens.index(row[0]), head: Goldens.index(row[1])),
                reader: HeadPlace(layer: Goldens.index(row[2]), head: Goldens.index(row[3])), place: Goldens.index(row[4]),
                side: row[5] == 0 ? .destination : .source)
            return Edge(link: link, traces: Goldens.index(row[6]), contribution: Double(row[7]))
        }
        prompts = try Self.prompts(file, places: places.count)
    }

    private static func prompts(_ file: borrowing SafetensorsFile, places: Int) throws(SafetensorsError) -> [Prompt] {
        guard file["trace.tokens"] != nil, places > 0 else { return [] }
        let tokens = try file.tensor("trace.tokens"), answers = rows(try file.tensor("trace.answers"), width: 2)
        let positions = rows(try file.tensor("trace.positions"), width: places)
        let texts = rows(tokens, width: max(tokens.shape.last ?? 1, 1))
        return zip(texts, zip(answers, positions)).map { text, rest in
            Prompt(
                tokens: text.prefix { $0 != -1 }.map { Int32(exactly: $0) ?? -1 }, right: Int32(exactly: rest.0[0]) ?? -1,
                wrong: Int32(exactly: rest.0[1]) ?? -1, positions: rest.1.map(Goldens.index))
        }
    }

    /// [n][width] the whole rows of a tensor.
    private static func rows(_ tensor: Tensor, width: Int) -> [[Float]] {
        stride(from: 0, to: tensor.values.count - tensor.values.count % width, by: width).map {
            Array(tensor.values[$0..<$0 + width])
        }
    }

    /// What does not belong together; nil if all does.
    ///
    /// - Parameter model: The numbers of which these are a part.
    func flaw(in model: Goldens) -> String? {
        let isHead = { (head: HeadPlace) in
            (0..<model.n_layers).contains(head.layer) && (0..<model.n_heads).contains(head.head)
        }
        let count = difference.prompts
        if !(2...Self.mostPrompts).contains(count) {
            return "the logit differences are of \(count) prompts, not of 2 to \(Self.mostPrompts)"
        }
        if ![difference.mean, difference.deviation, difference.positive].allSatisfy(\.isFinite) {
            return "the logit differences are no numbers"
        }
        for root in roots {
            guard isHead(root.place), places.indices.contains(root.destination), places.indices.contains(root.source),
                (0...count).contains(root.prompts)
            else { return "a trace begins outside of the model or its places" }
        }
        for edge in edges {
            guard isHead(edge.link.writer), isHead(edge.link.reader), edge.link.writer.layer < edge.link.reader.layer,
                places.indices.contains(edge.link.place), (1...max(1, count * roots.count)).contains(edge.traces)
            else { return "an edge \(edge.link.writer) to \(edge.link.reader) is outside of the model, its places or its traces" }
        }
        if Set(edges.map(\.link)).count < edges.count { return "an edge stands twice" }
        if !prompts.isEmpty, prompts.count != count { return "\(prompts.count) traced prompts, and numbers of \(count)" }
        for (number, prompt) in prompts.enumerated() {
            let T = prompt.tokens.count
            if T == 0 || T > min(model.n_ctx, PromptPass.mostTokens) { return "traced prompt \(number) has \(T) tokens" }
            let known = (prompt.tokens + [prompt.right, prompt.wrong]).allSatisfy { $0 >= 0 && Int($0) < model.d_vocab }
            let inside = prompt.positions.allSatisfy { (-1..<T).contains($0) }
            if !known || !inside {
                return "traced prompt \(number) has tokens outside of the vocabulary, or places outside of it"
            }
        }
        return nil
    }
}
