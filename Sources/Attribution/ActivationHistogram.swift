// A histogram whose range nobody knows beforehand:
//
// 1. The width of a bin is a power of two, such that the largest activation so far falls into the upper half of the bins.
// 2. A larger activation doubles the width as often as it takes; each time neighbouring bins become one.
//
// ⌊⌊f/w⌋/2⌋ = ⌊f/2w⌋, so that the counts depend on the activations alone, not on their order.

/// How often a feature is active how strongly.
public struct ActivationHistogram: Sendable, Hashable {
    /// The most bins.
    public static let capacity = 64
    /// The smallest width's exponent: below it a Float has no room for the bins' numbers.
    private static let smallestExponent = -120

    /// Two to the power of this is the width of a bin.
    public private(set) var exponent = smallestExponent
    /// How many activations each bin has, from 0 upwards; empty while there is none.
    private var bins: [UInt32] = []

    /// No activation yet.
    public init() {}

    /// The counts of the bins up to the largest activation's.
    public var counts: [Int] { bins.prefix((bins.lastIndex { $0 > 0 } ?? -1) + 1).map(Int.init) }

    /// The width of a bin: bin i counts activations from i times this to (i + 1) times this.
    public var width: Float { Self.width(exponent) }

    /// The width with an exponent.
    public static func width(_ exponent: Int) -> Float { Float(sign: .plus, exponent: Float.Exponent(exponent), significand: 1) }

    /// Counts an activation, which is above 0.
    public mutating func add(_ f: Float) {
        guard f > 0, f.isFinite else { return }
        // With this width f falls into the upper half of the bins: f/width is at least capacity/2 and less than capacity.
        let needed = max(Int(f.exponent) - (Self.capacity / 2).trailingZeroBitCount, Self.smallestExponent)
        if bins.isEmpty {
            bins = Array(repeating: 0, count: Self.capacity)
            exponent = needed
        } else if needed > exponent {
            widen(by: needed - exponent)
            exponent = needed
        }
        bins[Int(f / width)] &+= 1
    }

    private mutating func widen(by doublings: Int) {
        let shift = min(doublings, Self.capacity.trailingZeroBitCount)
        for bin in 1..<Self.capacity {
            let count = bins[bin]
            bins[bin] = 0
            bins[bin >> shift] += count
        }
    }
}
