import JSON

/// A feature of a map's dictionary, as in `q226` or `k301`.
public struct FeatureName: Hashable, Sendable {
    /// The side.
    public enum Side: String, Hashable, Sendable, CaseIterable {
        case query, key
    }

    /// The side.
    public let side: Side
    /// The number.
    public let feature: Int

    /// A feature.
    public init(_ side: Side, _ feature: Int) { (self.side, self.feature) = (side, feature) }
}

/// A query feature and a key feature.
public struct PairName: Hashable, Sendable {
    /// The query feature.
    public let query: Int
    /// The key feature.
    public let key: Int

    /// A pair.
    public init(_ query: Int, _ key: Int) { (self.query, self.key) = (query, key) }
}

/// What a dashboard shows of a map.
public struct DashboardSize: Sendable {
    /// How many features.
    public var features: Int
    /// How many pairs.
    public var pairs: Int
    /// How many of the pairs are removed from the running model.
    public var removals: Int

    /// A size.
    public init(features: Int = 100, pairs: Int = 300, removals: Int = 12) {
        (self.features, self.pairs, self.removals) = (features, pairs, removals)
    }
}

/// The widest list that `pairs.shared` gives, and the most features that `features.examples` takes.
private let rankedPairs = 1000, featuresAtOnce = 64
private let featureExamples = 10, partnerCount = 12, weighedTokens = 6, pairPlaces = 4, pairWindow = 4, removalContexts = 2
private let leftOut = ["features": ["collected"], "places": ["collected", "map"]]

extension Gatherer {
    /// Feature by feature: density, strongest places and an even sample in context, partners with links, heads; and their pairs.
    ///
    /// - Parameters:
    ///   - map: The map.
    ///   - features: Which; the strongest of the map if nil.
    ///   - size: How much.
    /// - Throws: The daemon's errors.
    public func features(_ map: String, _ features: [FeatureName]? = nil, size: DashboardSize = DashboardSize()) throws -> Report
    {
        guard let features else {
            let ranked = try ranking(map)
            return try dashboard(
                "features", map, Array(Self.rankedFeatures(ranked).prefix(size.features)),
                ranked.prefix(size.pairs).map(Self.pair), size)
        }
        let partners = try self.partners(map, features)
        var found: [PairName: Double] = [:]
        for each in partners.results.flatMap({ $0["partners"]?.array ?? [] }) {
            found[Self.pair(each)] = each["expected_contribution"]?.number ?? 0
        }
        let chosen = found.sorted {
            $0.value != $1.value ? $0.value > $1.value : ($0.key.query, $0.key.key) < ($1.key.query, $1.key.key)
        }
        return try dashboard("features", map, features, chosen.prefix(size.pairs).map(\.key), size, partners: partners)
    }

    /// Pair by pair: strongest places with both tokens marked, distances, tokens, heads, what removal does; and their features.
    ///
    /// - Parameters:
    ///   - map: The map.
    ///   - pairs: Which; the strongest of the map if nil.
    ///   - size: How much.
    /// - Throws: The daemon's errors.
    public func pairs(_ map: String, _ pairs: [PairName]? = nil, size: DashboardSize = DashboardSize()) throws -> Report {
        let chosen = try pairs ?? ranking(map).prefix(size.pairs).map(Self.pair)
        var features: [FeatureName] = [], known: Set<FeatureName> = []
        for pair in chosen {
            for feature in [FeatureName(.query, pair.query), FeatureName(.key, pair.key)] where known.insert(feature).inserted {
                features.append(feature)
            }
        }
        return try dashboard("pairs", map, Array(features.prefix(size.features)), chosen, size)
    }

    private func ranking(_ map: String) throws -> [JSON] {
        try request("pairs.shared", ["map": .string(map), "min_heads": 1, "limit": .integer(rankedPairs)])["pairs"]?.array ?? []
    }

    private static func pair(_ wire: JSON) -> PairName {
        PairName(wire["query_feature"]?.integer ?? 0, wire["key_feature"]?.integer ?? 0)
    }

    private static func rankedFeatures(_ ranked: [JSON]) -> [FeatureName] {
        var sums: [FeatureName: Double] = [:]
        for each in ranked {
            let pair = pair(each), share = each["expected_contribution"]?.number ?? 0
            sums[FeatureName(.query, pair.query), default: 0] += share
            sums[FeatureName(.key, pair.key), default: 0] += share
        }
        return sums.sorted {
            if $0.value != $1.value { return $0.value > $1.value }
            if $0.key.side != $1.key.side { return $0.key.side == .query }
            return $0.key.feature < $1.key.feature
        }.map(\.key)
    }

    private func partners(_ map: String, _ features: [FeatureName]) throws -> Answers {
        try ask(
            "features.partners",
            features.map {
                [
                    "map": .string(map), "side": .string($0.side.rawValue), "feature": .integer($0.feature),
                    "limit": .integer(partnerCount),
                ]
            })
    }

    private func dashboard(
        _ name: String, _ map: String, _ features: [FeatureName], _ pairs: [PairName], _ size: DashboardSize,
        partners known: Answers? = nil
    ) throws -> Report {
        let described = try ask("maps.get", [["map": .string(map)]])
        let dictionary = described.results.first?["dictionary"] ?? .null
        let collection = try ask("examples.get", [["map": .string(map)]], mayFail: true)
        let collected = collection.results.first
        let portions = Self.portions(features, of: dictionary)
        var answers = [
            ("map", described), ("dictionary", try ask("dictionaries.get", [["dictionary": dictionary]])),
            ("heads", try ask("maps.heads", [["map": .string(map)]])), ("collection", collection),
            (
                "features",
                try ask(
                    "features.examples",
                    portions.map { portion in
                        var portion = portion
                        if collected != nil { portion["map"] = .string(map) }
                        portion["limit"] = .integer(featureExamples)
                        return portion
                    })
            ),
            (
                "weights",
                try ask(
                    "features.get",
                    portions.map { portion in
                        var portion = portion
                        portion["limit"] = .integer(weighedTokens)
                        return portion
                    }, mayFail: true)
            ),
            ("partners", try known ?? partners(map, features)),
        ]
        if !pairs.isEmpty {
            let names = pairs.map { JSON.array([.integer($0.query), .integer($0.key)]) }
            answers.append(("lookup", try ask("pairs.lookup_batch", [["map": .string(map), "pairs": .array(names)]])))
        }
        if let collected {
            answers.append(("places", try places(map, pairs)))
            answers.append(("removal", try removals(map, Array(pairs.prefix(size.removals)), collected)))
        }
        let title = (name == "features" ? "Features of " : "Pairs of ") + map
        return try report(name, title: title, answers, leftOut: leftOut)
    }

    /// A pair whose features were never active together has no places; that is an answer too.
    private func places(_ map: String, _ pairs: [PairName]) throws -> Answers {
        try ask(
            "pairs.examples",
            pairs.map {
                [
                    "map": .string(map), "query_feature": .integer($0.query), "key_feature": .integer($0.key),
                    "limit": .integer(pairPlaces), "window": .integer(pairWindow),
                ]
            }, mayFail: true)
    }

    private func removals(_ map: String, _ pairs: [PairName], _ collected: JSON) throws -> Answers {
        try ask(
            "interventions.run",
            pairs.map { pair in
                var params: JSONObject = ["map": .string(map)]
                params["edits"] = [
                    ["target": "pair", "query_feature": .integer(pair.query), "key_feature": .integer(pair.key)]
                ]
                for name in ["corpus", "text_field"] { params[name] = collected[name] }
                params["contexts"] = .integer(removalContexts)
                return params
            }, mayFail: true)
    }

    private static func portions(_ features: [FeatureName], of dictionary: JSON) -> [JSONObject] {
        FeatureName.Side.allCases.flatMap { side in
            let members = features.filter { $0.side == side }.map { JSON.integer($0.feature) }
            return stride(from: 0, to: members.count, by: featuresAtOnce).map { start -> JSONObject in
                [
                    "dictionary": dictionary, "side": .string(side.rawValue),
                    "features": .array(Array(members[start..<min(start + featuresAtOnce, members.count)])),
                ]
            }
        }
    }
}
