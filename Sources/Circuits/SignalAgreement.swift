public import Attribution
public import Dictionaries
public import GPT2
private import Kernels
import Tensors

// How far the signal of a look and the features of a dictionary lie in the same directions, at one end of the look:
//
// 1. The signal is the kept terms' vectors s_k = √s_k·u_k (or v_k), without the entry that reads the constant; they lie in the space that
//    the head's map W = W_Q (or W_K) reads, which has K′ = rank W dimensions.
// 2. The features are those active at this end that survive in a pair with one active at the other end. Feature a's decoder row w_a [K]
//    is a query (or key); g_a = w_a·W⁺ is the shortest change of the normalised stream that the head takes for it. It lies in the
//    same space.
// 3. With P_F and P_S the projections on the spans of all g_a and of all s_k:
//        signal in features = Σ_k |P_F s_k|² / Σ_k |s_k|²,   features in signal = Σ_a f_a²·|P_S g_a|² / Σ_a f_a²·|g_a|².
// 4. A direction drawn evenly from the K′ dimensions lies in a span of n of them by n/K′ in the mean: what chance alone gives.

/// How far what a look reads and what a dictionary says of it lie in the same directions.
public struct SignalAgreement: Sendable, Equatable {
    /// One end's.
    public struct End: Sendable, Equatable {
        /// How many terms are kept, and how many features take part.
        public let terms: Int, features: Int
        /// The share of the signal that lies in the span of the features, and what it is by chance.
        public let signalInFeatures: Double, signalInFeaturesByChance: Double
        /// The share of the features that lies in the span of the signal, and what it is by chance.
        public let featuresInSignal: Double, featuresInSignalByChance: Double
    }

    /// Where the head looks from.
    public let destination: End
    /// What it looks at.
    public let source: End

    /// Compares one look.
    ///
    /// - Parameters:
    ///   - look: The look of the head, taken apart.
    ///   - features: What a dictionary makes of the same prompt.
    ///   - dictionary: The dictionary.
    ///   - map: Its map, which says what pairs survive.
    ///   - frame: The head's.
    public init(
        _ look: SignalLook, _ features: AttentionLook, _ dictionary: TranscoderPair, map: FeatureMap, frame: AgreementFrame
    ) {
        let head = look.destinationTerms.head
        let queries = features.query.range(look.destination), keys = features.key.range(look.source)
        let survives = { (a: Int, b: Int) in
            map.survives(query: features.query.indices[a], key: features.key.indices[b], head: head)
        }
        let activeQueries = queries.filter { a in keys.contains { b in survives(a, b) } }
        let activeKeys = keys.filter { b in queries.contains { a in survives(a, b) } }
        func row(_ W_dec: [Float], _ feature: Int32) -> [Float] {
            let K = frame.d_head, start = (Int(feature) * features.q.shape[1] + head) * K
            return Array(W_dec[start..<start + K])
        }
        destination = frame.query.agreement(
            look.signal(.destination), activeQueries.map { row(dictionary.query.W_dec, features.query.indices[$0]) },
            activations: activeQueries.map { Double(features.query.values[$0]) })
        source = frame.key.agreement(
            look.signal(.source), activeKeys.map { row(dictionary.key.W_dec, features.key.indices[$0]) },
            activations: activeKeys.map { Double(features.key.values[$0]) })
    }
}

/// The spaces that one head's query and key maps read, with coordinates in which the agreement is measured.
public struct AgreementFrame: Sendable {
    let query: ReadingSpace, key: ReadingSpace
    /// The width of the head.
    public let d_head: Int

    /// A head's.
    ///
    /// - Parameters:
    ///   - maps: The layer's query and key maps, centred.
    ///   - head: The head.
    ///   - n_heads: How many the layer has.
    public init(_ maps: FoldedQK, head: Int, n_heads: Int) {
        query = ReadingSpace(SingularDecomposition.rows(maps.W_Q, nil, head: head, n_heads: n_heads))
        key = ReadingSpace(SingularDecomposition.rows(maps.W_K, nil, head: head, n_heads: n_heads))
        d_head = maps.W_Q.shape[1] / n_heads
    }
}

/// The space that a map W [D, K] reads, with coordinates along its singular vectors.
struct ReadingSpace: Sendable {
    /// K′, the rank of the map.
    let dimensions: Int
    /// [D, rank] and [K, rank] W's singular vectors, and its singular values; the first K′ of them count.
    private let factors: ProductDecomposition

    init(_ W: Tensor) {
        let K = W.shape[1]
        var unit = [Float](repeating: 0, count: K * K)
        for k in 0..<K { unit[k * K + k] = 1 }
        factors = ProductDecomposition(W.values.span, unit.span, width: K)
        let least = (factors.s.first ?? 0) * Float(max(W.shape[0], K)) * Float.ulpOfOne
        dimensions = factors.s.count { $0 > least }
    }

    /// [K′] the coordinates of a direction of the stream: U_Wᵀ·d.
    private func coordinates(ofDirection d: some Collection<Float>) -> [Double] {
        var result = [Double](repeating: 0, count: dimensions)
        for (row, value) in d.enumerated() {
            for k in 0..<dimensions { result[k] += Double(value) * Double(factors.U[row * factors.rank + k]) }
        }
        return result
    }

    /// [K′] the coordinates of the shortest direction that the map takes to a query or key w: those of w·W⁺.
    private func coordinates(ofPreimage w: [Float]) -> [Double] {
        (0..<dimensions).map { k in
            w.indices.reduce(0) { $0 + Double(w[$1]) * Double(factors.V[$1 * factors.rank + k]) } / Double(factors.s[k])
        }
    }

    /// Compares a signal with features, given as decoder rows and activations.
    func agreement(_ signal: Signal, _ rows: [[Float]], activations: [Double]) -> SignalAgreement.End {
        let width = signal.width, D = factors.U.count / factors.rank, vectors = signal.vectors
        let signals = signal.terms.indices.map { n in coordinates(ofDirection: vectors.values[n * width..<n * width + D]) }
        let features = zip(rows, activations).map { row, f in coordinates(ofPreimage: row).map { $0 * f } }
        let signalSpan = Self.basis(signals), featureSpan = Self.basis(features)
        return SignalAgreement.End(
            terms: signals.count, features: features.count, signalInFeatures: Self.share(of: signals, in: featureSpan),
            signalInFeaturesByChance: Double(featureSpan.count) / Double(max(dimensions, 1)),
            featuresInSignal: Self.share(of: features, in: signalSpan),
            featuresInSignalByChance: Double(signalSpan.count) / Double(max(dimensions, 1)))
    }

    /// What rounding leaves of a vector that lies in the span of others.
    private static let independence = 1e-6

    /// An orthonormal basis of the span of some vectors.
    private static func basis(_ vectors: [[Double]]) -> [[Double]] {
        var basis: [[Double]] = []
        for vector in vectors {
            var rest = vector
            // Twice is enough (Kahan).
            for _ in 0..<2 {
                for unit in basis {
                    let along = product(rest, unit)
                    for k in rest.indices { rest[k] -= along * unit[k] }
                }
            }
            let length = product(rest, rest).squareRoot()
            if length > independence * product(vector, vector).squareRoot() { basis.append(rest.map { $0 / length }) }
        }
        return basis
    }

    /// Σ|P v|²/Σ|v|²; 0 of nothing.
    private static func share(of vectors: [[Double]], in basis: [[Double]]) -> Double {
        var inside = 0.0, all = 0.0
        for vector in vectors {
            all += product(vector, vector)
            for unit in basis {
                let along = product(vector, unit)
                inside += along * along
            }
        }
        return all > 0 ? min(inside / all, 1) : 0
    }

    private static func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
}

/// Means of agreements over looks.
public struct AgreementMeans: Sendable {
    /// How many looks were taken in.
    public private(set) var looks = 0
    /// How many of them have no features.
    public private(set) var looksWithoutFeatures = 0
    private var destinations: [SignalAgreement.End] = [], sources: [SignalAgreement.End] = []

    /// Nothing yet.
    public init() {}

    /// Takes in a look; one with an end that keeps no terms is passed over.
    public mutating func add(_ agreement: SignalAgreement) {
        guard agreement.destination.terms > 0, agreement.source.terms > 0 else { return }
        looks += 1
        looksWithoutFeatures += agreement.destination.features == 0 ? 1 : 0
        destinations.append(agreement.destination)
        sources.append(agreement.source)
    }

    /// The mean of a number over one end of all looks.
    public func mean(_ side: LookSide, _ number: (SignalAgreement.End) -> Double) -> Double {
        let ends = side == .destination ? destinations : sources
        return ends.reduce(0) { $0 + number($1) } / Double(max(ends.count, 1))
    }
}
