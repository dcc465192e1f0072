import API
import Attribution
import Dictionaries

/// Several dictionaries, each matched with each other one in both directions.
struct DictionaryComparison {
    private let compared: [LoadedDictionary]
    /// [n, n] from the one to the other; the diagonal holds identities.
    private let matchings: [[PairMatching]]
    /// The matchings of each with each later one, by side.
    private let forward: [Forward]

    /// One dictionary's features matched with a later one's.
    struct Forward: Sendable {
        let first: Int, second: Int
        let query: FeatureMatching, key: FeatureMatching
    }

    /// Brings matchings together.
    ///
    /// - Parameters:
    ///   - compared: The dictionaries.
    ///   - forward: Of each with each later one.
    init(_ compared: [LoadedDictionary], _ forward: [Forward]) {
        var matchings = compared.map { _ in compared.map { _ in PairMatching.identity } }
        for matching in forward {
            let (i, j) = (matching.first, matching.second)
            matchings[i][j] = PairMatching(query: matching.query, key: matching.key)
            matchings[j][i] = PairMatching(query: matching.query.reversed, key: matching.key.reversed)
        }
        (self.compared, self.matchings, self.forward) = (compared, matchings, forward)
    }

    /// The matchings as the wire has them.
    func described(listing isListing: Bool) -> [FeatureMatchingInfo] {
        forward.flatMap { found in
            [(FeatureSide.query, found.query), (.key, found.key)].map { side, matching in
                described(matching, compared[found.first], compared[found.second], side, listing: isListing)
            }
        }
    }

    private func described(
        _ matching: FeatureMatching, _ first: LoadedDictionary, _ second: LoadedDictionary, _ side: FeatureSide,
        listing isListing: Bool
    ) -> FeatureMatchingInfo {
        let (one, other) = side == .query ? (first.pair.query, second.pair.query) : (first.pair.key, second.pair.key)
        // Decoders of different layers write into different heads' spaces.
        let isAlike = first.info.layer == second.info.layer && one.shape.d_out == other.shape.d_out
        let cosines = matching.matches.map { isAlike ? one.decoderCosine($0.feature, other, $0.partner) : nil }
        let known = cosines.compactMap(\.self)
        let matches = zip(matching.matches, cosines).map { match, cosine in
            FeatureMatch(feature: match.feature, partner: match.partner, correlation: match.correlation, cosine: cosine)
        }
        return FeatureMatchingInfo(
            first: first.info.dictionary, second: second.info.dictionary, side: side, live_first: matching.live.first,
            live_second: matching.live.second, matched: matches.count,
            matched_activation: matching.matchedActivation, mean_correlation: matching.meanCorrelation,
            mean_cosine: known.isEmpty ? nil : known.reduce(0, +) / Double(known.count),
            histogram: matching.histogram(bins: FeatureMatchingInfo.histogramParts), matches: isListing ? matches : nil)
    }

    /// How much of each map each other one has.
    func overlaps(_ maps: [String], _ entries: [[OverlapEntry]]) -> [MapOverlapInfo] {
        let heads = entries.map(HeadsByPair.init)
        return maps.indices.flatMap { i in
            maps.indices.filter { $0 != i }.map { j in
                MapOverlapInfo(maps[i], [maps[j]], MapOverlap(entries[i], in: [(heads[j], matchings[i][j])]))
            }
        }
    }

    /// How much of the first map all others have.
    func inAll(_ maps: [String], _ entries: [[OverlapEntry]]) -> MapOverlapInfo {
        let others = maps.indices.dropFirst()
        return MapOverlapInfo(
            maps[0], others.map { maps[$0] },
            MapOverlap(entries[0], in: others.map { (HeadsByPair(entries[$0]), matchings[0][$0]) }))
    }
}

extension MapOverlapInfo {
    fileprivate init(_ first: String, _ others: [String], _ overlap: MapOverlap) {
        self.init(
            first: first, others: others,
            entries: OverlapShares(
                comparable: overlap.comparable.entries, same_head: overlap.found.entries,
                some_head: overlap.foundInSomeHead.entries),
            contribution: OverlapShares(
                comparable: overlap.comparable.weight, same_head: overlap.found.weight, some_head: overlap.foundInSomeHead.weight)
        )
    }
}

extension Transcoder {
    /// The cosine of the angle between a decoder row and one of another transcoder; nil if one of them is zero.
    fileprivate func decoderCosine(_ feature: Int, _ other: Transcoder, _ partner: Int) -> Double? {
        let width = shape.d_out
        var product = 0.0, square = 0.0, otherSquare = 0.0
        for place in 0..<width {
            let (x, y) = (Double(W_dec[feature * width + place]), Double(other.W_dec[partner * width + place]))
            product += x * y
            square += x * x
            otherSquare += y * y
        }
        let size = (square * otherSquare).squareRoot()
        return size > 0 ? product / size : nil
    }
}
