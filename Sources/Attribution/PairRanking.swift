private import Checkpoints
public import Dictionaries
public import GPT2
private import Tensors

// Which of a map's pairs a head's look rests on, over some prompts (specification 1.8):
//
// 1. The model runs up to the layer's pattern, and both sides are encoded.
// 2. At each destination i, for each pair (a, b) that the map keeps in the head, with a active at i: c_j = f_a(i) f_b(j) M_abh · attn_scale
//    at every source j where b is active.
// 3. Without the pair, A'_j = A_j exp(−c_j) / Σ_j' A_j' exp(−c_j'); this is exact, whatever the number of sources.
// 4. The pair's effect is Σ A_j − A'_j over the sources asked about, its contribution Σ c_j over them. Over any source, the effect is the
//    attention that moves, ½ Σ |A_j − A'_j|, and the contribution Σ A_j |c_j|.
// 5. Both are summed over the destinations of a prompt and averaged over the prompts, those where the pair is not active counting as 0.

/// The pairs of a map by what they do to a head's pattern over some prompts.
public struct PairRanking: Sendable {
    /// At which sources effects are measured.
    public enum Sources: String, Sendable, CaseIterable {
        /// The one that the head attends to most.
        case strongest
        /// All of them together.
        case any
        /// Where the answer's token stands in the prompt.
        case answer
        /// Where one of the wrong tokens stands.
        case wrong
    }

    /// A pair's figures in one head.
    public struct Candidate: Sendable {
        /// The pair.
        public let pair: FeaturePair
        /// What removing it takes from the pattern, mean over prompts.
        public let effect: Double
        /// What it adds to the scores, mean over prompts.
        public let contribution: Double
        /// Prompts in which it acts.
        public let prompts: Int
    }

    private struct Sums {
        var effect = 0.0, contribution = 0.0, prompts = 0, lastPrompt = -1
    }

    private let map: FeatureMap, dictionary: TranscoderPair, layer: Int, sources: Sources, isAtEndOnly: Bool
    private var sums: [Int: [FeaturePair: Sums]] = [:]
    private var attention: [Int: Double] = [:]
    private var tokensOfQuery: [Int32: [Int32: Int]] = [:], tokensOfKey: [Int32: [Int32: Int]] = [:]
    private var prompts = 0

    /// A ranking of no prompts yet.
    ///
    /// - Parameters:
    ///   - map: The map.
    ///   - dictionary: What it is a map of.
    ///   - layer: The dictionary's layer.
    ///   - heads: The heads to rank pairs of.
    ///   - sources: At which sources effects are measured.
    ///   - isAtEndOnly: Whether they are measured at the last token only, or at every token.
    public init(
        _ map: FeatureMap, of dictionary: TranscoderPair, layer: Int, heads: [Int], sources: Sources, isAtEndOnly: Bool
    ) {
        (self.map, self.dictionary, self.layer, self.sources) = (map, dictionary, layer, sources)
        self.isAtEndOnly = isAtEndOnly
        for head in heads { (sums[head], attention[head]) = ([:], 0) }
    }

    /// Takes in prompts.
    ///
    /// - Throws: ``GPT2Error``.
    /// - Complexity: a pass up to the layer's pattern, and for each destination the active pairs of all its sources.
    public mutating func add(_ model: GPT2Model, _ questions: QuestionBatch) throws {
        let x = ActivationName(.ln1_x, layer), pattern = ActivationName(.pattern, layer), batch = questions.batch
        let found = try model.forward(batch, capture: [x, pattern])
        let query = dictionary.query.encode(found[x].values.span), key = dictionary.key.encode(found[x].values.span)
        count(query, batch.tokens, &tokensOfQuery)
        count(key, batch.tokens, &tokensOfKey)
        let (T, H) = (batch.T, model.configuration.n_heads)
        for b in 0..<batch.B {
            let tokens = Array(batch.tokens[b * T..<(b + 1) * T])
            for i in isAtEndOnly ? T - 1..<T : 0..<T {
                let pairs = actingPairs(query, key, b * T, i)
                for head in sums.keys.sorted() {
                    let row = ((b * H + head) * T + i) * T
                    let A = found[pattern].values[row..<row + i + 1].map(Double.init)
                    add(pairs, A, weights(A, tokens, questions.answers[b]), head: head, prompt: prompts + b)
                }
            }
        }
        prompts += batch.B
    }

    /// A head's pairs, the strongest first.
    ///
    /// - Parameters:
    ///   - head: One of those that are ranked.
    ///   - measure: Effect or contribution.
    public func ranked(head: Int, by measure: KeyPath<Candidate, Double>) -> [Candidate] {
        let candidates = (sums[head] ?? [:]).map { pair, sums in
            Candidate(
                pair: pair, effect: sums.effect / Double(max(prompts, 1)),
                contribution: sums.contribution / Double(max(prompts, 1)),
                prompts: sums.prompts)
        }
        return candidates.sorted {
            ($1[keyPath: measure], $0.pair.query, $0.pair.key) < ($0[keyPath: measure], $1.pair.query, $1.pair.key)
        }
    }

    /// What a head attends to the sources asked about, or to the strongest of all, summed over destinations, mean over prompts.
    public func meanAttention(head: Int) -> Double { (attention[head] ?? 0) / Double(max(prompts, 1)) }

    /// On which tokens of the prompts a query feature is active, and how often, the most frequent first.
    public func tokens(query feature: Int32) -> [(token: Int32, count: Int)] { Self.sorted(tokensOfQuery[feature]) }

    /// On which tokens of the prompts a key feature is active, and how often, the most frequent first.
    public func tokens(key feature: Int32) -> [(token: Int32, count: Int)] { Self.sorted(tokensOfKey[feature]) }

    private static func sorted(_ counts: [Int32: Int]?) -> [(token: Int32, count: Int)] {
        (counts ?? [:]).map { ($0.key, $0.value) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }
}

extension PairRanking {
    /// A pair that the map keeps, with a active at the destination: f_a f_b M attn_scale per head at the sources where b is active.
    private struct ActingPair {
        let pair: FeaturePair
        /// Where the pair stands in the map's support.
        let place: Int
        var products: [(source: Int, product: Double)] = []
    }

    /// The pairs of the map that act at a destination, by (a, b).
    private func actingPairs(_ query: SparseRows, _ key: SparseRows, _ first: Int, _ i: Int) -> [ActingPair] {
        var found: [ActingPair] = []
        for active in query.range(first + i) {
            let a = query.indices[active], range = map.support.range(Int(a))
            guard !range.isEmpty else { continue }
            var slots: [Int32: Int] = [:], acting: [ActingPair] = []
            for place in range { slots[map.support.keys[place]] = place }
            var index: [Int32: Int] = [:]
            for j in 0...i {
                for other in key.range(first + j) {
                    let b = key.indices[other]
                    guard let place = slots[b] else { continue }
                    if index[b] == nil {
                        index[b] = acting.count
                        acting.append(ActingPair(pair: FeaturePair(query: a, key: b), place: place))
                    }
                    let product = Double(query.values[active]) * Double(key.values[other]) * Double(map.attn_scale)
                    if let slot = index[b] { acting[slot].products.append((j, product)) }
                }
            }
            found += acting
        }
        return found
    }

    /// [T] how much each source counts; nil if all count by what moves.
    private func weights(_ A: [Double], _ tokens: [Int32], _ answer: Answer?) -> [Double]? {
        switch sources {
        case .any: return nil
        case .strongest:
            let strongest = A.indices.max { A[$0] < A[$1] }
            return A.indices.map { $0 == strongest ? 1 : 0 }
        case .answer: return A.indices.map { tokens[$0] == answer?.right ? 1 : 0 }
        case .wrong: return A.indices.map { answer?.wrong.contains(tokens[$0]) == true ? 1 : 0 }
        }
    }

    private mutating func add(_ pairs: [ActingPair], _ A: [Double], _ weights: [Double]?, head: Int, prompt: Int) {
        attention[head, default: 0] += weights.map { zip(A, $0).reduce(0) { $0 + $1.0 * $1.1 } } ?? A.max() ?? 0
        for acting in pairs where map.mask[acting.place * map.n_heads + head] > 0 {
            let M = Double(map.M[acting.place * map.n_heads + head])
            let contributions = acting.products.map { (source: $0.source, c: $0.product * M) }
            let (effect, contribution) = Self.effect(contributions, A, weights)
            var sums = sums[head]?[acting.pair] ?? Sums()
            sums.effect += effect
            sums.contribution += contribution
            if sums.lastPrompt != prompt { (sums.prompts, sums.lastPrompt) = (sums.prompts + 1, prompt) }
            self.sums[head]?[acting.pair] = sums
        }
    }

    /// Steps 3 and 4 for one pair at one destination.
    private static func effect(
        _ contributions: [(source: Int, c: Double)], _ A: [Double], _ weights: [Double]?
    ) -> (effect: Double, contribution: Double) {
        var removed = [Double](repeating: 0, count: A.count)
        for (source, c) in contributions { removed[source] += c }
        let changed = patternWithout(removed, A)
        guard let weights else {
            let moved = zip(A, changed).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
            return (moved, contributions.reduce(0) { $0 + A[$1.source] * abs($1.c) })
        }
        var effect = 0.0
        for j in A.indices where weights[j] != 0 { effect += weights[j] * (A[j] - changed[j]) }
        return (effect, contributions.reduce(0) { $0 + weights[$1.source] * $1.c })
    }

    private func count(_ rows: SparseRows, _ tokens: [Int32], _ counts: inout [Int32: [Int32: Int]]) {
        for row in 0..<rows.rows {
            for place in rows.range(row) { counts[rows.indices[place], default: [:]][tokens[row], default: 0] += 1 }
        }
    }
}
