import API
import Artifacts
import Checkpoints
import GPT2
import Heads
import Tensors

/// `heads.overlap`: the bases layer by layer, then pair of layers by pair of layers.
struct HeadsOverlapHandler: MethodHandler {
    typealias M = HeadsOverlap
    let models: ModelLibrary
    let decompositions: DecompositionLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model), gpt2 = model.gpt2, kind = CompositionKind(params.kind)
        let layers = try LayerPairs(params.from_layers, params.to_layers, model)
        var page = try RankedPage<SubspacePair>(cursor: params.cursor, limit: params.limit, by: Self.outranks)
        let D = gpt2.configuration.d_model, d_head = gpt2.configuration.d_head, spaces = params.random_spaces
        guard d_head < D else {
            throw APIError(.modelUnsupported, "a head as wide as the model writes everywhere: there is nothing to compare")
        }
        let seed = UInt64(params.seed)
        let reference = try await compute.run {
            var generator = RandomGenerator(seed: seed)
            return SubspaceOverlap.randomReference(dimension: d_head, D: D, spaces: spaces, &generator)
        }
        var writers: [Int: [HeadSpace]] = [:]
        for to in layers.to where !layers.from(before: to).isEmpty {
            let readers = try await compute.run { try HeadSpace.readers(decompositions, model, kind, layer: to) }
            for from in layers.from(before: to) {
                let known = writers[from]
                let (pairs, made) = try await compute.run {
                    let made = try known ?? HeadSpace.writers(gpt2, layer: from)
                    return (Self.pairs(made, from, readers, to, D: D, sd: reference.sd), made)
                }
                writers[from] = made
                for pair in pairs { page.add(pair) }
            }
        }
        return M.Result(
            model: model.name, kind: params.kind, random_mean: Float(reference.mean), random_sd: Float(reference.sd),
            total: page.total, pairs: page.elements, next_cursor: page.next)
    }

    private static func outranks(_ first: SubspacePair, _ second: SubspacePair) -> Bool {
        (second.overlap, first.from_layer, first.from_head, first.to_layer, first.to_head)
            < (first.overlap, second.from_layer, second.from_head, second.to_layer, second.to_head)
    }

    private static func pairs(
        _ writers: [HeadSpace], _ from: Int, _ readers: [HeadSpace], _ to: Int, D: Int, sd: Double
    ) -> [SubspacePair] {
        writers.enumerated().flatMap { writer, written in
            readers.enumerated().map { reader, read in
                let overlap = SubspaceOverlap.projectionKernel(written.basis, read.basis, D: D)
                let expected = SubspaceOverlap.expected(written.dimension, read.dimension, D: D)
                let least = min(written.dimension, read.dimension)
                return SubspacePair(
                    from_layer: from, from_head: writer, to_layer: to, to_head: reader, overlap: Float(overlap),
                    from_dimension: written.dimension, to_dimension: read.dimension,
                    share: least > 0 ? Float(overlap / Double(least)) : 0, expected: Float(expected),
                    z: sd > 0 ? Float((overlap - expected) / sd) : 0)
            }
        }
    }
}

/// The space that a head writes into or reads from.
private struct HeadSpace: Sendable {
    /// [dimension, D] orthonormal rows.
    let basis: [Float]
    let dimension: Int

    private init(_ rows: [Float], of count: Int, dimension: Int) {
        basis = Array(rows.prefix(count > 0 ? rows.count / count * dimension : 0))
        self.dimension = dimension
    }

    /// What a layer's heads write.
    static func writers(_ gpt2: GPT2Model, layer: Int) throws -> [HeadSpace] {
        try OVDecompositions.of(gpt2, layer: layer).heads.map {
            HeadSpace($0.writes, of: $0.s.count, dimension: $0.dimension)
        }
    }

    /// What a layer's heads read.
    static func readers(
        _ decompositions: DecompositionLibrary, _ model: LoadedModel, _ kind: CompositionKind, layer: Int
    ) throws -> [HeadSpace] {
        try decompositions.readers(model, kind, layer).map {
            HeadSpace($0.reads, of: $0.s.count, dimension: $0.dimension)
        }
    }
}
