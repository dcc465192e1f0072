/// Which of many contributions are followed: the greatest, until together they exceed a share of the sum of all.
///
/// 1. Sort, the greatest first, and add up until the sum exceeds `share` of the sum of all, negative ones included.
/// 2. Where one reached that, with its value is the cutoff: everything as great is kept.
/// 3. If the sum of all is not positive, nothing is kept: nothing speaks for what is read.
///
/// *Source:* specification 2.4 (share 0.7) and 2.6 (share 1, and a cutoff of half the sum at most, for what begins a trace).
public struct ContributionRule: Sendable {
    /// Of the sum of all.
    public let share: Double
    /// Whether everything is kept that is half of the sum by itself.
    public let keepsHalves: Bool

    /// A rule.
    public init(share: Double, keepsHalves: Bool = false) { (self.share, self.keepsHalves) = (share, keepsHalves) }

    /// Those that are kept, the greatest first.
    func kept(_ contributions: [PartContribution]) -> [PartContribution] {
        let total = contributions.reduce(0) { $0 + $1.value }
        guard total > 0 else { return [] }
        let sorted = contributions.filter { $0.value > 0 }.sorted { $0.value > $1.value }
        var sum = 0.0, cutoff = sorted.last?.value ?? 0
        for contribution in sorted {
            sum += contribution.value
            if sum > share * total {
                cutoff = contribution.value
                break
            }
        }
        if keepsHalves { cutoff = min(cutoff, total / 2) }
        return Array(sorted.prefix { $0.value >= cutoff })
    }
}
