public import Checkpoints
private import Glibc
public import GPT2
private import Tensors

// What a head's pattern looks like on a text, row by row, A[i, j] the attention of position i to j ≤ i:
//
// 1. self-attention: the mean of A[i, i]; previous token: the mean of A[i, i − 1] over i ≥ 1.
// 2. entropy: the mean over rows of −Σ_j A ln A, in nats.
// 3. distance: the mean and the variance of i − j, all attention of all rows pooled, each row weighing 1.
// 4. Where token i stood before, p the last such place: duplicate token, the mean of A[i, p]; induction, the mean of A[i, p + 1] where
//    p + 1 is not i itself. An induction score below 0.01 is written as 0, as HeadVis does.
// 5. sink: in each context the mean of A[i, 0] over its first 64 rows, row 0 and its attention of 1 among them; the sink rate is the
//    share of contexts where that exceeds ε.
//
// Source: specification 4.4 (Gu et al., 2410.10781) and 4.5 (Neuronpedia's compute-head-metrics.py).

/// What one head's pattern looks like on a text.
public struct HeadMetrics: Sendable, Hashable {
    /// Mean attention to the own and to the previous position.
    public var selfAttention = 0.0, previousToken = 0.0
    /// Mean entropy of a row in nats.
    public var entropy = 0.0
    /// Mean and variance of the distance looked back.
    public var distanceMean = 0.0, distanceVariance = 0.0
    /// Mean attention from a repeated token to what followed it before, and to itself before; nil if the text repeats nothing.
    public var induction: Double?, duplicateToken: Double?
    /// Mean attention to position 0, and the share of contexts in which it exceeds the threshold.
    public var sink = 0.0, sinkRate = 0.0

    /// All zero, as before any text.
    public init() {}
}

/// The sums behind the metrics of all of a model's heads, text by text.
public struct PatternMetrics: Sendable {
    private let configuration: GPT2Configuration
    private let threshold: Double
    private var sums: [Sums]
    /// Contexts and tokens that went in.
    public private(set) var contexts = 0, tokens = 0

    /// Rows of a context that count for the sink.
    ///
    /// *Source:* specification 4.4, T = 64.
    public static let sinkRows = 64
    /// The attention to position 0 from which a head has a sink.
    ///
    /// *Source:* specification 4.4, ε = 0.3.
    public static let sinkThreshold = 0.3
    /// Induction scores below this are written as 0.
    ///
    /// *Source:* specification 4.5.
    private static let leastInduction = 0.01

    /// No text yet.
    public init(_ configuration: GPT2Configuration, sinkThreshold: Double = PatternMetrics.sinkThreshold) {
        (self.configuration, threshold) = (configuration, sinkThreshold)
        sums = Array(repeating: Sums(), count: configuration.n_layers * configuration.n_heads)
    }

    private struct Sums: Sendable {
        var diagonal = 0.0, previous = 0.0, entropy = 0.0, distance = 0.0, squaredDistance = 0.0
        var induction = 0.0, duplicate = 0.0, sink = 0.0
        var rows = 0, laterRows = 0, inductions = 0, duplicates = 0, contexts = 0, sinks = 0
    }

    /// Holds the sums while a pass's observers write to them.
    private final class Ledger {
        var sums: [Sums]
        init(_ sums: [Sums]) { self.sums = sums }
    }

    /// Takes in contexts of one length.
    ///
    /// - Parameters:
    ///   - model: The model of the configuration.
    ///   - batch: [B, T] tokens.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: a pass, and B·T²·H per layer; patterns of one layer at a time are in memory, 4·B·H·T² bytes.
    public mutating func add(_ model: GPT2Model, _ batch: TokenBatch) throws {
        let (H, T) = (configuration.n_heads, batch.T)
        let previous = (0..<batch.B).map { Self.previousPlaces(batch.tokens[$0 * T..<($0 + 1) * T]) }
        let ledger = Ledger(sums)
        var edits: [ActivationName: GPT2Model.Edit] = [:]
        for layer in 0..<configuration.n_layers {
            edits[.init(.pattern, layer)] = { [threshold] pattern in
                for sequence in 0..<batch.B {
                    for head in 0..<H {
                        let start = (sequence * H + head) * T * T
                        let square = pattern.span.extracting(start..<start + T * T)
                        Self.add(square, previous[sequence], threshold, to: &ledger.sums[layer * H + head])
                    }
                }
            }
        }
        _ = try model.forward(batch, capture: [], edits: edits)
        sums = ledger.sums
        contexts += batch.B
        tokens += batch.tokens.count
    }

    /// Where each token last stood before; nil where it is new.
    static func previousPlaces(_ tokens: ArraySlice<Int32>) -> [Int?] {
        var last: [Int32: Int] = [:]
        return tokens.enumerated().map { position, token in
            defer { last[token] = position }
            return last[token]
        }
    }

    /// Takes in one head's pattern of one context.
    ///
    /// - Parameters:
    ///   - pattern: [T, T].
    ///   - previous: [T] where each token stood before.
    private static func add(_ pattern: Span<Float>, _ previous: [Int?], _ threshold: Double, to sums: inout Sums) {
        let T = previous.count, sinkRows = min(T, Self.sinkRows)
        var first = 0.0
        for i in 0..<T {
            let row = pattern.extracting(i * T..<i * T + i + 1)
            var entropy: Float = 0, distance: Float = 0, squared: Float = 0
            for j in 0...i {
                let share = row[j], steps = Float(i - j)
                if share > 0 { entropy -= share * logf(share) }
                distance += share * steps
                squared += share * steps * steps
            }
            sums.entropy += Double(entropy)
            sums.distance += Double(distance)
            sums.squaredDistance += Double(squared)
            sums.diagonal += Double(row[i])
            if i > 0 {
                sums.previous += Double(row[i - 1])
                sums.laterRows += 1
            }
            if let place = previous[i] {
                sums.duplicate += Double(row[place])
                sums.duplicates += 1
                if place + 1 < i {
                    sums.induction += Double(row[place + 1])
                    sums.inductions += 1
                }
            }
            if i < sinkRows { first += Double(row[0]) }
        }
        sums.rows += T
        sums.contexts += 1
        sums.sink += first / Double(sinkRows)
        if first / Double(sinkRows) > threshold { sums.sinks += 1 }
    }

    /// The metrics of every head, layer by layer; all zero before there is any text.
    public var heads: [HeadMetrics] { sums.map(Self.metrics) }

    /// The share of heads and contexts in which a head's attention to position 0 exceeds the threshold.
    public var sinkRate: Double {
        let all = sums.reduce(0) { $0 + $1.contexts }
        return all > 0 ? Double(sums.reduce(0) { $0 + $1.sinks }) / Double(all) : 0
    }

    private static func metrics(_ sums: Sums) -> HeadMetrics {
        guard sums.rows > 0 else { return HeadMetrics() }
        let rows = Double(sums.rows), contexts = Double(sums.contexts)
        var found = HeadMetrics()
        found.selfAttention = sums.diagonal / rows
        found.previousToken = sums.laterRows > 0 ? sums.previous / Double(sums.laterRows) : 0
        found.entropy = sums.entropy / rows
        found.distanceMean = sums.distance / rows
        found.distanceVariance = max(0, sums.squaredDistance / rows - found.distanceMean * found.distanceMean)
        if sums.inductions > 0 {
            let mean = sums.induction / Double(sums.inductions)
            found.induction = mean < Self.leastInduction ? 0 : mean
        }
        if sums.duplicates > 0 { found.duplicateToken = sums.duplicate / Double(sums.duplicates) }
        found.sink = sums.sink / contexts
        found.sinkRate = Double(sums.sinks) / contexts
        return found
    }
}
