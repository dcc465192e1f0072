package import Dictionaries
private import Kernels
import Tensors

/// From what a layer's scores are rebuilt.
public enum PatternStage: String, Sendable, CaseIterable {
    /// Reconstructed queries times reconstructed keys.
    case transcoders
    /// Every pair of active features, no entry masked, and the query bias times key features: `transcoders` without the key's constant
    /// part, which softmax does not see.
    case map
    /// The surviving entries of a trained map, and the bias that softmax sees.
    case masked_map
}

/// One sequence's active features and what the decoders make of them.
package struct EncodedSequence: Sendable {
    let query: SparseRows
    let key: SparseRows
    private let rebuiltQueries: [Float]
    private let rebuiltKeys: [Float]
    private let keyBias: [Float]
    private let n_heads: Int, d_head: Int

    /// Encodes and decodes both sides.
    ///
    /// - Parameter x: [T, D] normalised residuals.
    package init(_ dictionary: TranscoderPair, x: Span<Float>) {
        (n_heads, d_head) = (dictionary.query.shape.n_heads, dictionary.query.shape.d_head)
        keyBias = dictionary.key.b_out
        query = dictionary.query.encode(x)
        key = dictionary.key.encode(x)
        rebuiltQueries = dictionary.query.decode(query)
        rebuiltKeys = dictionary.key.decode(key)
    }

    /// What it takes in memory.
    package var bytes: Int {
        (rebuiltQueries.count + rebuiltKeys.count) * MemoryLayout<Float>.stride
            + (query.count + key.count) * (MemoryLayout<Float>.stride + MemoryLayout<Int32>.stride)
    }

    /// [H, T, T] the rebuilt scores, scaled; entries above the diagonal mean nothing.
    func scores(_ stage: PatternStage, map: FeatureMap?, scale: Float) -> Tensor {
        switch stage {
        case .transcoders: return product(rebuiltKeys, scale)
        case .map:
            var withoutBias = rebuiltKeys
            for index in withoutBias.indices { withoutBias[index] -= keyBias[index % keyBias.count] }
            return product(withoutBias, scale)
        case .masked_map:
            guard let map else { preconditionFailure("the stage masked_map needs a map") }
            let T = query.rows
            return Tensor([n_heads, T, T], map.scores(query: query, key: key))
        }
    }

    /// [H, T, T] scaled products of the reconstructed queries with the keys given.
    private func product(_ keys: [Float], _ scale: Float) -> Tensor {
        let T = query.rows, H = n_heads, K = d_head
        var scores = [Float](repeating: 0, count: H * T * T)
        for head in 0..<H {
            let all = rebuiltQueries.span, others = keys.span
            var whole = scores.mutableSpan
            var part = whole.part(head * T * T..<(head + 1) * T * T)
            gemm(
                T, T, K, all.extracting(head * K..<all.count), others.extracting(head * K..<others.count), into: &part,
                alpha: scale, transposeB: true, lda: H * K, ldb: H * K)
        }
        return Tensor([H, T, T], scores)
    }
}
