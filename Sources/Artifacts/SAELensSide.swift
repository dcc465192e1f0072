import API
private import Checkpoints
import Dictionaries
import JSON
import Tensors

// One transcoder as sae-lens keeps it: `cfg.json` and `sae_weights.safetensors`.
//
// sae-lens's transcoder has no b_in: f = ReLU(x W_enc + b_enc'), with b_enc' = b_enc − b_in W_enc; a `jumprelu_transcoder` has a
// threshold for each feature besides. It has none that takes the k largest features of a token. Its hook names are TransformerLens's
// for a model whose LayerNorms are folded, where `ln1.hook_normalized` is the normalised residual without gain and bias.
//
// *Source:* sae-lens 6.54.12, `saes/transcoder.py`, `saes/sae.py`.

/// One side of a dictionary in SAELens's layout.
struct SAELensSide {
    static let configurationFile = "cfg.json"
    static let weightsFile = "sae_weights.safetensors"

    /// The version whose layout this is.
    private static let version = "6.54.12"
    /// The members of `cfg.json` that are known, and what each must be where only one value can be represented.
    private static let fixed: [(name: String, value: JSON)] = [
        ("apply_b_dec_to_input", false), ("normalize_activations", "none"), ("reshape_activations", "none"),
    ]
    private static let known: Set = [
        "architecture", "d_in", "d_sae", "d_out", "dtype", "device", "apply_b_dec_to_input", "normalize_activations",
        "reshape_activations", "metadata",
    ]

    /// The weights; b_in is 0 in one that was read.
    let transcoder: Transcoder
    /// The free-form part of `cfg.json`: the model's name, the hooks, the length of a context.
    let metadata: JSONObject

    /// What `cfg.json` calls a transcoder with ReLU, and one with thresholds.
    private static let plain = "transcoder", thresholded = "jumprelu_transcoder"
    private static let thresholdTensor = "threshold"

    /// Writes the two files into a directory that is there.
    ///
    /// - Parameters:
    ///   - directory: The directory.
    ///   - name: What errors call it.
    /// - Throws: `dictionary_unsupported` for a gate that sae-lens's transcoders do not have.
    func write(to directory: String, shownAs name: String) throws {
        let shape = transcoder.shape
        var architecture = Self.plain, thresholds: [(name: String, tensor: Tensor)] = []
        switch transcoder.gate {
        case .positive: break
        case .threshold(let values):
            architecture = Self.thresholded
            thresholds = [(Self.thresholdTensor, Tensor([shape.d_sae], values))]
        case .largest(let k):
            throw Self.unsupported(name, "SAELens has no transcoder that takes the \(k) largest features of a token")
        }
        var metadata = metadata
        metadata["sae_lens_version"] = .string(Self.version)
        var cfg: JSONObject = [
            "architecture": .string(architecture), "d_in": .integer(shape.d_model), "d_sae": .integer(shape.d_sae),
            "d_out": .integer(shape.d_out), "dtype": "float32", "device": "cpu",
        ]
        for (name, value) in Self.fixed { cfg[name] = value }
        cfg["metadata"] = .object(metadata)
        var file = try ReplacementFile("\(directory)/\(Self.configurationFile)")
        try file.append(Array((JSON.object(cfg).prettyText() + "\n").utf8))
        try file.commit()
        let tensors: [(name: String, tensor: Tensor)] = [
            ("W_enc", Tensor(shape.extents(.W_enc), transcoder.W_enc)),
            ("W_dec", Tensor(shape.extents(.W_dec), transcoder.W_dec)),
            ("b_enc", Tensor([shape.d_sae], transcoder.b_enc_withoutInputBias)),
            ("b_dec", Tensor([shape.d_out], transcoder.b_out)),
        ]
        try SafetensorsWriter.write(tensors + thresholds, to: "\(directory)/\(Self.weightsFile)")
    }

    /// Reads the two files.
    ///
    /// - Parameters:
    ///   - directory: Where they lie.
    ///   - n_heads: H of the model that it is for.
    /// - Returns: nil if there is no `cfg.json`.
    /// - Throws: `path_refused`, `dictionary_unreadable` for files that cannot be read, `dictionary_unsupported` for what cannot be represented.
    init?(_ directory: GuardedPath, n_heads: Int) throws {
        guard let cfg = try Self.configuration(directory.appending(Self.configurationFile)) else { return nil }
        func refuse(_ reason: String) -> APIError { Self.unsupported("\(directory)/\(Self.configurationFile)", reason) }
        if let stranger = cfg.keys.first(where: { !Self.known.contains($0) }) {
            throw refuse("'\(stranger)' is not a setting that is known here")
        }
        let isThresholded = cfg["architecture"] == .string(Self.thresholded)
        guard isThresholded || cfg["architecture"] == .string(Self.plain) else {
            throw refuse(
                "architecture \(cfg["architecture"]?.text() ?? "absent"), where only \"\(Self.plain)\" and "
                    + "\"\(Self.thresholded)\" can be read")
        }
        for (name, value) in Self.fixed {
            if let found = cfg[name], found != value {
                throw refuse("\(name) is \(found.text()), where only \(value.text()) can be read")
            }
        }
        func size(_ name: String) throws -> Int {
            guard let size = cfg[name]?.integer, (1...Self.largestSize).contains(size) else {
                throw refuse("\(name) is \(cfg[name]?.text() ?? "absent"), where a size from 1 to \(Self.largestSize) is needed")
            }
            return size
        }
        let (d_in, d_sae, d_out) = (try size("d_in"), try size("d_sae"), try size("d_out"))
        guard d_out % n_heads == 0 else { throw refuse("d_out \(d_out) does not divide among \(n_heads) heads") }
        metadata = cfg["metadata"]?.object ?? [:]
        let shape = TranscoderShape(d_model: d_in, d_sae: d_sae, n_heads: n_heads, d_head: d_out / n_heads)
        let place = directory.appending(Self.weightsFile), path = place.path
        let places: [(name: String, parameter: Transcoder.Parameter)] = [
            ("W_enc", .W_enc), ("W_dec", .W_dec), ("b_enc", .b_enc), ("b_dec", .b_out),
        ]
        do {
            let file = try SafetensorsFile(place)
            let known = Set(places.map(\.name) + (isThresholded ? [Self.thresholdTensor] : []))
            if let stranger = file.header.tensors.first(where: { !known.contains($0.name) }) {
                throw Self.unsupported(path, "tensor '\(stranger.name)' is not one that is known here")
            }
            // What cfg.json says is worth memory only once the file, whose length cannot lie, says the same.
            for (name, parameter) in places {
                let expected = shape.extents(parameter)
                if let entry = file[name], entry.shape != expected {
                    throw Self.unsupported(path, "\(name) has shape \(entry.shape), where cfg.json says \(expected)")
                }
                if file[name] == nil { throw Self.unsupported(path, "\(name) of shape \(expected) is missing") }
            }
            var transcoder = Transcoder(zeros: shape)
            for (name, parameter) in places {
                let tensor = try file.tensor(name)
                guard tensor.values.allSatisfy(\.isFinite) else {
                    throw Self.unsupported(path, "\(name) holds a number that is not finite")
                }
                transcoder[parameter] = tensor.values
            }
            if isThresholded { transcoder.gate = .threshold(try Self.thresholds(file, path, d_sae: d_sae)) }
            self.transcoder = transcoder
        } catch let error as SafetensorsError {
            throw APIError.refusal(place, error)
                ?? APIError(.dictionaryUnreadable, error.description, facts: ["path": .string(path)])
        }
    }

    private static func thresholds(_ file: borrowing SafetensorsFile, _ path: String, d_sae: Int) throws -> [Float] {
        let tensor = try file.tensor(thresholdTensor)
        guard tensor.shape == [d_sae] else {
            throw unsupported(path, "\(thresholdTensor) has shape \(tensor.shape), where cfg.json says [\(d_sae)]")
        }
        guard tensor.values.allSatisfy({ $0.isFinite }) else {
            throw unsupported(path, "\(thresholdTensor) holds a number that is not finite")
        }
        // A negative threshold lets nothing through that ReLU does not.
        return tensor.values.map { max($0, 0) }
    }

    /// A side to be written.
    init(_ transcoder: Transcoder, metadata: JSONObject) { (self.transcoder, self.metadata) = (transcoder, metadata) }

    /// The most features, or the widest model, that is read.
    private static let largestSize = 1 << 20
    /// The largest `cfg.json` that is read, in bytes.
    static let largestConfiguration = 1 << 20

    private static func configuration(_ path: GuardedPath) throws -> JSONObject? {
        do {
            let json = try JSON(parsing: try ReadableFile.contents(of: path, limit: largestConfiguration))
            if let object = json.object { return object }
        } catch let error as FileError where error.isMissing {
            return nil
        } catch {
            throw APIError.refusal(path, error)
                ?? APIError(.dictionaryUnreadable, "\(path): \(error)", facts: ["path": .string(path.path)])
        }
        throw APIError(.dictionaryUnreadable, "\(path) is not a JSON object", facts: ["path": .string(path.path)])
    }

    private static func unsupported(_ path: String, _ reason: String) -> APIError {
        APIError(.dictionaryUnsupported, "\(path): \(reason)", facts: ["path": .string(path)])
    }
}

extension Transcoder {
    /// b_enc − b_in W_enc: what b_enc is for an encoder that does not subtract b_in, summed in double precision.
    fileprivate var b_enc_withoutInputBias: [Float] {
        var sums = b_enc.map(Double.init)
        for d in 0..<shape.d_model where b_in[d] != 0 {
            for feature in 0..<shape.d_sae { sums[feature] -= Double(b_in[d]) * Double(W_enc[d * shape.d_sae + feature]) }
        }
        return sums.map { Float($0) }
    }
}
