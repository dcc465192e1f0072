import API
import Artifacts
import Circuits
import Checkpoints
import GPT2
import Heads
import Tensors

/// `heads.components`: the writers layer by layer, then the readers of the page's entries.
struct HeadsComponentsHandler: MethodHandler {
    typealias M = HeadsComponents
    let models: ModelLibrary
    let decompositions: DecompositionLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model), gpt2 = model.gpt2, kind = CompositionKind(params.kind)
        let from = try ChosenHeads(params.from_layer, params.from_head, model, name: "from_head")
        let to = try ChosenHeads(params.to_layer, params.to_head, model, name: "to_head")
        var page = try RankedPage<ComponentPair>(cursor: params.cursor, limit: params.limit) {
            Self.outranks($0, $1, params.order)
        }
        let D = gpt2.configuration.d_model
        guard D > 2 else { throw APIError(.modelUnsupported, "directions among \(D) dimensions have no spread") }
        let count = params.random_directions, seed = UInt64(params.seed)
        let directions = try await compute.run {
            var generator = RandomGenerator(seed: seed)
            return randomDirections(count, D, &generator)
        }
        let readers = try await self.readers(gpt2, kind, to, directions)
        for layer in from.layers where readers.contains(where: { $0.layer > layer }) {
            let pairs = try await compute.run {
                let writers = try OVDecompositions.of(gpt2, layer: layer)
                return readers.filter { $0.layer > layer }.flatMap { reader in
                    from.heads.flatMap { head in
                        reader.entries(HeadPlace(layer: layer, head: head), writers.heads[head].writes, to.heads)
                    }
                }
            }
            for pair in pairs { page.add(pair) }
        }
        let shown = try await named(page.elements, model, kind, count: params.reads)
        return M.Result(
            model: model.name, kind: params.kind, random_directions: params.random_directions, total: page.total,
            components: shown, next_cursor: page.next)
    }

    private static func outranks(_ first: ComponentPair, _ second: ComponentPair, _ order: ComponentOrder) -> Bool {
        let (a, b) = order == .z ? (first.z, second.z) : (first.score, second.score)
        if a != b { return a > b }
        return (first.from_layer, first.from_head, first.component, first.to_layer, first.to_head)
            < (second.from_layer, second.from_head, second.component, second.to_layer, second.to_head)
    }

    /// Some layers, and some heads of each.
    private struct ChosenHeads: Sendable {
        let layers: [Int], heads: [Int]

        /// - Throws: `layer_out_of_range`, `head_out_of_range`.
        init(_ layer: Int?, _ head: Int?, _ model: LoadedModel, name: String) throws {
            if let layer { try model.check(layer: layer) }
            if let head {
                if layer == nil { throw ParameterError(name, "a head is one of a layer; give that too") }
                try model.check(head: head)
            }
            let c = model.gpt2.configuration
            layers = layer.map { [$0] } ?? Array(0..<c.n_layers)
            heads = head.map { [$0] } ?? Array(0..<c.n_heads)
        }
    }

    /// A layer that reads, with what random directions score there.
    private struct Reader: Sendable {
        let layer: Int, n_heads: Int
        let reader: DirectionReader
        let baseline: StrengthBaseline

        /// How strongly the components of a head are read.
        func entries(_ place: HeadPlace, _ writes: [Float], _ heads: [Int]) -> [ComponentPair] {
            let strengths = reader.strengths(writes)
            return (0..<strengths.count / n_heads).flatMap { component in
                heads.map { head in
                    let score = strengths[component * n_heads + head]
                    return ComponentPair(
                        from_layer: place.layer, from_head: place.head, component: component, to_layer: layer, to_head: head,
                        score: score, baseline: Float(baseline.mean[head]), baseline_sd: Float(baseline.sd[head]),
                        z: Float(baseline.z(score, head: head)), reads: [])
                }
            }
        }
    }

    private func readers(
        _ gpt2: GPT2Model, _ kind: CompositionKind, _ to: ChosenHeads, _ directions: [Float]
    ) async throws -> [Reader] {
        var readers: [Reader] = []
        for layer in to.layers where layer > 0 {
            readers.append(
                try await compute.run {
                    let reader = try HeadMaps(gpt2, layer: layer).reader(kind), n_heads = gpt2.configuration.n_heads
                    return Reader(
                        layer: layer, n_heads: n_heads, reader: reader,
                        baseline: StrengthBaseline(reader, directions, n_heads: n_heads))
                })
        }
        return readers
    }

    /// The entries with the readers' components that take them up.
    private func named(
        _ entries: [ComponentPair], _ model: LoadedModel, _ kind: CompositionKind, count: Int
    ) async throws -> [ComponentPair] {
        if count == 0 { return entries }
        let gpt2 = model.gpt2
        var shown = entries
        for layer in Set(entries.map(\.to_layer)).sorted() {
            let components = try await compute.run { try decompositions.readers(model, kind, layer) }
            for from in Set(entries.filter { $0.to_layer == layer }.map(\.from_layer)).sorted() {
                let before = shown
                shown = try await compute.run {
                    var shown = before
                    let writers = try OVDecompositions.of(gpt2, layer: from), D = gpt2.configuration.d_model
                    for index in shown.indices where shown[index].to_layer == layer && shown[index].from_layer == from {
                        let entry = shown[index], writes = writers.heads[entry.from_head].writes
                        let direction = Array(writes[entry.component * D..<(entry.component + 1) * D])
                        let uptake = components[entry.to_head].uptake(of: direction).first ?? []
                        shown[index].reads = uptake.prefix(count).map {
                            ComponentRead(component: $0.component, score: $0.strength)
                        }
                    }
                    return shown
                }
            }
        }
        return shown
    }
}

extension DecompositionLibrary {
    /// The components of a layer's readers, head by head.
    func readers(_ model: LoadedModel, _ kind: CompositionKind, _ layer: Int) throws -> [ReaderComponents] {
        if kind == .v { return try OVDecompositions.of(model.gpt2, layer: layer).heads.map { ReaderComponents($0) } }
        return try self.layer(model, layer, .plain).heads.map { ReaderComponents($0, kind) }
    }
}
