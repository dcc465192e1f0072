public import Tensors

// Random pairs to compare chosen ones with:
//
// 1. The candidates are the pairs that were not chosen, by strength.
// 2. For each chosen pair, the strongest first, one is drawn evenly from those candidates, not drawn yet, whose strengths are nearest to
//    its own: `poolSize` of them, or as many as are left.

/// Draws pairs as strong as others.
public struct PairControl: Sendable {
    /// From how many of the nearest pairs one is drawn.
    public static let poolSize = 8

    private let candidates: [(pair: FeaturePair, strength: Double)]
    private let targets: [Double]

    /// A control of chosen pairs.
    ///
    /// - Parameters:
    ///   - chosen: The pairs that are to be compared with others.
    ///   - strengths: The strength of each pair there is, chosen or not.
    /// - Returns: nil if there are fewer others than chosen ones.
    public init?(of chosen: [FeaturePair], among strengths: [(pair: FeaturePair, strength: Double)]) {
        let isChosen = Set(chosen)
        let others = strengths.filter { !isChosen.contains($0.pair) }
        guard others.count >= isChosen.count else { return nil }
        // By strength, and among equals by pair, so that a seed always draws the same.
        candidates = others.sorted {
            ($0.strength, $0.pair.query, $0.pair.key) < ($1.strength, $1.pair.query, $1.pair.key)
        }
        let own = Dictionary(strengths.map { ($0.pair, $0.strength) }) { first, _ in first }
        targets = isChosen.map { own[$0] ?? 0 }.sorted(by: >)
    }

    /// One set of pairs, as many as were chosen.
    public func draw(using generator: inout RandomGenerator) -> [(pair: FeaturePair, strength: Double)] {
        var left = candidates, drawn: [(pair: FeaturePair, strength: Double)] = []
        for target in targets {
            var low = 0, end = left.count
            while low < end {
                let middle = (low + end) / 2
                if left[middle].strength < target { low = middle + 1 } else { end = middle }
            }
            var high = low
            while high - low < min(Self.poolSize, left.count) {
                let takesLower =
                    low > 0 && (high == left.count || target - left[low - 1].strength <= left[high].strength - target)
                if takesLower { low -= 1 } else { high += 1 }
            }
            drawn.append(left.remove(at: low + Int(generator.next() % UInt64(high - low))))
        }
        return drawn
    }
}
