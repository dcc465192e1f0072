public import Dictionaries

// What is changed in one layer's attention while the model runs (specification 1.8). All of it is about the model's own scores
// S = attn_scale · q·k, of which a dictionary knows the part q = Σ f_a W_dec^Q[a] + (bias and error), and k likewise:
//
// 1. A stage put in the pattern's place with a factor F: S' = F·S + (1 − F)·Ŝ.
// 2. A feature scaled by φ: q' = q − (1 − φ) f_a W_dec^Q[a]. All that the feature adds to a score is scaled, its pairs and its
//    products with the other side's bias and error.
// 3. All pairs scaled by F: of Σ_ab f_a f_b M_abh, taken with the activations as step 2 leaves them, the share 1 − F is subtracted.
// 4. A pair scaled by p: of what steps 2 and 3 have left of its contribution f_a f_b M_abh · attn_scale, the share 1 − p is subtracted.
// 5. A head scaled by F: its pattern is multiplied after the softmax; at 0 its z is 0.
//
// So edits that touch the same pair multiply, and nothing is subtracted twice. Masks play no part: what a pair adds to the model's own
// score is f_a f_b M_abh · attn_scale, whether its mask is 1 or a half.

/// A feature of the query side and one of the key side.
public struct FeaturePair: Hashable, Sendable {
    /// The feature of the query side.
    public let query: Int32
    /// The feature of the key side.
    public let key: Int32

    /// A pair.
    public init(query: Int32, key: Int32) { (self.query, self.key) = (query, key) }
}

/// A change of one layer's attention inside the running model.
///
/// Where several layers are changed in one pass, the features of the later ones are those of the residual stream as the earlier changes
/// leave it.
public struct Intervention: Sendable {
    /// What is scaled.
    public enum Target: Hashable, Sendable {
        /// One pair's contribution to the scores.
        case pair(FeaturePair)
        /// All that a feature of the query side adds to the scores.
        case queryFeature(Int32)
        /// All that a feature of the key side adds to the scores.
        case keyFeature(Int32)
        /// The sum over all pairs of active features, in the map or not.
        case allPairs
        /// Every pair whose mask is above 0 in the head.
        case survivingPairs
        /// The pattern.
        case head
        /// The difference between the model's own scores and those that a stage rebuilds.
        case pattern(PatternStage)
    }

    /// One target in some heads, and what it is multiplied by.
    public struct Edit: Sendable {
        let target: Target
        let heads: [Int]
        let factor: Float

        /// An edit.
        ///
        /// - Parameters:
        ///   - target: What is scaled.
        ///   - heads: In which heads.
        ///   - factor: 0 removes, 1 leaves as it is, 2 doubles.
        public init(_ target: Target, heads: [Int], factor: Float = 0) {
            (self.target, self.heads, self.factor) = (target, heads, factor)
        }
    }

    /// Which scores are changed.
    public struct Window: Sendable {
        /// The positions that look, negative ones from the end; nil for all.
        public var destinations: [Int]?
        /// The positions that are looked at, negative ones from the end; nil for all.
        public var sources: [Int]?

        /// A window; all scores unless it says otherwise.
        public init(destinations: [Int]? = nil, sources: [Int]? = nil) {
            (self.destinations, self.sources) = (destinations, sources)
        }

        /// [T] whether each position is in the list.
        static func flags(_ positions: [Int]?, T: Int) -> [Bool] {
            guard let positions else { return Array(repeating: true, count: T) }
            var flags = [Bool](repeating: false, count: T)
            for position in positions {
                let place = position < 0 ? position + T : position
                precondition(flags.indices.contains(place), "position \(position) in a sequence of \(T)")
                flags[place] = true
            }
            return flags
        }
    }

    /// The layer.
    public let layer: Int
    let window: Window
    let dictionary: TranscoderPair?
    let map: FeatureMap?
    /// φ per head of each feature that is scaled.
    let queryFactors: [Int32: [Float]], keyFactors: [Int32: [Float]]
    /// [H] F of all pairs.
    let allPairs: [Float]
    /// [H] F of the pattern.
    let heads: [Float]
    /// [H] what is put in the pattern's place.
    let substitutes: [(stage: PatternStage, factor: Float)?]
    /// The pairs that are scaled on their own, with what is subtracted.
    let pairs: PairWeights

    /// An intervention from its edits.
    ///
    /// - Parameters:
    ///   - layer: The layer.
    ///   - n_heads: H.
    ///   - dictionary: The features that pairs, features and stages are named by; nil if only heads are.
    ///   - map: For `survivingPairs` and the stage `masked_map`.
    ///   - attn_scale: The model's, of that layer.
    ///   - edits: In any order; those of the same target multiply, and of two stages in one head the last counts.
    ///   - window: Which scores are changed.
    /// - Precondition: the dictionary and the map are there where an edit needs them.
    /// - Complexity: K multiply-adds for each pair and head.
    public init(
        layer: Int, n_heads: Int, dictionary: TranscoderPair? = nil, map: FeatureMap? = nil, attn_scale: Float, edits: [Edit],
        window: Window = Window()
    ) {
        (self.layer, self.window, self.dictionary, self.map) = (layer, window, dictionary, map)
        let ones = [Float](repeating: 1, count: n_heads)
        var query: [Int32: [Float]] = [:], key: [Int32: [Float]] = [:], single: [FeaturePair: [Float]] = [:]
        var (allPairs, patterns) = (ones, ones)
        var substitutes = [(stage: PatternStage, factor: Float)?](repeating: nil, count: n_heads)
        for edit in edits {
            for head in edit.heads {
                switch edit.target {
                case .pattern(let stage): substitutes[head] = edit.factor == 1 ? nil : (stage, edit.factor)
                case _ where edit.factor == 1: continue
                case .pair(let pair): single[pair, default: ones][head] *= edit.factor
                case .queryFeature(let feature): query[feature, default: ones][head] *= edit.factor
                case .keyFeature(let feature): key[feature, default: ones][head] *= edit.factor
                case .allPairs: allPairs[head] *= edit.factor
                case .survivingPairs:
                    guard let map else { preconditionFailure("surviving pairs are those of a map, and there is none") }
                    for pair in map.survivingPairs(head: head) { single[pair, default: ones][head] *= edit.factor }
                case .head: patterns[head] *= edit.factor
                }
            }
        }
        (queryFactors, keyFactors, self.allPairs, heads, self.substitutes) = (query, key, allPairs, patterns, substitutes)
        precondition(
            dictionary != nil
                || (single.isEmpty && query.isEmpty && key.isEmpty && allPairs == ones && substitutes.allSatisfy { $0 == nil }),
            "only heads can be scaled without a dictionary")
        pairs = PairWeights(single, dictionary) { pair, head in
            let activations = (query[pair.query]?[head] ?? 1) * (key[pair.key]?[head] ?? 1)
            return attn_scale * allPairs[head] * activations
        }
    }

    /// Whether anything is changed before the softmax, and so features are needed.
    var changesScores: Bool { changesPairs || substitutes.contains { $0 != nil } }

    /// Whether features or pairs are scaled.
    var changesPairs: Bool { !pairs.isEmpty || changesFeatures || allPairs.contains { $0 != 1 } }

    /// Whether features are scaled.
    var changesFeatures: Bool { !queryFactors.isEmpty || !keyFactors.isEmpty }

    /// Whether a pattern is scaled.
    var changesPattern: Bool { heads.contains { $0 != 1 } }
}

extension FeatureMap {
    /// The pairs whose mask is above 0 in a head, by (a, b).
    ///
    /// - Complexity: O(pairs).
    public func survivingPairs(head: Int) -> [FeaturePair] {
        var found: [FeaturePair] = []
        for a in 0..<support.d_sae_query {
            for pair in support.range(a) where mask[pair * n_heads + head] > 0 {
                found.append(FeaturePair(query: Int32(a), key: support.keys[pair]))
            }
        }
        return found
    }
}
