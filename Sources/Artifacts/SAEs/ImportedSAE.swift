public import API
private import Attribution
private import Checkpoints
public import Dictionaries
private import GPT2
public import JSON
public import Tensors

// An autoencoder that others have published: a folder of sae-lens (`cfg.json`, `sae_weights.safetensors`), or `NAME.pt` with `NAME_cfg.json`
// beside it. A folder that was exported here holds `qklens.json` too, and its weights are then taken as they are, under their own names.

/// A published autoencoder, in this house's form.
public struct ImportedSAE: Sendable {
    /// The weights.
    public let autoencoder: Autoencoder
    /// What the folder says of it; nil for one that was not exported here.
    public let description: SAEInfo?
    /// What its configuration says.
    public let configuration: SAEConfiguration
    /// How its model's weights were processed.
    public let processing: WeightProcessing
    /// What its authors say that it reaches; nil where nothing is known.
    public let published: PublishedFigures?

    private let isCentred: Bool
    /// What was folded, in words.
    private let steps: [String]
    private let cfg: JSONObject

    private static let configurationFile = "cfg.json", weightsFile = "sae_weights.safetensors", descriptionFile = "qklens.json"
    private static let scalerFile = "activation_scaler.json", torchSuffix = ".pt"
    /// The largest configuration that is read, in bytes, and the largest description.
    private static let largestConfiguration = 1 << 16, largestDescription = 16 << 20

    /// The model that a folder or file names, before anything else of it is read; nil if it names none.
    public static func modelName(_ path: GuardedPath) -> String? {
        guard let cfg = try? object(configurationPlace(path), limit: largestConfiguration) else { return nil }
        return (cfg["metadata"]?["model_name"] ?? cfg["model_name"])?.string
    }

    /// Reads a folder, or a `.pt` file.
    ///
    /// - Parameters:
    ///   - path: The folder or file.
    ///   - model: The model that it is for.
    ///   - processing: How that model's weights were processed; nil for what the configuration says.
    ///   - scalingFactor: What inputs were multiplied by, where the configuration says that they were.
    ///   - published: What its authors say that it reaches; nil for what is known of its release.
    /// - Throws: `path_refused`, `file_not_found`, `dictionary_unreadable`, `dictionary_unsupported`, `dictionary_model_mismatch`,
    ///   `layer_out_of_range`.
    public init(
        _ path: GuardedPath, for model: LoadedModel, processing: WeightProcessing? = nil, scalingFactor: Float? = nil,
        published: PublishedFigures? = nil
    ) throws {
        let isTorch = path.path.hasSuffix(Self.torchSuffix), place = Self.configurationPlace(path)
        cfg = try Self.object(place, limit: Self.largestConfiguration)
        do throws(SAEConfigurationError) {
            configuration = try SAEConfiguration(cfg, isBesideTorchFile: isTorch)
        } catch {
            throw APIError.unsupported(place, error.description)
        }
        try Self.check(configuration, model, path)
        description = isTorch ? nil : try Self.described(path, model)
        guard let found = description == nil ? processing ?? configuration.processing : WeightProcessing.none else {
            throw APIError.unsupported(
                place,
                "the hook is '\(configuration.hook)', whose meaning depends on how the model's weights were processed; say processing folded "
                    + "if LayerNorms were folded into them")
        }
        self.processing = found
        if configuration.site == .ln1_x, description == nil, found != .folded {
            throw APIError.unsupported(
                place, "the hook is '\(configuration.hook)' of a model whose LayerNorms are not folded, with gain and bias")
        }
        let factor = configuration.scalesInput ? try scalingFactor ?? Self.scaler(path) : nil
        let tensors = try SAETensors(isTorch ? path : path.appending(Self.weightsFile), configuration)
        do {
            let folding = try SAEFolding(tensors, configuration, scalingFactor: factor, processing: found, model.gpt2)
            (autoencoder, steps, isCentred) = (folding.autoencoder, folding.steps, folding.isCentred)
        } catch let error as SAEConfigurationError {
            throw APIError.unsupported(place, error.description)
        }
        self.published = published ?? PublishedFigures(of: configuration)
        try checkDescription(path)
    }

    /// Whether it has learnt what the activation is without its mean over the elements.
    public var reconstructsCentred: Bool { isCentred || description?.settings["conventions"]?["is_centred"] == true }

    /// What the record keeps of its conventions.
    public var conventions: JSON {
        [
            "layout": .string(configuration.layout.rawValue), "architecture": .string(configuration.architecture.rawValue),
            "hook": .string(configuration.hook), "dtype": .string(configuration.dtype),
            "apply_b_dec_to_input": .bool(configuration.appliesDecoderBias),
            "normalize_activations": configuration.scalesInput ? "expected_average_only_in" : "none",
            "reshape_activations": configuration.site == .z ? "hook_z" : "none", "prepend_bos": .bool(configuration.prependsBOS),
            "processing": .string(processing.rawValue), "is_centred": .bool(isCentred),
            "folded": .array(steps.map { .string($0) }),
        ]
    }

    /// Its configuration as it was found.
    public var metadata: JSON { .object(cfg) }

    /// How its features are chosen, as records say it.
    public var activation: FeatureActivation {
        switch configuration.architecture {
        case .standard: .relu
        case .topk: .topk
        case .batchtopk: .batchtopk
        case .jumprelu: .jumprelu
        }
    }
}

// What is read, and what it must fit.
extension ImportedSAE {
    private static func configurationPlace(_ path: GuardedPath) -> GuardedPath {
        path.path.hasSuffix(torchSuffix)
            ? GuardedPath(path.path.dropLast(torchSuffix.count) + "_cfg.json", path.access) : path.appending(configurationFile)
    }

    private static func object(_ place: GuardedPath, limit: Int) throws -> JSONObject {
        do {
            if let object = try JSON(parsing: try ReadableFile.contents(of: place, limit: limit)).object { return object }
        } catch let error as FileError where error.isMissing {
            throw APIError(
                .fileNotFound,
                "there is no \(place); an autoencoder is a folder with cfg.json and sae_weights.safetensors, or NAME.pt with NAME_cfg.json",
                facts: ["path": .string(place.path)])
        } catch {
            throw APIError.refusal(place, error) ?? APIError.unreadable(place, "\(place): \(error)")
        }
        throw APIError.unreadable(place, "\(place) is not a JSON object")
    }

    private static func check(_ configuration: SAEConfiguration, _ model: LoadedModel, _ path: GuardedPath) throws(APIError) {
        let c = model.gpt2.configuration
        guard configuration.layer < c.n_layers else {
            throw APIError(
                .layerOutOfRange,
                "\(path) is for '\(configuration.hook)'; '\(model.name)' has n_layers = \(c.n_layers), and what leaves the last block is read by "
                    + "no attention",
                facts: ["layer": .integer(configuration.layer), "n_layers": .integer(c.n_layers)])
        }
        let width = configuration.site.width(in: model.gpt2)
        guard configuration.d_in == width else {
            throw APIError(
                .dictionaryModelMismatch,
                "\(path) reads \(configuration.d_in) numbers of '\(configuration.hook)'; '\(model.name)' has \(width)",
                facts: ["path": .string(path.path), "model": .string(model.name)])
        }
    }

    /// The factor of a training's own scaler, where the folder has it.
    private static func scaler(_ path: GuardedPath) throws -> Float {
        let place = path.appending(scalerFile)
        let found =
            path.path.hasSuffix(torchSuffix) ? nil : try? object(place, limit: largestConfiguration)["scaling_factor"]?.number
        guard let factor = found.flatMap({ $0 }), factor > 0, factor.isFinite else {
            throw APIError.unsupported(
                path,
                "normalize_activations is expected_average_only_in, and the factor is in no file \(scalerFile) beside it; say scaling_factor"
            )
        }
        return Float(factor)
    }

    private static func described(_ path: GuardedPath, _ model: LoadedModel) throws -> SAEInfo? {
        let place = path.appending(descriptionFile)
        guard let bytes = try? ReadableFile.contents(of: place, limit: largestDescription) else { return nil }
        let info: SAEInfo
        do {
            let json = try JSON(parsing: bytes)
            if let violation = SAEInfo.schema.validate(json, at: "sae").first {
                throw APIError.unsupported(place, "\(violation)")
            }
            info = try json.decode(SAEInfo.self)
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError.unsupported(place, "\(error)")
        }
        guard info.model_fingerprint == model.fingerprint else {
            throw APIError(
                .dictionaryModelMismatch,
                "\(path) was trained on weights with fingerprint \(info.model_fingerprint); '\(model.name)' has \(model.fingerprint)",
                facts: ["path": .string(path.path), "model": .string(model.name)])
        }
        return info
    }

    private func checkDescription(_ path: GuardedPath) throws(APIError) {
        guard let info = description else { return }
        let found = [configuration.layer, configuration.d_in, configuration.d_sae], said = [info.layer, info.d_in, info.d_sae]
        guard found == said, info.site == configuration.site else {
            throw APIError.unsupported(
                path.appending(Self.descriptionFile),
                "layer, d_in and d_sae of \(info.site.rawValue) are \(said); \(Self.configurationFile) says \(found) of "
                    + configuration.site.rawValue)
        }
        guard autoencoder.fingerprint == info.fingerprint else {
            throw APIError.unsupported(
                path, "the weights have fingerprint \(autoencoder.fingerprint), \(Self.descriptionFile) says \(info.fingerprint)")
        }
    }
}
