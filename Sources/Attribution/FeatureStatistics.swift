import Tensors

/// What one feature of a dictionary fires on over a whole text.
public struct FeatureStatistics: Sendable, Hashable {
    /// The feature.
    public let feature: Int
    /// Tokens on which it was active.
    public let active: Int
    /// Σ f over them.
    public let sum: Double
    /// How often it was active how strongly.
    public let histogram: ActivationHistogram
    /// The tokens it was active on most often.
    public let tokens: [TokenTally]
    /// Where it was strongest, strongest first.
    public let strongest: [FeaturePlace]
    /// An even sample of where it was active, strongest first.
    public let sample: [FeaturePlace]

    /// All facts.
    public init(
        feature: Int, active: Int, sum: Double, histogram: ActivationHistogram, tokens: [TokenTally], strongest: [FeaturePlace],
        sample: [FeaturePlace]
    ) {
        (self.feature, self.active, self.sum, self.histogram) = (feature, active, sum, histogram)
        (self.tokens, self.strongest, self.sample) = (tokens, strongest, sample)
    }
}

/// The statistics of all features of one side while a text is walked.
struct SideTallies: Sendable {
    /// [F].
    private var activeCounts: [Int], sums: [Double]
    /// [F].
    private var histograms: [ActivationHistogram]
    private var tokens: TokenTables
    private var strongest: StrongestPlaces<FeaturePlace>
    private var sample: SampledPlaces<FeaturePlace>
    /// What tells this side's samples from the other's, and both from those of pairs.
    private let side: UInt64

    init(d_sae: Int, limits: ExampleLimits, seed: UInt64, side: UInt64) {
        let filler = FeaturePlace(context: 0, position: 0, activation: 0)
        activeCounts = Array(repeating: 0, count: d_sae)
        sums = Array(repeating: 0, count: d_sae)
        histograms = Array(repeating: ActivationHistogram(), count: d_sae)
        tokens = TokenTables(lists: d_sae, capacity: limits.tokens)
        strongest = StrongestPlaces(lists: d_sae, capacity: limits.examples, filler: filler)
        sample = SampledPlaces(lists: d_sae, capacity: limits.sample, seed: seed, filler: filler)
        self.side = (side + 1) << 62
    }

    /// F.
    var d_sae: Int { activeCounts.count }

    /// Takes in contexts of T tokens.
    mutating func add(_ rows: SparseRows, tokens sequence: [Int32], T: Int, firstContext: Int) {
        for row in 0..<rows.rows {
            let token = sequence[row], context = UInt32(firstContext + row / T), position = UInt16(row % T)
            for entry in rows.range(row) {
                let feature = Int(rows.indices[entry]), f = rows.values[entry]
                activeCounts[feature] += 1
                sums[feature] += Double(f)
                histograms[feature].add(f)
                tokens.add(token, weight: 1, to: feature)
                let place = FeaturePlace(context: context, position: position, activation: f)
                if strongest.admits(f, to: feature) { _ = strongest.insert(place, strength: f, into: feature) }
                if let slot = sample.nextSlot(of: feature, identity: side | UInt64(feature)) {
                    sample.put(place, slot: slot, of: feature)
                }
            }
        }
    }

    /// The features that were active, ascending.
    var active: [FeatureStatistics] { activeCounts.indices.filter { activeCounts[$0] > 0 }.map(statistics) }

    private func statistics(_ feature: Int) -> FeatureStatistics {
        FeatureStatistics(
            feature: feature, active: activeCounts[feature], sum: sums[feature], histogram: histograms[feature],
            tokens: tokens.table(feature),
            strongest: strongest.ranked(feature).map(\.place),
            sample: sample.places(feature).sorted { $0.activation > $1.activation })
    }
}
