public import Dictionaries
public import GPT2
private import Kernels
public import Tensors

// Where a map's pairs and a dictionary's features act over a text (specification 1.8):
//
// 1. Contexts go through the model up to the layer's pattern, batch by batch, and both sides are encoded.
// 2. Each sequence's active features are sorted by feature; the query features are cut into shares with about as many pairs each.
// 3. The shares are walked on all threads: a share's pairs are its own. Which share has a pair depends on the map alone, and each pair
//    sees the sequences in their order: the result is the same whatever the threads.

/// The examples of all pairs of a map, and of all features of both sides, as a text is walked.
public struct ExampleWalk: Sendable {
    /// Tokens seen.
    public private(set) var tokens = 0
    /// Contexts seen.
    public private(set) var contexts = 0
    private var shares: [PairTallies]
    private var sides: [SideTallies]
    private let T: Int, n_heads: Int

    /// The shares into which pairs are cut, so that threads find work of about equal size.
    private static let shareCount = 32

    /// Nothing seen yet.
    ///
    /// - Parameters:
    ///   - map: The map; only pairs with a mask above 0 are followed.
    ///   - T: The length of a context, at most 65,536.
    ///   - limits: How much is kept of each.
    ///   - seed: Of the samples.
    public init(_ map: FeatureMap, T: Int, limits: ExampleLimits = ExampleLimits(), seed: UInt64) {
        precondition(T > 0 && T <= Int(UInt16.max) + 1, "contexts of \(T) tokens")
        let map = map.pruned()
        (self.T, n_heads) = (T, map.n_heads)
        shares = Self.cut(map.support).map { PairTallies(map, features: $0, T: T, limits: limits, seed: seed) }
        sides = [
            SideTallies(d_sae: map.support.d_sae_query, limits: limits, seed: seed, side: 0),
            SideTallies(d_sae: map.support.d_sae_key, limits: limits, seed: seed, side: 1),
        ]
    }

    /// Ranges of query features with about equal numbers of pairs.
    private static func cut(_ support: Support) -> [Range<Int>] {
        var ranges: [Range<Int>] = [], first = 0
        for share in 1...shareCount {
            let enough = support.count * share / shareCount
            var end = first
            while end < support.d_sae_query, share == shareCount || support.offsets[end] < enough { end += 1 }
            if end > first { ranges.append(first..<end) }
            first = end
        }
        return ranges
    }

    /// Runs contexts through the model and takes in what is active.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - dictionary: The map's.
    ///   - layer: The dictionary's layer.
    ///   - tokens: [B, T] contexts, numbered on from those seen before.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: one forward pass up to the layer; one exponential for each active place and head of each pair.
    public mutating func add(_ model: GPT2Model, _ dictionary: TranscoderPair, layer: Int, tokens: [Int32]) throws {
        let x = ActivationName(.ln1_x, layer), pattern = ActivationName(.pattern, layer)
        let found = try model.forward(TokenBatch(tokens, B: tokens.count / T, T: T), capture: [x, pattern])
        let values = found[x].values
        add(
            tokens: tokens, pattern: found[pattern].values, query: dictionary.query.encode(values.span),
            key: dictionary.key.encode(values.span))
    }

    /// Takes in contexts whose features and pattern are known.
    ///
    /// - Parameters:
    ///   - tokens: [B, T].
    ///   - pattern: [B, H, T, T] the model's own.
    ///   - query: f^Q, a row per token.
    ///   - key: f^K, a row per token.
    public mutating func add(tokens: [Int32], pattern: [Float], query: SparseRows, key: SparseRows) {
        let B = tokens.count / T
        precondition(
            tokens.count == B * T && pattern.count == B * n_heads * T * T && query.rows == B * T && key.rows == B * T,
            "\(tokens.count) tokens in contexts of \(T), a pattern of \(pattern.count), \(query.rows) and \(key.rows) rows")
        let sequences = (0..<B).map { b in
            ExampleSequence(
                context: UInt32(contexts + b), tokens: tokens[b * T..<(b + 1) * T], n_heads: n_heads, number: b,
                query: ActiveColumns(query, rows: b * T..<(b + 1) * T, d_sae: sides[0].d_sae),
                key: ActiveColumns(key, rows: b * T..<(b + 1) * T, d_sae: sides[1].d_sae))
        }
        inParallel(&shares) { _, share in
            for sequence in sequences { share.add(sequence, pattern: pattern) }
        }
        let rows = [query, key], firstContext = contexts, length = T
        inParallel(&sides) { number, side in side.add(rows[number], tokens: tokens, T: length, firstContext: firstContext) }
        self.tokens += tokens.count
        contexts += B
    }

    /// The memory that a walk takes, whatever the length of the text.
    ///
    /// - Parameters:
    ///   - pairs: Of the map.
    ///   - entries: Of all its heads.
    ///   - features: Of both sides.
    public static func bytes(pairs: Int, entries: Int, features: Int, T: Int, limits: ExampleLimits) -> Int {
        let place = MemoryLayout<ExamplePlace>.stride, number = MemoryLayout<Int>.stride, float = MemoryLayout<Float>.stride
        let tally = 2 * number + float
        let perPair =
            (4 + DistanceBins.count(T: T)) * number + 2 * limits.tokens * tally
            + limits.examples * (place + float) + limits.sample * place
        let perEntry = 4 * number + limits.examples * (place + 3 * float) + limits.sample * float
        let perFeature =
            4 * number + ActivationHistogram.capacity * MemoryLayout<UInt32>.stride + limits.tokens * tally
            + (limits.examples + limits.sample) * place
        return pairs * perPair + entries * perEntry + features * perFeature
    }

    /// How many pairs are followed.
    public var pairCount: Int { shares.reduce(0) { $0 + $1.count } }

    /// Calls `body` with each pair that was active anywhere, by (a, b).
    public func forEachPair(_ body: (PairExamples) throws -> Void) rethrows {
        for share in shares { for pair in share.active { try body(pair) } }
    }

    /// The query features that were active, ascending.
    public var queryFeatures: [FeatureStatistics] { sides[0].active }

    /// The key features that were active, ascending.
    public var keyFeatures: [FeatureStatistics] { sides[1].active }
}

/// One sequence of a batch, its active features by feature.
struct ExampleSequence: Sendable {
    /// The context's number.
    let context: UInt32
    let tokens: ArraySlice<Int32>
    let n_heads: Int
    /// Its number in the batch.
    let number: Int
    let query: ActiveColumns
    let key: ActiveColumns

    /// The token at a position.
    func token(_ position: Int) -> Int32 { tokens[tokens.startIndex + position] }

    /// The place of an entry of the queries and one of the keys.
    func example(_ destination: Int, _ source: Int) -> ExamplePlace {
        ExamplePlace(
            context: context, destination: UInt16(query.positions[destination]), source: UInt16(key.positions[source]),
            queryActivation: query.values[destination], keyActivation: key.values[source])
    }

    /// Where a row begins in the batch's pattern [B, H, T, T].
    func row(head: Int, destination: Int) -> Int {
        ((number * n_heads + head) * tokens.count + destination) * tokens.count
    }
}
