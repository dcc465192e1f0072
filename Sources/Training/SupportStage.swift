import Dictionaries
import JSON
import Tensors

/// What one pass over the text collects: which feature pairs are ever active together, and each feature's mean.
struct Collected {
    private(set) var builder: SupportBuilder
    private(set) var means: FeatureMeans
    private let sizes: (query: Int, key: Int)

    /// Nothing yet.
    init(_ pair: TranscoderPair) {
        sizes = (pair.query.shape.d_sae, pair.key.shape.d_sae)
        builder = SupportBuilder(d_sae_query: sizes.query, d_sae_key: sizes.key)
        means = FeatureMeans(d_sae_query: sizes.query, d_sae_key: sizes.key)
    }

    mutating func add(_ batch: MaskBatch) {
        for (query, key) in zip(batch.query, batch.key) {
            builder.add(query: query, key: key)
            means.add(query: query, key: key)
        }
    }

    /// All of it as numbers that a checkpoint keeps exactly.
    var buffers: [Checkpoint.Buffer] {
        let words = [builder.pairs, means.sumQuery.map(\.bitPattern), means.sumKey.map(\.bitPattern), [UInt64(means.tokens)]]
        return zip(Self.names, words).map { (name: $0, shape: [4 * $1.count], values: $1.quarters) }
    }

    private static let names = ["support.pairs", "support.sum_query", "support.sum_key", "support.tokens"]

    /// Takes up what a checkpoint has kept.
    ///
    /// - Throws: ``OptimiserStateError`` when a buffer is missing or has another size.
    mutating func restore(_ checkpoint: Checkpoint) throws {
        let kept = Dictionary(uniqueKeysWithValues: checkpoint.buffers.map { ($0.name, $0.values) })
        func words(_ name: String, count: Int) throws -> [UInt64] {
            guard let quarters = kept[name], quarters.count == 4 * count else {
                throw OptimiserStateError(buffer: name, expected: 4 * count, found: kept[name]?.count)
            }
            return [UInt64](quarters: quarters)
        }
        let pairs = try words(Self.names[0], count: builder.pairs.count)
        guard let restored = SupportBuilder(d_sae_query: sizes.query, d_sae_key: sizes.key, pairs: pairs) else {
            throw OptimiserStateError(buffer: Self.names[0], expected: builder.pairs.count, found: pairs.count)
        }
        builder = restored
        means = FeatureMeans(
            sumQuery: try words(Self.names[1], count: sizes.query).map(Double.init(bitPattern:)),
            sumKey: try words(Self.names[2], count: sizes.key).map(Double.init(bitPattern:)),
            tokens: Int(try words(Self.names[3], count: 1)[0]))
    }
}

extension [UInt64] {
    /// Each word as four numbers from 0 to 65535, lowest bits first: a Float holds them exactly.
    fileprivate var quarters: [Float] { flatMap { word in (0..<4).map { Float(word >> (16 * UInt64($0)) & 0xFFFF) } } }

    fileprivate init(quarters: [Float]) {
        self = (0..<quarters.count / 4).map { word in
            (0..<4).reduce(0) { $0 | UInt64(quarters[4 * word + $1]) << (16 * UInt64($1)) }
        }
    }
}

/// Each feature's mean activation over all tokens.
struct FeatureMeans {
    private(set) var sumQuery: [Double], sumKey: [Double]
    private(set) var tokens = 0

    init(d_sae_query: Int, d_sae_key: Int) {
        sumQuery = Array(repeating: 0, count: d_sae_query)
        sumKey = Array(repeating: 0, count: d_sae_key)
    }

    init(sumQuery: [Double], sumKey: [Double], tokens: Int) {
        (self.sumQuery, self.sumKey, self.tokens) = (sumQuery, sumKey, tokens)
    }

    mutating func add(query: SparseRows, key: SparseRows) {
        for (index, value) in zip(query.indices, query.values) { sumQuery[Int(index)] += Double(value) }
        for (index, value) in zip(key.indices, key.values) { sumKey[Int(index)] += Double(value) }
        tokens += query.rows
    }

    var query: [Float] { sumQuery.map { Float($0 / Double(max(tokens, 1))) } }
    var key: [Float] { sumKey.map { Float($0 / Double(max(tokens, 1))) } }
    var liveQuery: Int { sumQuery.count { $0 > 0 } }
    var liveKey: Int { sumKey.count { $0 > 0 } }
}

/// The pass over the text that finds a map's support.
struct SupportStage: SteppedStage {
    private(set) var collected: Collected
    private let pair: TranscoderPair
    private let source: ForwardSource
    private let contexts: Int

    static let stage = "support"
    let name = Self.stage
    let steps: Int
    private(set) var stepsDone: Int
    var tokensPerStep: Int { Self.atOnce * source.T }

    /// Contexts of a step.
    private static let atOnce = 16

    /// A pass that goes on after `stepsDone` steps.
    ///
    /// - Parameters:
    ///   - contexts: How many of the source's.
    ///   - collected: What the steps done have found.
    init(_ pair: TranscoderPair, source: ForwardSource, contexts: Int, collected: Collected, stepsDone: Int) {
        (self.pair, self.source, self.contexts) = (pair, source, contexts)
        (self.collected, self.stepsDone) = (collected, stepsDone)
        steps = (contexts + Self.atOnce - 1) / Self.atOnce
    }

    mutating func step(_ breathe: () throws -> Void) throws -> StepReport {
        let first = stepsDone * Self.atOnce
        let indices = Array(first..<min(first + Self.atOnce, contexts))
        collected.add(MaskBatch(pair, try source.batches(indices, breathe)[0]))
        stepsDone += 1
        let progress = ["live_query": Double(collected.means.liveQuery), "live_key": Double(collected.means.liveKey)]
        return StepReport(progress: progress, series: [])
    }

    func checkpoint() throws -> Checkpoint { Checkpoint(header: .object([:]), buffers: collected.buffers) }
}
