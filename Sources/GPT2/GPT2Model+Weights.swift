private import Checkpoints
private import Kernels
public import Tensors

/// A layer's query and key maps as functions of the normalised residual `hook_x`.
public struct FoldedQK: Sendable {
    /// [D, H·K] each; columns head by head.
    public let W_Q, W_K: Tensor
    /// [H·K] each.
    public let b_Q, b_K: Tensor
}

extension GPT2Model {
    /// The query and key maps with the LayerNorm's gain and bias folded in: q = x·W_Q + b_Q for x = `ln1.hook_x`.
    ///
    /// - Parameters:
    ///   - layer: The layer.
    ///   - centred: Whether each column's mean is subtracted, which changes nothing for an x of zero mean and is what published
    ///     singular values are of.
    /// - Throws: ``GPT2Error/layerOutOfRange(layer:n_layers:)``.
    /// - Complexity: O(D²) time and memory; computed anew on each call.
    /// *Source:* TransformerLens's `fold_layer_norm`: W ← diag(gain)·W, b ← b + bias·W.
    public func foldedQK(_ layer: Int, centred: Bool = true) throws(GPT2Error) -> FoldedQK {
        let block = try self.block(layer)
        let D = configuration.d_model
        func fold(_ columns: Range<Int>) -> (Tensor, Tensor) {
            let W = block.c_attn.weight.span.extracting(columns.lowerBound..<block.c_attn.weight.count)
            var bias = Array(block.c_attn.bias[columns])
            var span = bias.mutableSpan
            gemm(1, D, D, block.ln1.bias.span, W, into: &span, beta: 1, ldb: 3 * D)
            var folded = [Float](repeating: 0, count: D * D)
            for d in 0..<D {
                for column in 0..<D { folded[d * D + column] = block.ln1.gain[d] * W[d * 3 * D + column] }
            }
            if centred { centreColumns(&folded) }
            return (Tensor([D, D], folded), Tensor([D], bias))
        }
        let (W_Q, b_Q) = fold(0..<D), (W_K, b_K) = fold(D..<2 * D)
        return FoldedQK(W_Q: W_Q, W_K: W_K, b_Q: b_Q, b_K: b_K)
    }

    /// Subtracts each column's mean over the D rows.
    private func centreColumns(_ W: inout [Float]) {
        let D = configuration.d_model
        var sums = [Double](repeating: 0, count: D)
        for d in 0..<D { for column in 0..<D { sums[column] += Double(W[d * D + column]) } }
        for d in 0..<D { for column in 0..<D { W[d * D + column] -= Float(sums[column] / Double(D)) } }
    }

    /// The query maps of a layer, as TransformerLens shapes them: [H, D, K]; a copy.
    ///
    /// - Throws: ``GPT2Error/layerOutOfRange(layer:n_layers:)``.
    public func W_Q(_ layer: Int) throws(GPT2Error) -> Tensor { try inputMaps(layer, part: 0) }

    /// The key maps of a layer: [H, D, K]; a copy.
    ///
    /// - Throws: ``GPT2Error/layerOutOfRange(layer:n_layers:)``.
    public func W_K(_ layer: Int) throws(GPT2Error) -> Tensor { try inputMaps(layer, part: 1) }

    /// The value maps of a layer: [H, D, K]; a copy.
    ///
    /// - Throws: ``GPT2Error/layerOutOfRange(layer:n_layers:)``.
    public func W_V(_ layer: Int) throws(GPT2Error) -> Tensor { try inputMaps(layer, part: 2) }

    /// The output maps of a layer: [H, K, D]; shares the resident weights.
    ///
    /// - Throws: ``GPT2Error/layerOutOfRange(layer:n_layers:)``.
    public func W_O(_ layer: Int) throws(GPT2Error) -> Tensor {
        Tensor([configuration.n_heads, configuration.d_head, configuration.d_model], try block(layer).c_proj.weight)
    }

    /// The biases of a layer's queries, keys and values: [H, K] each; a copy.
    ///
    /// - Throws: ``GPT2Error/layerOutOfRange(layer:n_layers:)``.
    public func attentionBiases(_ layer: Int) throws(GPT2Error) -> (b_Q: Tensor, b_K: Tensor, b_V: Tensor) {
        let bias = try block(layer).c_attn.bias, D = configuration.d_model
        func part(_ index: Int) -> Tensor {
            Tensor([configuration.n_heads, configuration.d_head], Array(bias[index * D..<(index + 1) * D]))
        }
        return (part(0), part(1), part(2))
    }

    /// A block's parameters.
    ///
    /// - Throws: ``GPT2Error/layerOutOfRange(layer:n_layers:)``.
    public func block(_ layer: Int) throws(GPT2Error) -> GPT2Weights.Block {
        guard weights.blocks.indices.contains(layer) else {
            throw .layerOutOfRange(layer: layer, n_layers: configuration.n_layers)
        }
        return weights.blocks[layer]
    }

    /// One third of c_attn, regrouped by head.
    private func inputMaps(_ layer: Int, part: Int) throws(GPT2Error) -> Tensor {
        let weight = try block(layer).c_attn.weight
        let (D, H, K) = (configuration.d_model, configuration.n_heads, configuration.d_head)
        var maps: [Float] = []
        maps.reserveCapacity(D * D)
        for head in 0..<H {
            for d in 0..<D {
                let start = d * 3 * D + part * D + head * K
                maps += weight[start..<start + K]
            }
        }
        return Tensor([H, D, K], maps)
    }
}
