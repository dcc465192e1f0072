/// The ids of the words met lately, for texts long enough that words come back.
///
/// Direct-mapped: a word has one slot, and a new word replaces the one that is there. So memory is fixed (under 1 MiB), nothing is
/// ever evicted in bulk, and a hostile text makes it useless but never large.
struct WordCache: Sendable {
    /// A short word packed into 16 bytes, its length in the last one.
    struct Key: Equatable {
        var low: UInt64 = 0
        var high: UInt64 = 0

        /// Nil if the word has more bytes than fit beside the length.
        @inline(__always)
        init?(_ word: Span<UInt8>) {
            guard word.count < 16 else { return nil }
            for index in 0..<min(word.count, 8) { low |= UInt64(word[index]) << (8 * UInt64(index)) }
            if word.count > 8 {
                for index in 8..<word.count { high |= UInt64(word[index]) << (8 * UInt64(index - 8)) }
            }
            high |= UInt64(word.count) << 56
        }

        /// No word at all; words have at least one byte.
        init() {}
    }

    private var keys = [Key](repeating: Key(), count: slots)
    private var ids = [Int32](repeating: 0, count: slots * mostIDs)
    private var counts = [UInt8](repeating: 0, count: slots)

    /// Enough for the words that make up nearly all of an English text.
    private static let slots = 1 << 14
    /// Words with more ids are not kept.
    private static let mostIDs = 6
    /// Two odd constants of SplitMix64 (Steele, Lea and Flood 2014).
    private static let mix: (UInt64, UInt64) = (0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB)

    private static func slot(of key: Key) -> Int {
        let mixed = key.low &* mix.0 ^ key.high &* mix.1
        return Int(((mixed ^ (mixed >> 32)) &* mix.0) >> UInt64(UInt64.bitWidth - slots.trailingZeroBitCount))
    }

    /// Appends the word's ids if they are known.
    @inline(__always)
    func append(_ key: Key, to found: inout [Int32]) -> Bool {
        let slot = WordCache.slot(of: key)
        guard keys[slot] == key else { return false }
        let first = slot * WordCache.mostIDs
        for index in first..<first + Int(counts[slot]) { found.append(ids[index]) }
        return true
    }

    /// Keeps a word's ids in place of whatever word had its slot.
    mutating func keep(_ key: Key, _ new: ArraySlice<Int32>) {
        guard new.count <= WordCache.mostIDs else { return }
        let slot = WordCache.slot(of: key)
        keys[slot] = key
        counts[slot] = UInt8(new.count)
        for (index, id) in new.enumerated() { ids[slot * WordCache.mostIDs + index] = id }
    }
}
