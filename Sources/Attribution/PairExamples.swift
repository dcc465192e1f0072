/// Where one pair of features acts over a whole text, and how strongly in each head.
public struct PairExamples: Sendable, Hashable {
    /// a.
    public let query: Int
    /// b.
    public let key: Int
    /// How many (destination, source) places there are at which both are active.
    public let places: Int
    /// How many of these have their source at position 0, where BOS is.
    public let atFirst: Int
    /// Σ f^Q·f^K over all places.
    public let productSum: Double
    /// How many places there are at each distance, see ``DistanceBins``.
    public let distances: [Int]
    /// The tokens at the destinations.
    public let destinationTokens: [TokenTally]
    /// The tokens at the sources.
    public let sourceTokens: [TokenTally]
    /// Where the contribution is greatest by magnitude, in every head alike; greatest first.
    public let strongest: [ExamplePlace]
    /// An even sample of all places, greatest magnitude of the contribution first.
    public let sample: [ExamplePlace]
    /// The heads in which the pair survives, ascending.
    public let heads: [Head]

    /// What is a head's own.
    public struct Head: Sendable, Hashable {
        /// h.
        public let head: Int
        /// M·m·attn_scale: a contribution is this times f^Q·f^K.
        public let weight: Float
        /// Σ of the effects on the pattern over all places.
        public let effectSum: Double
        /// Σ of their magnitudes.
        public let effectMagnitude: Double
        /// The effects at the places of `strongest`.
        public let effectsAtStrongest: [Float]
        /// The effects at the places of `sample`.
        public let effectsAtSample: [Float]
        /// Where the effect is greatest by magnitude, greatest first.
        public let byEffect: [Example]

        /// All facts.
        public init(
            head: Int, weight: Float, effectSum: Double, effectMagnitude: Double, effectsAtStrongest: [Float],
            effectsAtSample: [Float], byEffect: [Example]
        ) {
            (self.head, self.weight, self.effectSum, self.effectMagnitude) = (head, weight, effectSum, effectMagnitude)
            (self.effectsAtStrongest, self.effectsAtSample, self.byEffect) = (effectsAtStrongest, effectsAtSample, byEffect)
        }
    }

    /// A place with a head's effect there.
    public struct Example: Sendable, Hashable {
        /// The place.
        public let place: ExamplePlace
        /// A − A′.
        public let effect: Float

        /// An example.
        public init(place: ExamplePlace, effect: Float) { (self.place, self.effect) = (place, effect) }
    }

    /// All facts.
    public init(
        query: Int, key: Int, places: Int, atFirst: Int, productSum: Double, distances: [Int], destinationTokens: [TokenTally],
        sourceTokens: [TokenTally], strongest: [ExamplePlace], sample: [ExamplePlace], heads: [Head]
    ) {
        (self.query, self.key, self.places, self.atFirst, self.productSum) = (query, key, places, atFirst, productSum)
        (self.distances, self.destinationTokens, self.sourceTokens) = (distances, destinationTokens, sourceTokens)
        (self.strongest, self.sample, self.heads) = (strongest, sample, heads)
    }
}

/// How much is kept of each pair and each feature.
public struct ExampleLimits: Sendable, Hashable {
    /// Places kept by contribution, as many by effect in each head.
    public var examples: Int
    /// Places of the even sample.
    public var sample: Int
    /// Counters of each table of tokens; a token with more than a `tokens`-th of all occurrences is never missed.
    public var tokens: Int

    /// Limits, at least one of each.
    public init(examples: Int = 10, sample: Int = 10, tokens: Int = 16) {
        precondition(examples > 0 && sample > 0 && tokens > 0, "limits of \(examples), \(sample) and \(tokens)")
        (self.examples, self.sample, self.tokens) = (examples, sample, tokens)
    }
}
