/// A destination and a source at which a pair of features is active.
public struct StoredPlace: Hashable, Sendable {
    /// The context's number.
    public var context: UInt32
    /// The position that looks.
    public var destination: UInt16
    /// The position that is looked at.
    public var source: UInt16
    /// f^Q at the destination.
    public var queryActivation: Float
    /// f^K at the source.
    public var keyActivation: Float

    /// A place.
    public init(context: UInt32, destination: UInt16, source: UInt16, queryActivation: Float, keyActivation: Float) {
        self.context = context
        self.destination = destination
        self.source = source
        self.queryActivation = queryActivation
        self.keyActivation = keyActivation
    }
}

/// How often a token occurs.
public struct StoredTally: Hashable, Sendable {
    /// The token.
    public var token: UInt32
    /// How often, at most.
    public var count: Int
    /// By how much that may be too high.
    public var excess: Int

    /// A tally.
    public init(token: UInt32, count: Int, excess: Int) {
        self.token = token
        self.count = count
        self.excess = excess
    }
}

/// Where one pair of features acts in a text.
public struct StoredPairExamples: Hashable, Sendable {
    /// Query feature.
    public var query: UInt32
    /// Key feature.
    public var key: UInt32
    /// How many places there are.
    public var places: Int
    /// How many of them have their source at position 0.
    public var atFirst: Int
    /// Σ f^Q·f^K over the places.
    public var productSum: Double
    /// Places by bin of distance.
    public var distances: [Int]
    /// Tokens at the destinations.
    public var destinationTokens: [StoredTally]
    /// Tokens at the sources.
    public var sourceTokens: [StoredTally]
    /// Where the contribution is greatest.
    public var strongest: [StoredPlace]
    /// An even sample of the places.
    public var sample: [StoredPlace]
    /// The heads in which the pair survives.
    public var heads: [Head]

    /// What is a head's own.
    public struct Head: Hashable, Sendable {
        /// The head.
        public var head: UInt16
        /// A contribution is this times f^Q·f^K.
        public var weight: Float
        /// Σ of the effects on the pattern.
        public var effectSum: Double
        /// Σ of their magnitudes.
        public var effectMagnitude: Double
        /// Effects at the strongest places.
        public var effectsAtStrongest: [Float]
        /// Effects at the sampled places.
        public var effectsAtSample: [Float]
        /// Where the effect is greatest.
        public var byEffect: [Example]

        /// All facts.
        public init(
            head: UInt16, weight: Float, effectSum: Double, effectMagnitude: Double, effectsAtStrongest: [Float],
            effectsAtSample: [Float], byEffect: [Example]
        ) {
            self.head = head
            self.weight = weight
            self.effectSum = effectSum
            self.effectMagnitude = effectMagnitude
            self.effectsAtStrongest = effectsAtStrongest
            self.effectsAtSample = effectsAtSample
            self.byEffect = byEffect
        }
    }

    /// A place with the effect there.
    public struct Example: Hashable, Sendable {
        /// The place.
        public var place: StoredPlace
        /// The effect on the pattern.
        public var effect: Float

        /// An example.
        public init(place: StoredPlace, effect: Float) {
            self.place = place
            self.effect = effect
        }
    }

    /// All facts.
    public init(
        query: UInt32, key: UInt32, places: Int, atFirst: Int, productSum: Double, distances: [Int],
        destinationTokens: [StoredTally], sourceTokens: [StoredTally], strongest: [StoredPlace], sample: [StoredPlace],
        heads: [Head]
    ) {
        self.query = query
        self.key = key
        self.places = places
        self.atFirst = atFirst
        self.productSum = productSum
        self.distances = distances
        self.destinationTokens = destinationTokens
        self.sourceTokens = sourceTokens
        self.strongest = strongest
        self.sample = sample
        self.heads = heads
    }
}

/// Where one feature is active in a text.
public struct StoredFeatureExamples: Hashable, Sendable {
    /// Which side's.
    public var side: Side
    /// The feature.
    public var feature: UInt32
    /// On how many tokens it is active.
    public var active: Int
    /// Σ f over them.
    public var sum: Double
    /// How often it is how strong; nil in a collection from before histograms were kept.
    public var histogram: Histogram?
    /// The tokens themselves.
    public var tokens: [StoredTally]
    /// Where it is strongest.
    public var strongest: [Place]
    /// An even sample of where it is active.
    public var sample: [Place]

    /// The side of a dictionary.
    public enum Side: Hashable, Sendable, CaseIterable {
        /// Queries.
        case query
        /// Keys.
        case key
    }

    /// A place at which it is active.
    public struct Place: Hashable, Sendable {
        /// The context's number.
        public var context: UInt32
        /// The position in it.
        public var position: UInt16
        /// f there.
        public var activation: Float

        /// A place.
        public init(context: UInt32, position: UInt16, activation: Float) {
            self.context = context
            self.position = position
            self.activation = activation
        }
    }

    /// Counts of activations.
    public struct Histogram: Hashable, Sendable {
        /// Two to the power of this is the width of a bin.
        public var exponent: Int
        /// From 0 upwards.
        public var counts: [Int]

        /// A histogram.
        public init(exponent: Int, counts: [Int]) {
            self.exponent = exponent
            self.counts = counts
        }
    }

    /// All facts.
    public init(
        side: Side, feature: UInt32, active: Int, sum: Double, histogram: Histogram? = nil, tokens: [StoredTally],
        strongest: [Place], sample: [Place]
    ) {
        self.histogram = histogram
        self.side = side
        self.feature = feature
        self.active = active
        self.sum = sum
        self.tokens = tokens
        self.strongest = strongest
        self.sample = sample
    }
}

/// How much a collection of examples holds.
public struct ExampleSummary: Hashable, Sendable {
    /// Pairs.
    public var pairs = 0
    /// Query features.
    public var queryFeatures = 0
    /// Key features.
    public var keyFeatures = 0
    /// Contexts whose tokens are kept.
    public var contexts = 0

    /// Nothing.
    public init() {}
}
