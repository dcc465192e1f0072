// Whether a head's features do one thing or several, by a proxy (specification 3.8, our own):
//
// 1. A head's features are those of which it writes the largest share, by the norms of the decoder rows' parts.
// 2. Two features are as alike as the mean of three numbers between 0 and 1 says: the cosine of their counts by token, what their
//    histograms of source distances have in common, and at how many of the tokens where either is active both are.
// 3. Features at least so alike as a threshold says are of one group, and so is whatever is alike to one of a group (single linkage).
// 4. A head with two groups or more is polysemantic by this proxy. It counts what a person would see in dashboards; it is no judge.

/// Groups of features that do alike things.
public enum RoleClusters {
    /// The features of which a head writes the largest share.
    ///
    /// - Parameters:
    ///   - shares: [F, H] each feature's shares by head.
    ///   - head: The head.
    ///   - count: How many.
    public static func features(of head: Int, shares: [[Double]], count: Int) -> [Int32] {
        shares.indices.sorted { (shares[$0][head], $1) > (shares[$1][head], $0) }.prefix(count).map { Int32($0) }
    }

    /// How alike two features are, between 0 and 1.
    public static func likeness(_ a: FeatureRole, _ b: FeatureRole, together: Int) -> Double {
        (cosine(a.tokens, b.tokens) + overlap(a.distances, b.distances) + Double(together)
            / Double(max(a.active + b.active - together, 1))) / 3
    }

    /// Groups of features, the largest first, each ascending; features that were never active are left out.
    ///
    /// - Parameters:
    ///   - features: Which.
    ///   - roles: What they do.
    ///   - threshold: How alike those of a group are at least.
    public static func groups(_ features: [Int32], in roles: FeatureRoles, threshold: Double) -> [[Int32]] {
        var groups: [[Int32]] = []
        for feature in features {
            guard let role = roles.roles[feature] else { continue }
            let alike = groups.indices.filter { place in
                groups[place].contains { other in
                    guard let known = roles.roles[other] else { return false }
                    return likeness(role, known, together: roles.together[FeatureCouple(feature, other)] ?? 0) >= threshold
                }
            }
            let joined = alike.flatMap { groups[$0] } + [feature]
            groups = groups.indices.filter { !alike.contains($0) }.map { groups[$0] } + [joined]
        }
        return groups.map { $0.sorted() }.sorted { ($0.count, $1[0]) > ($1.count, $0[0]) }
    }

    private static func cosine(_ a: [Int32: Int], _ b: [Int32: Int]) -> Double {
        let product = a.reduce(0.0) { $0 + Double($1.value) * Double(b[$1.key] ?? 0) }
        let norm = { (counts: [Int32: Int]) in counts.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
        return product > 0 ? product / (norm(a) * norm(b)) : 0
    }

    private static func overlap(_ a: [Double], _ b: [Double]) -> Double {
        let (all, others) = (a.reduce(0, +), b.reduce(0, +))
        return all > 0 && others > 0 ? zip(a, b).reduce(0) { $0 + min($1.0 / all, $1.1 / others) } : 0
    }
}
