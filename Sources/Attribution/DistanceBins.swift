/// The bins of a histogram of distances i − j: 0, 1, 2, 3–4, 5–8, 9–16, and so on by powers of two.
public enum DistanceBins {
    /// The bin of a distance.
    public static func bin(_ distance: Int) -> Int {
        distance == 0 ? 0 : 1 + (Int.bitWidth - (distance - 1).leadingZeroBitCount)
    }

    /// How many bins the distances within contexts of `T` tokens fall into.
    public static func count(T: Int) -> Int { bin(T - 1) + 1 }

    /// The distances of a bin.
    public static func distances(_ bin: Int) -> ClosedRange<Int> {
        bin < 3 ? bin...bin : (1 << (bin - 2)) + 1...(1 << (bin - 1))
    }
}
