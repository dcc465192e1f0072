/// The project's one source of randomness: xoshiro256**, seeded, with a state that a checkpoint can save.
///
/// *Source:* Blackman & Vigna, "Scrambled linear pseudorandom number generators" (2018), xoshiro256** 1.0; seeded by SplitMix64 as
/// its authors advise.
public struct RandomGenerator: RandomNumberGenerator, Sendable, Equatable, Codable {
    private var s0, s1, s2, s3: UInt64

    /// A generator whose whole sequence follows from `seed`.
    public init(seed: UInt64) {
        var state = seed
        func splitMix() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        (s0, s1, s2, s3) = (splitMix(), splitMix(), splitMix(), splitMix())
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        let scrambled = s1 &* 5
        let result = ((scrambled << 7) | (scrambled >> 57)) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = (s3 << 45) | (s3 >> 19)
        return result
    }

    /// A number drawn evenly from [0, 1), with 24 random bits.
    public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// A number drawn from the normal distribution of mean 0 and standard deviation 1 (sum of twelve uniforms is not enough in the
    /// tails, so this is Marsaglia's polar method, in double precision).
    public mutating func normal() -> Double {
        while true {
            let u = Double(next() >> 11) * 0x1p-52 - 1
            let v = Double(next() >> 11) * 0x1p-52 - 1
            let s = u * u + v * v
            if s > 0, s < 1 { return u * (-2 * logarithm(s) / s).squareRoot() }
        }
    }

    /// A permutation of `0..<count`, drawn evenly (Fisher & Yates).
    public mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, Int(next() % UInt64(last + 1)))
        }
        return order
    }
}

extension RandomGenerator {
    /// The four words as signed numbers: what formats without unsigned 64-bit numbers, JSON's readers among them, can hold.
    public init(from decoder: any Decoder) throws {
        let words = try decoder.singleValueContainer().decode([Int64].self)
        guard words.count == 4 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a generator has 4 words, not \(words.count)"))
        }
        (s0, s1, s2, s3) = (
            UInt64(bitPattern: words[0]), UInt64(bitPattern: words[1]), UInt64(bitPattern: words[2]), UInt64(bitPattern: words[3])
        )
    }

    /// See ``init(from:)``.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode([s0, s1, s2, s3].map { Int64(bitPattern: $0) })
    }
}
