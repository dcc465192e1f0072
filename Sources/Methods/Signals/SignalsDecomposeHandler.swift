import API
import Artifacts
import Checkpoints
import Circuits
import GPT2
import Tensors

/// `signals.decompose`: layer by layer, so that other calls are answered between two of them.
struct SignalsDecomposeHandler: MethodHandler {
    typealias M = SignalsDecompose
    let models: ModelLibrary
    let decompositions: DecompositionLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let output = try TensorOutput(params, rights: rights, in: call)
        let model = try await models.model(params.model), c = model.gpt2.configuration, form = QKForm(params.form)
        let layers = try model.layers(params.layers), heads = try model.heads(params.heads)
        let includesVectors = params.include_vectors || !output.isInReply
        let vectors = includesVectors ? 2 * (c.d_model + 1) : 0
        try output.check(numbers: layers.count * heads.count * c.d_head * (1 + vectors), arrays: 3)
        var found: [(layer: Int, head: Int, SingularDecomposition)] = []
        for layer in layers {
            let all = try await compute.run { try decompositions.layer(model, layer, form) }
            found += heads.map { (layer, $0, all.heads[$0]) }
        }
        let tensors = output.isInReply ? nil : try output.deliver(Self.arrays(found.map(\.2)), in: call)
        return M.Result(
            model: model.name, form: params.form,
            heads: found.map {
                HeadSpectrum($2, layer: $0, head: $1, includesVectors: params.include_vectors && output.isInReply)
            },
            tensors: tensors)
    }

    /// U [n, rows, rank], s [n, rank] and V [n, rows, rank].
    private static func arrays(_ found: [SingularDecomposition]) -> [(name: String, tensor: Tensor)] {
        guard let first = found.first else { return [] }
        return [
            ("U", Tensor([found.count] + first.U.shape, found.flatMap(\.U.values))),
            ("s", Tensor([found.count, first.rank], found.flatMap(\.s))),
            ("V", Tensor([found.count] + first.V.shape, found.flatMap(\.V.values))),
        ]
    }
}

extension HeadSpectrum {
    /// A decomposition as the wire has it.
    fileprivate init(_ found: SingularDecomposition, layer: Int, head: Int, includesVectors: Bool) {
        self.init(
            layer: layer, head: head, s: found.s, frobenius: Float(found.frobenius), rank90: found.rank90,
            participation_ratio: Float(found.participationRatio), largest: found.largest,
            reconstruction_error: found.reconstructionError, U: includesVectors ? (0..<found.rank).map(found.u) : nil,
            V: includesVectors ? (0..<found.rank).map(found.v) : nil)
    }
}

extension QKForm {
    /// As the wire names it.
    init(_ form: SignalForm) {
        switch form {
        case .plain: self = .plain
        case .augmented: self = .augmented
        case .omega_d: self = .omega_d
        case .omega_s: self = .omega_s
        }
    }
}

extension SignalForm {
    /// As the maths names it.
    init(_ form: QKForm) {
        switch form {
        case .plain: self = .plain
        case .augmented: self = .augmented
        case .omega_d: self = .omega_d
        case .omega_s: self = .omega_s
        }
    }
}

extension SelectionMode {
    /// As the wire names it.
    init(_ mode: SignalMode) {
        switch mode {
        case .score_sum: self = .score_sum
        case .relative_attention: self = .relative_attention
        case .softmax_greedy: self = .softmax_greedy
        }
    }
}

extension LoadedModel {
    /// The layers asked for, each once, or all.
    ///
    /// - Throws: `layer_out_of_range`.
    func layers(_ asked: [Int]?) throws -> [Int] {
        guard let asked else { return Array(0..<gpt2.configuration.n_layers) }
        if Set(asked).count < asked.count { throw ParameterError("layers", "a layer stands twice") }
        for layer in asked { try check(layer: layer) }
        return asked
    }
}
