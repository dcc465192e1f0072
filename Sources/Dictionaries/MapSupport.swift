public import Tensors

// The pairs that a mask can matter for (specification 1.6):
//
// 1. Walk a sequence's tokens in order and remember every key feature active so far, as a bitmap.
// 2. Each query feature active at a token may pair with every one of them: its row of the support takes in the bitmap.
//
// A pair that is in no row is never active together in causal order, so its entries change no score and no gradient.

/// Which (query feature, key feature) pairs are ever active together, the key no later than the query.
public struct MapSupport: Sendable {
    /// The number of query features.
    public let n_query: Int
    /// The number of key features.
    public let n_key: Int
    private let words: Int
    /// [n_query, words] a bit for each key feature.
    private var rows: [UInt64]
    /// Activation sums over all tokens seen, for the expected contributions.
    private var sumQuery: [Double], sumKey: [Double]
    /// Tokens seen.
    public private(set) var tokens = 0

    /// An empty support.
    public init(n_query: Int, n_key: Int) {
        (self.n_query, self.n_key) = (n_query, n_key)
        words = (n_key + 63) / 64
        rows = Array(repeating: 0, count: n_query * words)
        sumQuery = Array(repeating: 0, count: n_query)
        sumKey = Array(repeating: 0, count: n_key)
    }

    /// Takes in one sequence.
    ///
    /// - Parameters:
    ///   - query: T rows of active query features.
    ///   - key: T rows of active key features.
    /// - Complexity: O(active query features · n_key / 64).
    public mutating func add(query: SparseRows, key: SparseRows) {
        precondition(query.rows == key.rows, "\(query.rows) tokens of queries, \(key.rows) of keys")
        var seen = [UInt64](repeating: 0, count: words)
        for token in 0..<query.rows {
            for entry in key.range(token) {
                let feature = Int(key.indices[entry])
                seen[feature / 64] |= 1 << UInt64(feature % 64)
                sumKey[feature] += Double(key.values[entry])
            }
            for entry in query.range(token) {
                let feature = Int(query.indices[entry])
                for word in 0..<words { rows[feature * words + word] |= seen[word] }
                sumQuery[feature] += Double(query.values[entry])
            }
        }
        tokens += query.rows
    }

    /// The key features that a query feature can pair with, ascending.
    public func keys(of query: Int) -> [Int32] {
        var keys: [Int32] = []
        for word in 0..<words {
            var bits = rows[query * words + word]
            while bits != 0 {
                keys.append(Int32(word * 64 + bits.trailingZeroBitCount))
                bits &= bits - 1
            }
        }
        return keys
    }

    /// Mean activation of each query feature over all tokens seen.
    public var meanQuery: [Double] { sumQuery.map { $0 / Double(max(tokens, 1)) } }

    /// Mean activation of each key feature over all tokens seen.
    public var meanKey: [Double] { sumKey.map { $0 / Double(max(tokens, 1)) } }

    /// Query features that were ever active.
    public var liveQuery: Int { sumQuery.count { $0 > 0 } }

    /// Key features that were ever active.
    public var liveKey: Int { sumKey.count { $0 > 0 } }
}
