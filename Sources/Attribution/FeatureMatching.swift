public import Tensors

// Which feature of one dictionary is which of another, by what they do on the same tokens: it needs neither equal sizes nor equal
// layers nor comparable weights.
//
// 1. Sort both sides' activations by feature (N tokens; a feature that is never active is not live and has no column).
// 2. For each live feature a: s_b = Σ_t f_a(t) g_b(t) over the tokens where a is active, for the b that are active there too.
// 3. The correlation of a and b is (s_b/N − μ_a μ_b)/(σ_a σ_b). A pair that is never active together has none above 0.
// 4. The best partner of a is the b with the largest correlation, and likewise the other way round; a and b match if each is the other's
//    best and their correlation reaches the threshold.
//
// Cost: Σ_t L0(t)·L0'(t) multiply-adds and F·F' comparisons; memory of one row.

/// Activations of one side of a dictionary on some tokens, by feature.
public struct ActivationColumns: Sendable {
    /// N.
    public let tokens: Int
    /// F.
    public let d_sae: Int
    /// By token, as they were encoded.
    let rows: SparseRows
    /// [F + 1] feature a's entries are `offsets[a] ..< offsets[a + 1]`.
    let offsets: [Int]
    /// The entries' tokens, ascending within a feature, and their activations.
    let places: [Int32], values: [Float]
    /// [F] mean over all tokens, and standard deviation.
    let mean: [Double], deviation: [Double]

    /// The least variance, as a share of the squared mean, that is more than rounding.
    private static let leastVariance = 1e-12

    /// Sorts rows by feature.
    ///
    /// - Parameters:
    ///   - rows: f by token.
    ///   - d_sae: F.
    public init(_ rows: SparseRows, d_sae: Int) {
        var offsets = [Int](repeating: 0, count: d_sae + 1)
        for index in rows.indices { offsets[Int(index) + 1] += 1 }
        for feature in 0..<d_sae { offsets[feature + 1] += offsets[feature] }
        var next = offsets, places = [Int32](repeating: 0, count: rows.count), values = [Float](repeating: 0, count: rows.count)
        var sum = [Double](repeating: 0, count: d_sae)
        for token in 0..<rows.rows {
            for entry in rows.range(token) {
                let feature = Int(rows.indices[entry]), value = Double(rows.values[entry])
                places[next[feature]] = Int32(token)
                values[next[feature]] = rows.values[entry]
                next[feature] += 1
                sum[feature] += value
            }
        }
        let N = Double(max(rows.rows, 1))
        mean = sum.map { $0 / N }
        deviation = (0..<d_sae).map { feature in
            let mean = sum[feature] / N, active = offsets[feature]..<offsets[feature + 1]
            // From the differences themselves: a feature that is alike everywhere has none but rounding.
            let variance =
                (active.reduce(0) { $0 + (Double(values[$1]) - mean) * (Double(values[$1]) - mean) }
                    + (N - Double(active.count)) * mean * mean) / N
            return variance > Self.leastVariance * mean * mean ? variance.squareRoot() : 0
        }
        (tokens, self.d_sae, self.rows) = (rows.rows, d_sae, rows)
        (self.offsets, self.places, self.values) = (offsets, places, values)
    }

    /// Whether a feature was active.
    public func isLive(_ feature: Int) -> Bool { offsets[feature] < offsets[feature + 1] }

    /// How many features were.
    public var live: Int { (0..<d_sae).count { isLive($0) } }
}

/// The features of one side of a dictionary and those of another that do the same.
public struct FeatureMatching: Sendable {
    /// A feature and the one it corresponds to.
    public struct Match: Sendable, Equatable {
        /// Of the first dictionary.
        public let feature: Int
        /// Of the second.
        public let partner: Int
        /// Of their activations over the tokens.
        public let correlation: Double
    }

    /// The matches, by the first dictionary's feature.
    public let matches: [Match]
    /// Their share of the sum of all the first's activations: what fires rarely counts for little.
    public let matchedActivation: Double
    /// [F] the largest correlation of each feature of the first with any of the second; nil for one that is not live or always alike.
    public let best: [Double?]
    /// Live features of the first and of the second.
    public let live: (first: Int, second: Int)
    private let bestOfSecond: [Double?]
    private let matchedActivationOfSecond: Double
    private let partners: [Int32]

    /// Matches two sides.
    ///
    /// - Parameters:
    ///   - first: The first's activations.
    ///   - second: The second's, on the same tokens.
    ///   - threshold: The least correlation of a match.
    public init(_ first: ActivationColumns, _ second: ActivationColumns, threshold: Double) {
        precondition(first.tokens == second.tokens, "activations on \(first.tokens) and on \(second.tokens) tokens")
        var row = CorrelationRow(first, second)
        var best = [Double?](repeating: nil, count: first.d_sae), partner = [Int32](repeating: -1, count: first.d_sae)
        var bestOfSecond = [Double](repeating: -.infinity, count: second.d_sae)
        var partnerOfSecond = [Int32](repeating: -1, count: second.d_sae)
        for a in 0..<first.d_sae where first.deviation[a] > 0 {
            row.fill(a)
            for b in row.candidates {
                let correlation = row.correlation(a, Int(b))
                if correlation > best[a] ?? -.infinity { (best[a], partner[a]) = (correlation, b) }
                if correlation > bestOfSecond[Int(b)] {
                    (bestOfSecond[Int(b)], partnerOfSecond[Int(b)]) = (correlation, Int32(a))
                }
            }
            row.clear()
            // A feature that is never active together with any other has no partner; its correlations are at most 0.
            best[a] = max(0, best[a] ?? 0)
        }
        matches = (0..<first.d_sae).compactMap { a in
            guard partner[a] >= 0, partnerOfSecond[Int(partner[a])] == Int32(a), let correlation = best[a],
                correlation >= threshold
            else { return nil }
            return Match(feature: a, partner: Int(partner[a]), correlation: correlation)
        }
        var partners = [Int32](repeating: -1, count: first.d_sae)
        for match in matches { partners[match.feature] = Int32(match.partner) }
        matchedActivation = Self.share(of: matches.map(\.feature), first)
        matchedActivationOfSecond = Self.share(of: matches.map(\.partner).sorted(), second)
        self.best = best
        self.bestOfSecond = (0..<second.d_sae).map { b in
            second.deviation[b] > 0 ? max(0, bestOfSecond[b]) : nil
        }
        self.partners = partners
        live = (first.live, second.live)
    }

    private init(reversing other: FeatureMatching) {
        matches = other.matches.map { Match(feature: $0.partner, partner: $0.feature, correlation: $0.correlation) }
            .sorted { $0.feature < $1.feature }
        (matchedActivation, matchedActivationOfSecond) = (other.matchedActivationOfSecond, other.matchedActivation)
        (best, bestOfSecond) = (other.bestOfSecond, other.best)
        live = (other.live.second, other.live.first)
        var partners = [Int32](repeating: -1, count: best.count)
        for match in matches { partners[match.feature] = Int32(match.partner) }
        self.partners = partners
    }

    private static func share(of features: [Int], _ activations: ActivationColumns) -> Double {
        let whole = activations.mean.reduce(0, +)
        return whole > 0 ? min(1, features.reduce(0) { $0 + activations.mean[$1] } / whole) : 0
    }

    /// The same matching from the second's side.
    public var reversed: FeatureMatching { FeatureMatching(reversing: self) }

    /// The feature of the second that corresponds to one of the first.
    public func partner(of feature: Int) -> Int? {
        partners.indices.contains(feature) && partners[feature] >= 0 ? Int(partners[feature]) : nil
    }

    /// The matches' mean correlation; nil without matches.
    public var meanCorrelation: Double? {
        matches.isEmpty ? nil : matches.reduce(0) { $0 + $1.correlation } / Double(matches.count)
    }

    /// How many live features of the first have their largest correlation in each of `bins` equal parts of 0 to 1.
    public func histogram(bins: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: bins)
        for case let best? in best { counts[min(bins - 1, max(0, Int(best * Double(bins))))] += 1 }
        return counts
    }
}

/// The sums of one feature's activations with those of every feature of the other side.
private struct CorrelationRow {
    private let first: ActivationColumns, second: ActivationColumns
    private var sums: [Double]
    /// Features whose sum is not 0, in the order in which they were met.
    private(set) var candidates: [Int32] = []

    init(_ first: ActivationColumns, _ second: ActivationColumns) {
        (self.first, self.second) = (first, second)
        sums = Array(repeating: 0, count: second.d_sae)
    }

    /// Sums over the tokens at which the feature is active.
    mutating func fill(_ a: Int) {
        for entry in first.offsets[a]..<first.offsets[a + 1] {
            let value = Double(first.values[entry])
            for other in second.rows.range(Int(first.places[entry])) {
                let b = second.rows.indices[other]
                if sums[Int(b)] == 0 { candidates.append(b) }
                sums[Int(b)] += value * Double(second.rows.values[other])
            }
        }
        // Of equally good partners the one with the lowest number is taken, whatever the text.
        candidates.sort()
    }

    mutating func clear() {
        for b in candidates { sums[Int(b)] = 0 }
        candidates.removeAll(keepingCapacity: true)
    }

    func correlation(_ a: Int, _ b: Int) -> Double {
        guard second.deviation[b] > 0 else { return 0 }
        let covariance = sums[b] / Double(first.tokens) - first.mean[a] * second.mean[b]
        // Rounding may lift it a hair above 1.
        return min(1, covariance / (first.deviation[a] * second.deviation[b]))
    }
}
