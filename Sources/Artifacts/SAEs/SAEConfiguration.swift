public import API
private import Dictionaries
public import JSON

// The layouts in which published autoencoders describe themselves:
//
//     SAELens 6      cfg.json with `metadata`: what changes the arithmetic outside of it, and nothing else there
//     SAELens 1–5    cfg.json with `hook_name` or `hook_point` and all parameters of the training
//     hook_z_kk      NAME_cfg.json beside NAME.pt, with `act_size`, `dict_size` and `act_name` (Kissane et al. 2024)
//
// A key that is neither read, nor known to leave the arithmetic alone, is refused by its name, and so is a value that is not computed here.
//
// *Source:* sae-lens 6.54.12, `loading/pretrained_sae_loaders.py` (`handle_pre_6_0_config`, `get_connor_rob_hook_z_config_from_hf`) and
// `saes/*.py`; Kissane's training code for the keys of the third.

/// How TransformerLens processed the weights of the model whose activations an autoencoder has seen.
public enum WeightProcessing: String, Sendable, Codable, CaseIterable {
    /// Not at all (`from_pretrained_no_processing`), as sae-lens from version 4 on loads models.
    case none
    /// What is written to the residual stream has mean zero (`center_writing_weights`).
    case centred
    /// LayerNorms folded, writing weights centred, value biases folded: `HookedTransformer.from_pretrained`.
    case folded
}

/// What an autoencoder's configuration says that changes the arithmetic.
public struct SAEConfiguration: Sendable, Hashable {
    /// Which of the layouts it is.
    public enum Layout: String, Sendable {
        /// With `metadata`.
        case sae_lens_6
        /// With a training's parameters.
        case sae_lens_5
        /// Beside a `.pt` file.
        case hook_z_kk
    }

    /// How pre-activations become activations, by SAELens's names.
    public enum Architecture: String, Sendable, CaseIterable {
        case standard, topk, batchtopk, jumprelu
    }

    /// The layout.
    public let layout: Layout
    /// The architecture.
    public let architecture: Architecture
    /// D.
    public let d_in: Int
    /// F.
    public let d_sae: Int
    /// The hook as it is named.
    public let hook: String
    /// The layer whose activation it is, and which.
    public let layer: Int, site: SAESite
    /// The type of the weights as it is named.
    public let dtype: String
    /// Whether b_dec is subtracted from the input.
    public let appliesDecoderBias: Bool
    /// Whether inputs were scaled to an average norm of √d_in: `expected_average_only_in`.
    public let scalesInput: Bool
    /// Features kept for each token, for the architecture topk.
    public let k: Int?
    /// Whether features are compared by what they write: `rescale_acts_by_decoder_norm`.
    public let rescalesByDecoderNorm: Bool
    /// Whether the features have factors for what they write: `finetuning_scaling_factor`.
    public let hasOutputFactors: Bool
    /// The model's name; nil where none is given.
    public let model: String?
    /// How its weights were processed; nil where nothing is said.
    public let processing: WeightProcessing?
    /// Whether contexts began with BOS.
    public let prependsBOS: Bool
    /// The length of a context in tokens; nil where nothing is said.
    public let context: Int?

    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - cfg: The object.
    ///   - isBesideTorchFile: Whether it is the third layout's.
    /// - Throws: ``SAEConfigurationError``.
    public init(_ cfg: JSONObject, isBesideTorchFile: Bool = false) throws(SAEConfigurationError) {
        var keys = SAEConfigurationKeys(cfg)
        if isBesideTorchFile {
            layout = .hook_z_kk
        } else if let metadata = cfg["metadata"] {
            guard let metadata = metadata.object else {
                throw .invalid(key: "metadata", value: "\(metadata)", expected: "an object")
            }
            layout = .sae_lens_6
            keys.read("metadata")
            keys.free = metadata
        } else {
            layout = .sae_lens_5
        }
        let isOld = layout != .sae_lens_6
        architecture = try keys.architecture()
        d_in = try keys.size(layout == .hook_z_kk ? "act_size" : "d_in")
        d_sae = try keys.size(layout == .hook_z_kk ? "dict_size" : "d_sae")
        hook = try keys.hook(layout)
        (layer, site) = try Self.place(of: hook)
        dtype = keys.text("dtype") ?? keys.text("enc_dtype") ?? "float32"
        appliesDecoderBias = try keys.flag("apply_b_dec_to_input") ?? true
        scalesInput = try keys.scalesInput()
        let (counted, implied) = (try keys.count("k"), try keys.activationCount())
        k = architecture == .topk ? counted ?? implied : nil
        if architecture == .topk && k == nil { throw .missing(key: "k") }
        rescalesByDecoderNorm = try keys.flag("rescale_acts_by_decoder_norm") ?? false
        hasOutputFactors = try keys.flag("finetuning_scaling_factor") ?? false
        try keys.checkReshaping(site, isOld: isOld)
        model = keys.text("model_name")
        processing = try keys.processing(isOld: isOld, site)
        prependsBOS = try keys.flag("prepend_bos") ?? true
        let (ofContexts, ofSequences) = (try keys.count("context_size"), try keys.count("seq_len"))
        context = ofContexts ?? ofSequences
        try keys.refuseOthers(layout)
    }

    /// The layer and activation of a hook.
    private static func place(of hook: String) throws(SAEConfigurationError) -> (layer: Int, site: SAESite) {
        let parts = hook.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[0] == "blocks", let layer = Int(parts[1]), (0..<largestLayer).contains(layer) else {
            throw .unsupportedHook(hook)
        }
        switch parts[2] {
        case "attn.hook_z", "hook_z": return (layer, .z)
        case "hook_attn_out": return (layer, .attn_out)
        case "hook_resid_pre": return (layer, .resid_pre)
        // What leaves one block enters the next.
        case "hook_resid_post": return (layer + 1, .resid_pre)
        case "ln1.hook_normalized": return (layer, .ln1_x)
        default: throw .unsupportedHook(hook)
        }
    }

    private static let largestLayer = 1024
}

/// Why a configuration was refused.
public enum SAEConfigurationError: Error, Hashable, CustomStringConvertible {
    /// A key that must be there is not.
    case missing(key: String)
    /// A value of the wrong type or outside its range.
    case invalid(key: String, value: String, expected: String)
    /// A value that changes the arithmetic in a way that is not computed here.
    case unsupported(key: String, value: String, supported: String)
    /// A hook that no autoencoder here reads.
    case unsupportedHook(String)
    /// A key that is not known to leave the arithmetic alone.
    case unknown(key: String, value: String)

    /// One sentence: the key, its value and what would be right.
    public var description: String {
        switch self {
        case .missing(let key): "the key '\(key)' is missing"
        case .invalid(let key, let value, let expected): "'\(key)' is \(value), but must be \(expected)"
        case .unsupported(let key, let value, let supported):
            "'\(key)' is \(value), which is not computed here (supported: \(supported))"
        case .unsupportedHook(let hook):
            "the hook is '\(hook)'; blocks.N. followed by attn.hook_z, hook_attn_out, hook_resid_pre, hook_resid_post or "
                + "ln1.hook_normalized can be read"
        case .unknown(let key, let value):
            "'\(key)' (\(value)) is not a setting that is known here, and what it changes is not known"
        }
    }
}
