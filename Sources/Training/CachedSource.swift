import Checkpoints
import API
import Artifacts
import Dictionaries
import GPT2
import Kernels
import Store
import Tensors

/// Batches from an activation cache: normalised residuals as they are stored, and the queries and keys that the model makes of them.
struct CachedSource: BatchSource {
    private let cache: ActivationCache
    /// One for each layer: where its residuals stand in the cache, and the model's maps.
    private let layers: [Layer]
    /// The contexts that are trained on.
    private let contexts: Range<Int>

    private struct Layer: Sendable {
        let activation: Int
        let attn_scale: Float
        let maps: FoldedQK
    }

    var count: Int { contexts.count }
    var T: Int { cache.shape.T }

    /// A source over some contexts of a cache.
    ///
    /// - Throws: `cache_not_found`'s kin if the cache lacks a layer's `ln1.hook_x`.
    init(_ cache: ActivationCache, _ info: CacheInfo, model: GPT2Model, layers: [Int], contexts: Range<Int>) throws {
        (self.cache, self.contexts) = (cache, contexts)
        self.layers = try layers.map { layer in
            let name = ActivationName(.ln1_x, layer).description
            guard let activation = cache.shape.number(of: name) else {
                throw ParameterError("cache", "cache \(info.cache) does not hold \(name)")
            }
            return Layer(
                activation: activation, attn_scale: model.configuration.attn_scale(layer),
                maps: try model.foldedQK(layer, centred: false))
        }
    }

    func batches(_ indices: [Int], _ breathe: () throws -> Void) throws -> [PatternBatch] {
        let sequences = indices.map { contexts.lowerBound + $0 }
        return try layers.map { layer in
            let width = cache.shape.activations[layer.activation].width
            var x = [Float](repeating: 0, count: indices.count * T * width)
            var span = x.mutableSpan
            try cache.read(layer.activation, sequences: sequences, into: &span)
            try breathe()
            return PatternBatch(
                sequences: indices.count, length: T, attn_scale: layer.attn_scale, x: x,
                q: Self.map(x, layer.maps.W_Q, layer.maps.b_Q), k: Self.map(x, layer.maps.W_K, layer.maps.b_K))
        }
    }

    /// x W + b.
    private static func map(_ x: [Float], _ W: Tensor, _ b: Tensor) -> [Float] {
        let (inputs, outputs) = (W.shape[0], W.shape[1]), rows = x.count / inputs
        var out = [Float](repeating: 0, count: rows * outputs)
        var span = out.mutableSpan
        gemm(rows, outputs, inputs, x.span, W.values.span, into: &span, bias: b.values.span)
        return out
    }
}
