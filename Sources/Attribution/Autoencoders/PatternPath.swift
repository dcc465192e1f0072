/// The way of a head's pattern at one destination from no scores at all to its own, A(t) = softmax(t·S); it is the same for every look there.
public struct PatternPath: Sendable {
    /// The head, and where it looks from.
    public let head: Int, destination: Int
    /// What the parts of the scores add at each source.
    public let sums: ScoreSums
    /// At each node of the quadrature its weight and [n] the pattern.
    private let steps: [(weight: Double, A: [Double])]

    /// Nodes of the quadrature: exact to 1e-9 for scores up to 50.
    private static let nodes = 48

    /// The way of a head's pattern.
    ///
    /// - Parameters:
    ///   - look: A prompt's looks at the dictionary's layer.
    ///   - head: The head.
    ///   - destination: Where it looks from.
    /// - Complexity: O(active features · K) over all n sources, and 48·n exponentials.
    public init(_ look: AttentionLook, head: Int, destination: Int) {
        (self.head, self.destination) = (head, destination)
        let sums = look.sums(head: head, destination: destination)
        self.sums = sums
        let scores = sums.features.indices.map { sums.features[$0] + sums.biases[$0] + sums.errors[$0] }
        let rule = GaussLegendre(Self.nodes), top = scores.max() ?? 0
        steps = zip(rule.nodes, rule.weights).map { t, weight in
            let powers = scores.map { exponential(t * ($0 - top)) }, total = powers.reduce(0, +)
            return (weight, powers.map { $0 / total })
        }
    }

    /// What a part moves the attention to a source by: ∫₀¹ A_s(t) (c_s − Σ_j A_j(t) c_j) dt.
    ///
    /// - Parameters:
    ///   - c: [n] what the part adds at each source.
    ///   - source: s.
    /// - Complexity: 48·n multiply-adds.
    func moved(_ c: [Double], to source: Int) -> Double {
        steps.reduce(0) { sum, step in
            var mean = 0.0
            for (j, value) in c.enumerated() { mean += step.A[j] * value }
            return sum + step.weight * step.A[source] * (c[source] - mean)
        }
    }
}
