// Which terms of a score a look is made of, in three published ways:
//
// score_sum (2024): the terms of the whole score in descending order, the shortest prefix whose sum is strictly above φ times the total.
//   Terms after it are negative and sum to no more than 0, so all of them are noise to the look. Where no prefix is above it every term
//   is kept. A negative total is taken the other way round: ascending, and strictly below.
// relative_attention (2025): the same of r_k(i, j) = c_k(i, j) − mean of c_k(i, j′) over the other sources j′, which is what moves the
//   softmax; Ω_d selects for the destination, Ω_s for the source. A side whose total is not positive keeps nothing.
// softmax_greedy (2026): 1. the pattern's entry p is attributed to the terms' rows c_k(i, ·) by integrated gradients along α·scores,
//   ∂p/∂e_j = p·(1[j = source] − p_j); 2. rows are taken away from the scores in descending order of their shares, the softmax computed
//   anew after each; 3. until p < min(1, 2.5/(i + 1)). The drop of p is the credit of the term that was taken away.
//
// Source: specification 2.2, 2.6, 2.7.

/// How the terms that make a look are told from the others.
public enum SelectionMode: String, Sendable, Hashable, CaseIterable, Codable {
    /// By their sum. *Source:* Franco & Crovella (2024).
    case score_sum
    /// By what they add over other sources. *Source:* Franco & Crovella (2025).
    case relative_attention
    /// By what taking them away does to the softmax. *Source:* Franco, Tassis, Rohr & Crovella, ACC++ (2026).
    case softmax_greedy

    /// The form that selects for the destination's side.
    public var destinationForm: QKForm {
        switch self {
        case .score_sum: .augmented
        case .relative_attention: .omega_d
        case .softmax_greedy: .plain
        }
    }

    /// The form that selects for the source's side.
    public var sourceForm: QKForm { self == .relative_attention ? .omega_s : destinationForm }

    /// The forms of both sides, each once.
    public var forms: [QKForm] { destinationForm == sourceForm ? [destinationForm] : [destinationForm, sourceForm] }
}

/// The terms that a look is made of.
public struct TermSelection: Sendable, Equatable {
    /// [rank] by what the terms were ranked: c_k, r_k, or the integrated gradients of the attention.
    public let ranking: [Double]
    /// The terms kept, in the order in which they were taken.
    public let kept: [Int]
    /// What each of them was good for: c_k, r_k, or the drop of the attention when it was taken away.
    public let credits: [Double]
    /// The sum over all terms; with `softmax_greedy`, of the ranking.
    public var total: Double { ranking.reduce(0, +) }

    /// The shortest prefix in descending order whose sum is strictly above `phi` times the total.
    ///
    /// - Parameters:
    ///   - values: The terms.
    ///   - phi: The share.
    /// - Returns: All terms where no prefix is above it; the other way round for a negative total.
    public static func prefix(_ values: [Double], phi: Double) -> TermSelection {
        let total = values.reduce(0, +), sign = total < 0 ? -1.0 : 1.0
        // The greatest of the rest, again and again: a few are enough, so sorting all would be in vain.
        var rest = values.map { sign * $0 }, kept: [Int] = [], sum = 0.0
        while kept.count < values.count, sum <= sign * phi * total {
            var best = 0
            for k in rest.indices where rest[k] > rest[best] { best = k }
            sum += rest[best]
            rest[best] = -.infinity
            kept.append(best)
        }
        return TermSelection(ranking: values, kept: kept, credits: kept.map { values[$0] })
    }

    fileprivate init(ranking: [Double], kept: [Int], credits: [Double]) {
        (self.ranking, self.kept, self.credits) = (ranking, kept, credits)
    }
}

extension HeadTerms {
    /// The terms that a look is made of, as one of its sides sees them.
    ///
    /// - Parameters:
    ///   - mode: How they are selected; the terms must be of the form that it takes for that side.
    ///   - phi: Of `score_sum` and `relative_attention`, the share of the total that has to be exceeded.
    public func selection(_ mode: SelectionMode, destination: Int, source: Int, phi: Double = 1) -> TermSelection {
        precondition(
            mode.forms.contains(decomposition.form), "\(mode.rawValue) does not select by the form \(decomposition.form.rawValue)"
        )
        switch mode {
        case .score_sum: return .prefix(contributions(destination: destination, source: source), phi: phi)
        case .relative_attention:
            let values = relativeContributions(destination: destination, source: source)
            return values.reduce(0, +) > 0 ? .prefix(values, phi: phi) : .none(values)
        case .softmax_greedy: return greedySelection(destination: destination, source: source)
        }
    }

    /// Whether the head looks from the destination at the source, as the mode's authors have it.
    ///
    /// `score_sum`: attention of at least a half, a score that is not negative, and not at the first token. `relative_attention`: attention
    /// of at least 1/(i + 1). `softmax_greedy`: of at least min(1, 2.5/(i + 1)).
    public func fires(_ mode: SelectionMode, destination: Int, source: Int) -> Bool {
        let A = attention(destination: destination, source: source)
        switch mode {
        case .score_sum: return A >= 0.5 && attn_score(destination: destination, source: source) >= 0 && source != 0
        case .relative_attention: return A >= 1 / Double(destination + 1)
        case .softmax_greedy: return A >= Self.greedyThreshold(destination)
        }
    }

    /// Below which attention a look is no look any more: 2.5 times the uniform one.
    ///
    /// *Source:* ACC++ (2026).
    package static func greedyThreshold(_ destination: Int) -> Double { min(1, 2.5 / Double(destination + 1)) }
}

extension TermSelection {
    /// Nothing kept.
    fileprivate static func none(_ ranking: [Double]) -> TermSelection { TermSelection(ranking: ranking, kept: [], credits: []) }

    /// Terms taken away one after the other.
    fileprivate init(ranking: [Double], taken: [(term: Int, credit: Double)]) {
        self.init(ranking: ranking, kept: taken.map(\.term), credits: taken.map(\.credit))
    }
}

extension HeadTerms {
    /// Steps of the integral, by the midpoint rule.
    ///
    /// *Source:* ACC++ (2026).
    private static let gradientSteps = 64

    private func greedySelection(destination: Int, source: Int) -> TermSelection {
        var scores = (0...destination).map { attn_score(destination: destination, source: $0) }
        let ranking = integratedGradients(scores, destination: destination, source: source)
        var p = attention(scores, source), taken: [(term: Int, credit: Double)] = []
        let threshold = Self.greedyThreshold(destination)
        let order = ranking.indices.sorted { (ranking[$1], $0) < (ranking[$0], $1) }
        for k in order where p >= threshold {
            let factor = attn_scale * Double(decomposition.s[k]) * Double(destinationProjections[destination * rank + k])
            for j in scores.indices { scores[j] -= factor * Double(sourceProjections[j * rank + k]) }
            let rest = attention(scores, source)
            taken.append((k, p - rest))
            p = rest
        }
        return TermSelection(ranking: ranking, taken: taken)
    }

    /// [rank] each term's share of the attention over the uniform one.
    private func integratedGradients(_ scores: [Double], destination: Int, source: Int) -> [Double] {
        var gradient = [Double](repeating: 0, count: scores.count)
        for step in 0..<Self.gradientSteps {
            let alpha = (Double(step) + 0.5) / Double(Self.gradientSteps)
            let pattern = Self.softmax(scores.map { $0 * alpha })
            let p = pattern[source] / Double(Self.gradientSteps)
            for j in pattern.indices { gradient[j] += p * ((j == source ? 1 : 0) - pattern[j]) }
        }
        return (0..<rank).map { k in
            let sum = scores.indices.reduce(0) { $0 + gradient[$1] * Double(sourceProjections[$1 * rank + k]) }
            return attn_scale * Double(decomposition.s[k]) * Double(destinationProjections[destination * rank + k]) * sum
        }
    }

    private func attention(_ scores: [Double], _ source: Int) -> Double { Self.softmax(scores)[source] }

    private static func softmax(_ scores: [Double]) -> [Double] {
        let largest = scores.max() ?? 0
        let exponentials = scores.map { exponential($0 - largest) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
    }
}
