private import Checkpoints
public import GPT2
private import Kernels
public import Tensors

/// The singular decompositions of all heads of a layer.
public struct LayerDecompositions: Sendable, Equatable {
    /// The layer.
    public let layer: Int
    /// What was decomposed.
    public let form: QKForm
    /// One for each head.
    public let heads: [SingularDecomposition]

    /// Decomposes each head's map.
    ///
    /// - Throws: ``GPT2Error/layerOutOfRange(layer:n_layers:)``; ``DecompositionError`` for the first head that fails its check.
    /// - Complexity: for GPT-2 small about 0.1 s on one core; the heads are shared among the kernels' threads.
    public init(_ model: GPT2Model, layer: Int, form: QKForm) throws {
        let maps = try model.foldedQK(layer), n_heads = model.configuration.n_heads
        var results = [Result<SingularDecomposition, DecompositionError>?](repeating: nil, count: n_heads)
        inParallel(&results) { head, result in
            result = Result { () throws(DecompositionError) in
                try SingularDecomposition(maps, layer: layer, head: head, n_heads: n_heads, form: form)
            }
        }
        self.init(layer: layer, form: form, heads: try results.compactMap { try $0?.get() })
    }

    private init(layer: Int, form: QKForm, heads: [SingularDecomposition]) {
        (self.layer, self.form, self.heads) = (layer, form, heads)
    }

    /// What they take in memory.
    public var bytes: Int {
        heads.reduce(0) { $0 + $1.U.count + $1.V.count + $1.s.count } * MemoryLayout<Float>.stride
    }
}

// How a layer is kept: one row per head, in which stand U [rows, rank], V [rows, rank], s [rank], b_Q [K], b_K [K], c_d and c_s [D each,
// of the plain form only], max |Ω| and max |U·diag(s)·Vᵀ − Ω|.

extension LayerDecompositions {
    /// [H, …] everything, a row for each head.
    public var packed: Tensor {
        let rows = heads.flatMap { head -> [Float] in
            head.U.values + head.V.values + head.s + head.b_Q + head.b_K + head.c_d + head.c_s
                + [head.largest, head.reconstructionError]
        }
        return Tensor([heads.count, rows.count / heads.count], rows)
    }

    /// The layer's decompositions from what was kept of them.
    ///
    /// - Parameters:
    ///   - model: The model that they are of.
    ///   - layer: The layer.
    ///   - form: What was decomposed.
    ///   - packed: As ``packed`` gave it; nil is returned for a shape that such a layer does not have.
    public init?(_ model: GPT2Model, layer: Int, form: QKForm, packed: Tensor) {
        let c = model.configuration, rank = c.d_head, offset = form == .plain ? c.d_model : 0
        let destinationRows = c.d_model + (form.augmentsDestination ? 1 : 0),
            sourceRows = c.d_model + (form.augmentsSource ? 1 : 0)
        let width = (destinationRows + sourceRows + 3) * rank + 2 * offset + 2
        guard packed.shape == [c.n_heads, width] else { return nil }
        let heads = (0..<c.n_heads).map { head in
            var rest = packed.values[head * width..<(head + 1) * width]
            func take(_ count: Int) -> [Float] {
                defer { rest = rest.dropFirst(count) }
                return Array(rest.prefix(count))
            }
            let U = Tensor([destinationRows, rank], take(destinationRows * rank))
            let V = Tensor([sourceRows, rank], take(sourceRows * rank))
            let s = take(rank), biases = (take(rank), take(rank)), offsets = (take(offset), take(offset)), errors = take(2)
            return SingularDecomposition(
                form: form, U: U, s: s, V: V, biases: biases, offsets: offsets, largest: errors[0], reconstructionError: errors[1]
            )
        }
        self.init(layer: layer, form: form, heads: heads)
    }
}
