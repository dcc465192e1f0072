/// A destination and a source of one context at which a pair of features is active.
public struct ExamplePlace: Sendable, Hashable {
    /// The context's number.
    public let context: UInt32
    /// The position whose query looks back.
    public let destination: UInt16
    /// The position whose key is looked at.
    public let source: UInt16
    /// f^Q at the destination.
    public let queryActivation: Float
    /// f^K at the source.
    public let keyActivation: Float

    /// f^Q·f^K: the pair's contribution to a head's score is this times M·m·attn_scale.
    public var product: Float { queryActivation * keyActivation }

    /// A place.
    public init(context: UInt32, destination: UInt16, source: UInt16, queryActivation: Float, keyActivation: Float) {
        (self.context, self.destination, self.source) = (context, destination, source)
        (self.queryActivation, self.keyActivation) = (queryActivation, keyActivation)
    }
}

/// A place at which one feature is active.
public struct FeaturePlace: Sendable, Hashable {
    /// The context's number.
    public let context: UInt32
    /// The position in it.
    public let position: UInt16
    /// f there.
    public let activation: Float

    /// A place.
    public init(context: UInt32, position: UInt16, activation: Float) {
        (self.context, self.position, self.activation) = (context, position, activation)
    }
}

/// The strongest places of each of many lists, in room that is taken once: nothing grows while a text is walked.
struct StrongestPlaces<Place: Sendable>: Sendable {
    private let capacity: Int
    /// [lists, capacity].
    private var places: [Place]
    /// [lists, capacity] what they are ranked by.
    private var strengths: [Float]
    /// [lists] how many there are.
    private var filled: [Int32]
    /// [lists] what a place must exceed to get in.
    private var bars: [Float]
    /// [lists] which slot it would take, once the list is full.
    private var weakest: [Int32]

    /// Empty lists of at most `capacity` places.
    init(lists: Int, capacity: Int, filler: Place) {
        self.capacity = capacity
        places = Array(repeating: filler, count: lists * capacity)
        strengths = Array(repeating: 0, count: lists * capacity)
        filled = Array(repeating: 0, count: lists)
        // Strengths are magnitudes: any of them exceeds this.
        bars = Array(repeating: -1, count: lists)
        weakest = Array(repeating: 0, count: lists)
    }

    /// Whether a place of that strength gets into a list; of equal ones the first stays.
    func admits(_ strength: Float, to list: Int) -> Bool { strength > bars[list] }

    /// Puts an admitted place into a list, over the weakest one if there is no room.
    ///
    /// - Returns: The slot it has taken, below the capacity.
    mutating func insert(_ place: Place, strength: Float, into list: Int) -> Int {
        let base = list * capacity
        var slot = Int(filled[list])
        if slot < capacity { filled[list] += 1 } else { slot = Int(weakest[list]) }
        places[base + slot] = place
        strengths[base + slot] = strength
        if Int(filled[list]) == capacity {
            var lowest = 0
            for other in 1..<capacity where strengths[base + other] < strengths[base + lowest] { lowest = other }
            weakest[list] = Int32(lowest)
            bars[list] = strengths[base + lowest]
        }
        return slot
    }

    /// A list's places, strongest first, each with its slot.
    func ranked(_ list: Int) -> [(slot: Int, place: Place)] {
        let base = list * capacity
        return (0..<Int(filled[list])).sorted { (strengths[base + $0], $1) > (strengths[base + $1], $0) }
            .map { ($0, places[base + $0]) }
    }
}

/// An even sample of the places of each of many lists: every place of a list is kept with the same probability.
///
/// Sorted, a sample of n stands for the quantiles 1/(n + 1), …, n/(n + 1) of all places. Which are kept follows from the seed, the list
/// and the places' numbers alone.
///
/// *Source:* Vitter, "Random Sampling with a Reservoir" (1985), algorithm R, with a hash of the place's number for its random number.
struct SampledPlaces<Place: Sendable>: Sendable {
    private let capacity: Int
    private let seed: UInt64
    /// [lists, capacity].
    private var places: [Place]
    /// [lists] how many were offered.
    private var offered: [Int]

    /// Empty samples of at most `capacity` places.
    init(lists: Int, capacity: Int, seed: UInt64, filler: Place) {
        (self.capacity, self.seed) = (capacity, seed)
        places = Array(repeating: filler, count: lists * capacity)
        offered = Array(repeating: 0, count: lists)
    }

    /// The slot that the next place of a list takes; nil if it is passed over.
    ///
    /// - Parameter identity: What tells the list from all others, wherever it stands.
    mutating func nextSlot(of list: Int, identity: UInt64) -> Int? {
        let number = offered[list]
        offered[list] = number + 1
        if number < capacity { return number }
        let random = Self.mixed(seed ^ Self.mixed(identity) ^ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
        // An even draw from 0 ... number, by the upper half of a product.
        let slot = Int(random.multipliedFullWidth(by: UInt64(number + 1)).high)
        return slot < capacity ? slot : nil
    }

    /// Puts a place where ``nextSlot(of:identity:)`` has said.
    mutating func put(_ place: Place, slot: Int, of list: Int) { places[list * capacity + slot] = place }

    /// A list's places by slot.
    func places(_ list: Int) -> ArraySlice<Place> { places[list * capacity..<list * capacity + min(offered[list], capacity)] }

    /// A hash of 64 bits.
    ///
    /// *Source:* the finaliser of SplitMix64 (Steele, Lea & Flood 2014), with which `RandomGenerator` is seeded.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
