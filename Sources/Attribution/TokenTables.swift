// How often tokens occur, for very many lists at once, in fixed room (space-saving counters):
//
// 1. A token that has a counter in the list adds to it; a new one takes a free counter.
// 2. Where none is free it takes over the smallest counter and adds to it; what the counter held is the most by which the new count can
//    be too high.
// 3. So counts are never too low, a list of at most `capacity` distinct tokens is exact, and a token with more than 1/capacity of all
//    occurrences is always there.
//
// Source: Metwally, Agrawal & El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams" (2005).

/// How often a token occurs.
public struct TokenTally: Sendable, Hashable {
    /// The token.
    public let token: Int32
    /// How often, at most.
    public let count: Int
    /// By how much that may be too high; 0 where it is exact.
    public let excess: Int

    /// A tally.
    public init(token: Int32, count: Int, excess: Int) { (self.token, self.count, self.excess) = (token, count, excess) }
}

/// The tokens that occur most often in each of many lists.
struct TokenTables: Sendable {
    private let capacity: Int
    /// [lists, capacity].
    private var tokens: [Int32], counts: [Int], excesses: [Int]
    /// [lists] how many counters are taken.
    private var filled: [Int32]

    /// Empty tables.
    init(lists: Int, capacity: Int) {
        self.capacity = capacity
        tokens = Array(repeating: 0, count: lists * capacity)
        counts = Array(repeating: 0, count: lists * capacity)
        excesses = counts
        filled = Array(repeating: 0, count: lists)
    }

    /// Counts `weight` occurrences of a token.
    ///
    /// - Complexity: O(capacity).
    mutating func add(_ token: Int32, weight: Int, to list: Int) {
        let base = list * capacity, taken = Int(filled[list])
        for slot in base..<base + taken where tokens[slot] == token {
            counts[slot] += weight
            return
        }
        if taken < capacity {
            tokens[base + taken] = token
            counts[base + taken] = weight
            filled[list] += 1
            return
        }
        var smallest = base
        for slot in base + 1..<base + capacity where counts[slot] < counts[smallest] { smallest = slot }
        tokens[smallest] = token
        excesses[smallest] = counts[smallest]
        counts[smallest] += weight
    }

    /// A list's tokens, most frequent first.
    func table(_ list: Int) -> [TokenTally] {
        (list * capacity..<list * capacity + Int(filled[list]))
            .map { TokenTally(token: tokens[$0], count: counts[$0], excess: excesses[$0]) }
            .sorted { ($0.count, $1.excess, $1.token) > ($1.count, $0.excess, $0.token) }
    }
}
