/// Which pairs of tokens merge, into what, and in which order of preference.
///
/// A hash table with open addressing: a merge is one 64-bit key (left, right) and one 64-bit value (rank, result), and a lookup
/// in the inner loop of byte-pair encoding is a multiplication and, nearly always, one cache line.
struct MergeTable: Sendable {
    /// Left id in the upper, right id in the lower half; all ones where empty.
    private var keys: [UInt64]
    /// Rank in the upper, result in the lower half.
    private var values: [UInt64]
    private let shift: UInt64
    /// A bit per pair of bytes: whether any merge joins a token that ends with the one to a token that begins with the other.
    private var joins: [Bool]

    /// What a lookup answers for pairs that do not merge; above every merge.
    static let none = UInt64.max

    /// More merges than this are refused.
    static let mostMerges = Vocabulary.mostTokens
    /// Slots per merge, so that at most half are taken and probes stay short.
    private static let slotsPerMerge = 2
    private static let byteValues = 256
    /// 2⁶⁴ divided by the golden ratio: multiplication spreads consecutive keys over the upper bits (Knuth, TAOCP 3, section 6.4).
    private static let spread: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// - Parameter merges: the pairs in order of preference.
    /// - Throws: ``TokenizerError``; every part and every result must be a token.
    init(merges: [Merge], vocabulary: Vocabulary) throws(TokenizerError) {
        guard merges.count <= MergeTable.mostMerges else {
            throw .tooMany(kind: "merges", count: merges.count, limit: MergeTable.mostMerges)
        }
        var slots = MergeTable.slotsPerMerge
        while slots < merges.count * MergeTable.slotsPerMerge { slots *= 2 }
        keys = Array(repeating: .max, count: slots)
        values = Array(repeating: MergeTable.none, count: slots)
        shift = UInt64(UInt64.bitWidth - slots.trailingZeroBitCount)
        joins = Array(repeating: false, count: MergeTable.byteValues * MergeTable.byteValues)
        for (rank, merge) in merges.enumerated() {
            let left = try merge.token(merge.left, in: vocabulary)
            let right = try merge.token(merge.right, in: vocabulary)
            let result = try merge.token(merge.left + merge.right, in: vocabulary)
            guard vocabulary.length(of: result) == vocabulary.length(of: left) + vocabulary.length(of: right) else {
                throw .inconsistentMerge(merge.place, left: merge.left, right: merge.right)
            }
            let earlier = insert(MergeTable.key(left, right), UInt64(rank) << 32 | UInt64(UInt32(bitPattern: result)))
            if let earlier {
                throw .duplicateMerge(merge.place, left: merge.left, right: merge.right, earlier: merges[earlier].place)
            }
            guard let last = vocabulary.bytes(of: left).last, let first = vocabulary.bytes(of: right).first else { continue }
            joins[Int(last) * MergeTable.byteValues + Int(first)] = true
        }
    }

    /// The rank of the merge that has the key already, or nil after inserting.
    private mutating func insert(_ key: UInt64, _ value: UInt64) -> Int? {
        var slot = Int((key &* MergeTable.spread) >> shift)
        while keys[slot] != .max {
            if keys[slot] == key { return Int(values[slot] >> 32) }
            slot = (slot + 1) & (keys.count - 1)
        }
        keys[slot] = key
        values[slot] = value
        return nil
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// The merge of two tokens: its rank in the upper half, the result's id in the lower; ``none`` if they do not merge.
    ///
    /// Of two answers the smaller is the merge that goes first.
    @inline(__always)
    func lookup(_ left: Int32, _ right: Int32) -> UInt64 {
        let key = MergeTable.key(left, right)
        var slot = Int((key &* MergeTable.spread) >> shift)
        while true {
            let found = keys[slot]
            if found == key { return values[slot] }
            if found == .max { return MergeTable.none }
            slot = (slot + 1) & (keys.count - 1)
        }
    }

    /// The id in a lookup's answer.
    @inline(__always)
    static func result(_ answer: UInt64) -> Int32 { Int32(truncatingIfNeeded: answer) }

    /// Whether any merge can ever join tokens across a place between these two bytes.
    @inline(__always)
    func canJoin(_ left: UInt8, _ right: UInt8) -> Bool { joins[Int(left) * MergeTable.byteValues + Int(right)] }
}

/// One line of merges.txt: two spellings that become one token.
struct Merge: Sendable {
    let left: String
    let right: String
    let place: MergePlace

    /// The id of one of the merge's three tokens.
    fileprivate func token(_ symbol: String, in vocabulary: Vocabulary) throws(TokenizerError) -> Int32 {
        guard let id = vocabulary.id(ofSymbol: symbol) else {
            throw .unknownMergeToken(place, left: left, right: right, unknown: symbol)
        }
        return id
    }
}
