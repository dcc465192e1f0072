internal import Checkpoints
internal import Tensors

extension GPT2Weights {
    /// Reads `model.safetensors`; see ``GPT2Model/init(directory:)``.
    init(directory: GuardedPath, _ configuration: GPT2Configuration) throws(GPT2LoadError) {
        let reader = try TensorReader(directory: directory, n_layers: configuration.n_layers)
        let (D, M) = (configuration.d_model, configuration.d_mlp)
        try reader.requireBlocks(GPT2Weights.blockShapes(configuration))
        try reader.refuseOthers(than: GPT2Weights.shapes(configuration))
        func layerNorm(_ name: String) throws(GPT2LoadError) -> LayerNorm {
            LayerNorm(gain: try reader.read(name + ".weight", [D]), bias: try reader.read(name + ".bias", [D]))
        }
        func linear(_ name: String, _ inputs: Int, _ outputs: Int) throws(GPT2LoadError) -> Linear {
            Linear(
                weight: try reader.read(name + ".weight", [inputs, outputs]), bias: try reader.read(name + ".bias", [outputs]))
        }
        let embedding = try reader.read("wte.weight", [configuration.d_vocab, D])
        W_E = embedding
        W_pos = try reader.read("wpe.weight", [configuration.n_ctx, D])
        var blocks: [Block] = []
        for layer in 0..<configuration.n_layers {
            let at = "h.\(layer)."
            blocks.append(
                Block(
                    ln1: try layerNorm(at + "ln_1"), c_attn: try linear(at + "attn.c_attn", D, 3 * D),
                    c_proj: try linear(at + "attn.c_proj", D, D), ln2: try layerNorm(at + "ln_2"),
                    c_fc: try linear(at + "mlp.c_fc", D, M), mlp_c_proj: try linear(at + "mlp.c_proj", M, D)))
        }
        self.blocks = blocks
        ln_final = try layerNorm("ln_f")
        W_U_transposed = try reader.unembedding(configuration, tiedTo: embedding)
    }

    /// The shape of every tensor that a GPT-2 of this configuration has, by its name without `transformer.`.
    private static func shapes(_ configuration: GPT2Configuration) -> [String: [Int]] {
        let D = configuration.d_model
        var shapes = [
            "wte.weight": [configuration.d_vocab, D], "wpe.weight": [configuration.n_ctx, D], "ln_f.weight": [D],
            "ln_f.bias": [D],
            TensorReader.unembeddingName: [configuration.d_vocab, D],
        ]
        let block = blockShapes(configuration)
        for layer in 0..<configuration.n_layers {
            for (name, shape) in block { shapes["h.\(layer).\(name)"] = shape }
        }
        return shapes
    }

    /// The shape of every tensor of one block, by its name within the block.
    private static func blockShapes(_ configuration: GPT2Configuration) -> KeyValuePairs<String, [Int]> {
        let (D, M) = (configuration.d_model, configuration.d_mlp)
        return [
            "ln_1.weight": [D], "ln_1.bias": [D], "attn.c_attn.weight": [D, 3 * D], "attn.c_attn.bias": [3 * D],
            "attn.c_proj.weight": [D, D], "attn.c_proj.bias": [D], "ln_2.weight": [D], "ln_2.bias": [D],
            "mlp.c_fc.weight": [D, M], "mlp.c_fc.bias": [M], "mlp.c_proj.weight": [M, D], "mlp.c_proj.bias": [D],
        ]
    }
}

/// The tensors of one model file, under their names without `transformer.`.
private struct TensorReader: ~Copyable {
    static let unembeddingName = "lm_head.weight"
    private static let prefix = "transformer."

    private let file: SafetensorsFile
    private let prefix: String
    private let n_layers: Int

    init(directory: GuardedPath, n_layers: Int) throws(GPT2LoadError) {
        file = try TensorReader.open(directory)
        prefix = file.header.tensors.contains { $0.name.hasPrefix(TensorReader.prefix) } ? TensorReader.prefix : ""
        self.n_layers = n_layers
    }

    private static func open(_ directory: GuardedPath) throws(GPT2LoadError) -> SafetensorsFile {
        do {
            return try SafetensorsFile(directory.appending("model.safetensors"))
        } catch {
            // A directory of shards has an index in the file's place: say that rather than that the file is missing.
            let index = directory.appending("model.safetensors.index.json")
            if case .file = error.reason, SafetensorsFile.exists(index) { throw .sharded(index: index.path) }
            throw .checkpoint(error)
        }
    }

    /// The name in the file; the unembedding stands beside the transformer, not in it.
    private func full(_ name: String) -> String { name == TensorReader.unembeddingName ? name : prefix + name }

    /// Refuses more blocks than the file has tensors for, by the first that is missing; what a configuration says of its number is worth no more memory than the file is.
    func requireBlocks(_ shapes: KeyValuePairs<String, [Int]>) throws(GPT2LoadError) {
        guard n_layers > file.header.tensors.count / shapes.count else { return }
        for layer in 0..<n_layers {
            for (name, shape) in shapes {
                let name = full("h.\(layer).\(name)")
                if file[name] == nil { throw .missing(tensor: name, expected: shape, path: file.path) }
            }
        }
    }

    /// Refuses tensors that are neither expected nor the mask buffers of older files.
    func refuseOthers(than shapes: [String: [Int]]) throws(GPT2LoadError) {
        var known: Set<String> = []
        for name in shapes.keys { known.insert(full(name)) }
        for layer in 0..<n_layers {
            known.insert(full("h.\(layer).attn.bias"))
            known.insert(full("h.\(layer).attn.masked_bias"))
        }
        for entry in file.header.tensors where !known.contains(entry.name) {
            throw .unexpected(tensor: entry.name, shape: entry.shape, path: file.path)
        }
    }

    /// Reads one tensor and checks its shape and that its elements are finite.
    func read(_ name: String, _ shape: [Int]) throws(GPT2LoadError) -> [Float] {
        let name = full(name)
        guard let entry = file[name] else { throw .missing(tensor: name, expected: shape, path: file.path) }
        guard entry.shape == shape else { throw .shape(tensor: name, found: entry.shape, expected: shape, path: file.path) }
        var values = [Float](repeating: 0, count: entry.count)
        do {
            var span = values.mutableSpan
            try file.read(entry, into: &span)
        } catch {
            throw .checkpoint(error)
        }
        if let index = TensorReader.firstNotFinite(values.span) {
            throw .notFinite(tensor: name, index: index, value: "\(values[index])", path: file.path)
        }
        return values
    }

    /// The unembedding: the embedding's own storage if they are tied.
    func unembedding(_ configuration: GPT2Configuration, tiedTo embedding: [Float]) throws(GPT2LoadError) -> [Float] {
        let name = TensorReader.unembeddingName
        guard configuration.tie_word_embeddings else { return try read(name, [configuration.d_vocab, configuration.d_model]) }
        // A tied file need not hold it; one that does must agree.
        if file[name] != nil, try read(name, [configuration.d_vocab, configuration.d_model]) != embedding {
            throw .tieContradicted(tensor: name, path: file.path)
        }
        return embedding
    }

    /// Where the first infinity or NaN stands.
    private static func firstNotFinite(_ values: Span<Float>) -> Int? {
        // Integer arithmetic without a branch, which the compiler vectorises: all exponent bits set.
        let exponent: UInt32 = 0x7F80_0000
        var found: UInt32 = 0
        for i in 0..<values.count { found |= values[i].bitPattern & exponent == exponent ? 1 : 0 }
        return found == 0 ? nil : (0..<values.count).first { !values[$0].isFinite }
    }
}
