public import Dictionaries
public import GPT2
private import Tensors

// What attention-output features do in texts, by where they come from:
//
// 1. Each context goes through the model up to the layer's z; wherever a feature is active, its sources are told (specification 3.6).
// 2. What a source gives through all heads counts where it is positive: what is for the feature, not what is against it.
// 3. Each source is of one kind, the first that holds: the text's first token, which heads look at when they look at nothing; a token
//    that follows an earlier occurrence of the destination's token (induction); one at most `localDistance` tokens back; any other.
// 4. A feature's family is the kind that gives it most.

/// A kind of source.
public enum SourceKind: Int, Sendable, CaseIterable {
    /// The text's first token.
    case first
    /// A token that follows an earlier occurrence of the destination's own.
    case induction
    /// One of the tokens just before, or the destination itself.
    case local
    /// Any other.
    case long_range
}

/// What a feature does in texts.
public struct FeatureRole: Sendable {
    /// At how many tokens it is active.
    public fileprivate(set) var active = 0
    /// At which tokens, and how often.
    public fileprivate(set) var tokens: [Int32: Int] = [:]
    /// Σ of what sources give it, by ``DistanceBins``.
    public fileprivate(set) var distances: [Double]
    /// Σ of what sources give it, by ``SourceKind``.
    public fileprivate(set) var kinds = [Double](repeating: 0, count: SourceKind.allCases.count)

    fileprivate init(bins: Int) { distances = Array(repeating: 0, count: bins) }

    /// The share of a kind in what the feature is given; 0 if it is given nothing.
    public func share(_ kind: SourceKind) -> Double {
        let sum = kinds.reduce(0, +)
        return sum > 0 ? kinds[kind.rawValue] / sum : 0
    }

    /// The kind that gives most; nil if none gives anything.
    public var family: SourceKind? {
        SourceKind.allCases.max { kinds[$0.rawValue] < kinds[$1.rawValue] }.flatMap { kinds[$0.rawValue] > 0 ? $0 : nil }
    }
}

/// Two features of a layer, the lower one first.
public struct FeatureCouple: Hashable, Sendable {
    /// The lower one.
    public let first: Int32
    /// The higher one.
    public let second: Int32

    /// A couple, in either order.
    public init(_ a: Int32, _ b: Int32) { (first, second) = (min(a, b), max(a, b)) }
}

/// The roles of a layer's attention-output features, counted as contexts come by.
public struct FeatureRoles: Sendable {
    /// Those of the features that were active.
    public private(set) var roles: [Int32: FeatureRole] = [:]
    /// At how many tokens two of the followed features were active together; of no features if all are followed.
    public private(set) var together: [FeatureCouple: Int] = [:]
    /// How many tokens were seen.
    public private(set) var tokens = 0

    private let model: GPT2Model, layer: Int, autoencoder: Autoencoder
    private let localDistance: Int
    private let followed: Set<Int32>?

    /// Nothing counted yet.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - layer: The layer.
    ///   - autoencoder: Of that layer's z, all heads side by side.
    ///   - localDistance: How far back a source is local.
    ///   - followed: The features that are wanted; nil for all.
    public init(_ model: GPT2Model, layer: Int, _ autoencoder: Autoencoder, localDistance: Int, following followed: Set<Int32>?) {
        (self.model, self.layer, self.autoencoder) = (model, layer, autoencoder)
        (self.localDistance, self.followed) = (localDistance, followed)
    }

    /// Takes in a context.
    ///
    /// - Parameter context: [T] tokens.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: a pass up to the layer, 2·T·D·F flops, and O(T·D) for each token and feature active there.
    public mutating func add(_ context: [Int32]) throws {
        let sources = try FeatureSources(model, layer: layer, autoencoder, tokens: context)
        let bins = DistanceBins.count(T: context.count)
        tokens += context.count
        for destination in context.indices {
            let active = sources.features.range(destination).map { sources.features.indices[$0] }
                .filter { followed?.contains($0) ?? true }
            if followed != nil { count(active) }
            for feature in active {
                var role = roles[feature] ?? FeatureRole(bins: bins)
                if role.distances.count < bins { role.distances += Array(repeating: 0, count: bins - role.distances.count) }
                role.active += 1
                role.tokens[context[destination], default: 0] += 1
                add(sources.bySource(Int(feature), destination: destination), context, destination, to: &role)
                roles[feature] = role
            }
        }
    }

    private mutating func count(_ active: [Int32]) {
        for (place, first) in active.enumerated() {
            for second in active[(place + 1)...] { together[FeatureCouple(first, second), default: 0] += 1 }
        }
    }

    private func add(_ given: [Double], _ context: [Int32], _ destination: Int, to role: inout FeatureRole) {
        for source in 0...destination where given[source] > 0 {
            role.distances[DistanceBins.bin(destination - source)] += given[source]
            role.kinds[kind(of: source, context, destination).rawValue] += given[source]
        }
    }

    private func kind(of source: Int, _ context: [Int32], _ destination: Int) -> SourceKind {
        if source == 0 { return .first }
        if context[source - 1] == context[destination], source - 1 < destination { return .induction }
        return destination - source <= localDistance ? .local : .long_range
    }
}

extension FeatureSources {
    /// [T] what each source gives to a feature's pre-activation at a destination, through all heads; 0 for later sources.
    public func bySource(_ feature: Int, destination: Int) -> [Double] {
        let shares = attribution(feature, destination: destination), H = shares.count / T
        return (0..<T).map { source in shares[source * H..<(source + 1) * H].reduce(0, +) }
    }
}
