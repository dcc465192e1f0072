public import Tensors

/// The feature pairs (a, b) that are ever active together, a at a query and b at one of its keys; every other pair of a map has no effect.
///
/// Compressed rows by query feature: a's partners are `keys[offsets[a] ..< offsets[a + 1]]`, ascending.
public struct Support: Sendable, Equatable {
    /// n_K, the number of key features.
    public let d_sae_key: Int
    /// [n_Q + 1].
    public let offsets: [Int]
    /// The pairs' key features.
    public let keys: [Int32]

    /// A support from its parts.
    public init(d_sae_key: Int, offsets: [Int], keys: [Int32]) {
        precondition(
            offsets.first == 0 && offsets.last == keys.count,
            "rows end at \(offsets.last ?? -1), but there are \(keys.count) pairs")
        precondition(
            keys.allSatisfy { 0 <= $0 && $0 < d_sae_key } && zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 },
            "a key feature is not one of \(d_sae_key), or rows do not ascend")
        (self.d_sae_key, self.offsets, self.keys) = (d_sae_key, offsets, keys)
    }

    /// n_Q, the number of query features.
    public var d_sae_query: Int { offsets.count - 1 }
    /// The number of pairs.
    public var count: Int { keys.count }
    /// Where query feature `a`'s pairs stand.
    public func range(_ a: Int) -> Range<Int> { offsets[a]..<offsets[a + 1] }
}

/// Collects a support from sequences, one bit for each possible pair.
public struct SupportBuilder: Sendable {
    private let d_sae_query, d_sae_key, words: Int
    /// [n_Q, words] bit b of row a: the pair (a, b) has been seen.
    public private(set) var pairs: [UInt64]
    /// [words] the key features seen so far in the sequence.
    private var seen: [UInt64]

    /// No pairs yet; takes n_Q·n_K/8 bytes.
    public init(d_sae_query: Int, d_sae_key: Int) {
        precondition(d_sae_query > 0 && d_sae_key > 0, "d_sae \(d_sae_query) and \(d_sae_key) must be positive")
        (self.d_sae_query, self.d_sae_key) = (d_sae_query, d_sae_key)
        words = (d_sae_key + 63) / 64
        pairs = Array(repeating: 0, count: d_sae_query * words)
        seen = Array(repeating: 0, count: words)
    }

    /// A builder that goes on from another's ``pairs``.
    ///
    /// - Returns: nil if they are not of these sizes, or name features beyond them.
    public init?(d_sae_query: Int, d_sae_key: Int, pairs: [UInt64]) {
        self.init(d_sae_query: d_sae_query, d_sae_key: d_sae_key)
        let beyond = d_sae_key % 64 == 0 ? 0 : ~UInt64(0) << UInt64(d_sae_key % 64)
        guard pairs.count == self.pairs.count,
            stride(from: words - 1, to: pairs.count, by: words).allSatisfy({ pairs[$0] & beyond == 0 })
        else { return nil }
        self.pairs = pairs
    }

    /// Adds one sequence's pairs.
    ///
    /// - Parameters:
    ///   - query: f^Q of its tokens.
    ///   - key: f^K of the same tokens.
    /// - Complexity: (active query features)·n_K/64.
    public mutating func add(query: SparseRows, key: SparseRows) {
        precondition(query.rows == key.rows, "\(query.rows) query rows for \(key.rows) key rows")
        for word in 0..<words { seen[word] = 0 }
        for token in 0..<query.rows {
            for entry in key.range(token) { seen[Int(key.indices[entry]) / 64] |= 1 << UInt64(key.indices[entry] % 64) }
            for entry in query.range(token) {
                let row = Int(query.indices[entry]) * words
                for word in 0..<words { pairs[row + word] |= seen[word] }
            }
        }
    }

    /// The pairs seen so far.
    public var support: Support {
        var offsets = [0], keys: [Int32] = []
        offsets.reserveCapacity(d_sae_query + 1)
        for a in 0..<d_sae_query {
            for word in 0..<words {
                var bits = pairs[a * words + word]
                while bits != 0 {
                    keys.append(Int32(word * 64 + bits.trailingZeroBitCount))
                    bits &= bits - 1
                }
            }
            offsets.append(keys.count)
        }
        return Support(d_sae_key: d_sae_key, offsets: offsets, keys: keys)
    }
}
