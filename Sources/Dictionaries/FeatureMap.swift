import Kernels
public import Tensors

// The map (specification 1.5): Ŝ_h(i,j) = scale · [Σ_{a,b} f^Q_{i,a} f^K_{j,b} M_{abh} m_{abh} + Σ_b f^K_{j,b} β_{bh}], with
// M_{abh} = ⟨W_dec^Q[a,h,:], W_dec^K[b,h,:]⟩ and β_{bh} = ⟨b_out^Q[h,:], W_dec^K[b,h,:]⟩. The products with b_out^K are the same for
// every source, so softmax does not see them and they are left out.

/// The sparse map query feature × key feature × head, on the pairs of a support.
public struct FeatureMap: Sendable {
    /// The number of query features.
    public let n_query: Int
    /// The number of key features.
    public let n_key: Int
    /// H.
    public let n_heads: Int
    /// [n_query + 1] where each query feature's pairs begin.
    public let offsets: [Int]
    /// [pairs] the key feature of each pair, ascending within a query feature.
    public let keys: [Int32]
    /// [pairs, H] products of decoder rows.
    public let M: [Float]
    /// [pairs, H] between 0 and 1; 0 where the entry is not there.
    public var mask: [Float]
    /// [n_key, H] query bias times key feature; not masked.
    public let beta: [Float]

    /// The number of pairs.
    public var pairs: Int { keys.count }

    /// The map over a support, all entries open.
    ///
    /// - Complexity: O(pairs · H · K).
    public init(_ dictionary: TranscoderPair, support: MapSupport) {
        let shape = dictionary.query.shape
        (n_query, n_key, n_heads) = (shape.d_sae, dictionary.key.shape.d_sae, shape.n_heads)
        precondition(support.n_query == n_query && support.n_key == n_key, "a support of \(support.n_query) by \(support.n_key)")
        var offsets = [0], keys: [Int32] = []
        for query in 0..<n_query {
            keys += support.keys(of: query)
            offsets.append(keys.count)
        }
        (self.offsets, self.keys) = (offsets, keys)
        M = Self.products(dictionary, offsets: offsets, keys: keys)
        mask = Array(repeating: 1, count: keys.count * shape.n_heads)
        beta = Self.beta(dictionary)
    }

    /// One entry of a map.
    public struct Entry: Sendable, Equatable {
        /// The query feature.
        public let query: Int
        /// The key feature.
        public let key: Int
        /// The head.
        public let head: Int
        /// The product of the decoder rows.
        public let M: Float
        /// Its mask.
        public let mask: Float

        /// An entry.
        public init(query: Int, key: Int, head: Int, M: Float, mask: Float) {
            (self.query, self.key, self.head, self.M, self.mask) = (query, key, head, M, mask)
        }
    }

    /// A map from its entries, sorted by query feature, key feature and head.
    public init(_ dictionary: TranscoderPair, entries: [Entry]) {
        let shape = dictionary.query.shape, H = shape.n_heads
        (n_query, n_key, n_heads) = (shape.d_sae, dictionary.key.shape.d_sae, H)
        var offsets = [Int](repeating: 0, count: shape.d_sae + 1), keys: [Int32] = [], M: [Float] = [], mask: [Float] = []
        var last: (query: Int, key: Int)?
        for entry in entries {
            if last?.query != entry.query || last?.key != entry.key {
                keys.append(Int32(entry.key))
                M += repeatElement(0, count: H)
                mask += repeatElement(0, count: H)
                offsets[entry.query + 1] += 1
                last = (entry.query, entry.key)
            }
            M[M.count - H + entry.head] = entry.M
            mask[mask.count - H + entry.head] = entry.mask
        }
        for query in 0..<shape.d_sae { offsets[query + 1] += offsets[query] }
        (self.offsets, self.keys, self.M, self.mask) = (offsets, keys, M, mask)
        beta = Self.beta(dictionary)
    }

    /// The entries whose mask is open, in order of query feature, key feature and head.
    public var survivors: [Entry] {
        var found: [Entry] = []
        for query in 0..<n_query {
            for pair in offsets[query]..<offsets[query + 1] {
                for head in 0..<n_heads where mask[pair * n_heads + head] > 0 {
                    let place = pair * n_heads + head
                    found.append(Entry(query: query, key: Int(keys[pair]), head: head, M: M[place], mask: mask[place]))
                }
            }
        }
        return found
    }

    /// Whether an entry's mask is open.
    public func survives(query: Int32, key: Int32, head: Int) -> Bool {
        let range = offsets[Int(query)]..<offsets[Int(query) + 1]
        var low = range.lowerBound, high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < range.upperBound && keys[low] == key && mask[low * n_heads + head] > 0
    }

    /// [H, T, T] the scores of one sequence; entries above the diagonal are 0.
    ///
    /// - Parameters:
    ///   - query: T rows of active query features.
    ///   - key: T rows of active key features.
    ///   - scale: The model's `attn_scale` of the layer.
    public func scores(query: SparseRows, key: SparseRows, scale: Float) -> Tensor {
        var sequence = MapSequence()
        sequence.take(self, query: query, key: key)
        let T = query.rows, H = n_heads
        var scores = [Float](repeating: 0, count: H * T * T)
        for i in 0..<T {
            sequence.score(i, n_heads: H)
            for j in 0...i { for head in 0..<H { scores[(head * T + i) * T + j] = scale * sequence.rowScores[j * H + head] } }
        }
        return Tensor([H, T, T], scores)
    }

    /// [pairs, H] ⟨W_dec^Q[a,h,:], W_dec^K[b,h,:]⟩.
    private static func products(_ dictionary: TranscoderPair, offsets: [Int], keys: [Int32]) -> [Float] {
        let shape = dictionary.query.shape, (H, K) = (shape.n_heads, shape.d_head)
        let query = dictionary.query.W_dec, key = dictionary.key.W_dec
        var M = [Float](repeating: 0, count: keys.count * H)
        for feature in 0..<shape.d_sae {
            for pair in offsets[feature]..<offsets[feature + 1] {
                for head in 0..<H {
                    let a = (feature * H + head) * K, b = (Int(keys[pair]) * H + head) * K
                    M[pair * H + head] = dot(query.span.extracting(a..<a + K), key.span.extracting(b..<b + K))
                }
            }
        }
        return M
    }

    /// [n_key, H] ⟨b_out^Q[h,:], W_dec^K[b,h,:]⟩.
    private static func beta(_ dictionary: TranscoderPair) -> [Float] {
        let shape = dictionary.key.shape, (H, K) = (shape.n_heads, shape.d_head)
        let bias = dictionary.query.b_out, key = dictionary.key.W_dec
        var beta = [Float](repeating: 0, count: shape.d_sae * H)
        for index in beta.indices {
            let head = index % H
            beta[index] = dot(
                bias.span.extracting(head * K..<(head + 1) * K), key.span.extracting(index * K..<(index + 1) * K))
        }
        return beta
    }
}
