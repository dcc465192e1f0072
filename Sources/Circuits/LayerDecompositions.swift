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

extension LayerDecompositions {
    /// The arrays that stand for them where they are kept.
    public enum Part: String, CaseIterable, Sendable {
        /// [H, D or D + 1, rank].
        case U
        /// [H, rank].
        case s
        /// [H, D or D + 1, rank].
        case V
        /// [H, 2, K]: b_Q and b_K.
        case biases
        /// [H, 2, D]: c_d and c_s; [H, 2, 0] of other forms than ``QKForm/plain``.
        case offsets
        /// [H, 2]: max |Ω| and max |U·diag(s)·Vᵀ − Ω|.
        case errors
    }

    /// One of the arrays.
    public subscript(part: Part) -> Tensor {
        let first = heads[0], H = heads.count
        switch part {
        case .U: return Tensor([H] + first.U.shape, heads.flatMap(\.U.values))
        case .s: return Tensor([H, first.rank], heads.flatMap(\.s))
        case .V: return Tensor([H] + first.V.shape, heads.flatMap(\.V.values))
        case .biases: return Tensor([H, 2, first.b_Q.count], heads.flatMap { $0.b_Q + $0.b_K })
        case .offsets: return Tensor([H, 2, first.c_d.count], heads.flatMap { $0.c_d + $0.c_s })
        case .errors: return Tensor([H, 2], heads.flatMap { [$0.largest, $0.reconstructionError] })
        }
    }

    /// The layer's decompositions from the arrays that were kept of them; nil if the shapes are not those of such a layer.
    ///
    /// - Parameters:
    ///   - model: The model that they are of.
    ///   - layer: The layer.
    ///   - form: What was decomposed.
    ///   - part: Gives each array.
    public init?(_ model: GPT2Model, layer: Int, form: QKForm, parts part: (Part) throws -> Tensor?) rethrows {
        let c = model.configuration, rank = c.d_head
        let rows = (u: c.d_model + (form.augmentsDestination ? 1 : 0), v: c.d_model + (form.augmentsSource ? 1 : 0))
        guard let U = try part(.U), let s = try part(.s), let V = try part(.V), let biases = try part(.biases),
            let offsets = try part(.offsets), let errors = try part(.errors), U.shape == [c.n_heads, rows.u, rank],
            s.shape == [c.n_heads, rank], V.shape == [c.n_heads, rows.v, rank], biases.shape == [c.n_heads, 2, c.d_head],
            offsets.shape == [c.n_heads, 2, form == .plain ? c.d_model : 0], errors.shape == [c.n_heads, 2]
        else { return nil }
        let heads = (0..<c.n_heads).map { head in
            let (bias, offset, error) = (Self.head(head, of: biases), Self.head(head, of: offsets), Self.head(head, of: errors))
            return SingularDecomposition(
                form: form, U: Self.head(head, of: U), s: Self.head(head, of: s).values, V: Self.head(head, of: V),
                biases: Self.halves(bias), offsets: Self.halves(offset), largest: error.values[0],
                reconstructionError: error.values[1])
        }
        self.init(layer: layer, form: form, heads: heads)
    }

    /// One head's part of an array [H, …].
    private static func head(_ head: Int, of tensor: Tensor) -> Tensor {
        let size = tensor.count / tensor.shape[0]
        return Tensor(Array(tensor.shape.dropFirst()), Array(tensor.values[head * size..<(head + 1) * size]))
    }

    private static func halves(_ tensor: Tensor) -> ([Float], [Float]) {
        let half = tensor.count / 2
        return (Array(tensor.values[..<half]), Array(tensor.values[half...]))
    }
}
