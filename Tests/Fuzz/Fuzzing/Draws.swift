/// SplitMix64: the draws of a mutation, the same in Swift and in Python.
///
/// *Source:* Steele, Lea & Flood, "Fast splittable pseudorandom number generators" (2014).
public struct Draws: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Draws that follow from `seed`.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number from 0 to `count - 1`.
    public mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    /// One of the choices.
    public mutating func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element {
        choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
    }

    /// True once in so many draws.
    public mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }
}
