public import API
private import Checkpoints
public import Dictionaries
private import Foundation
private import JSON
public import Tensors

// A sparse autoencoder as sae-lens keeps it: `cfg.json` and `sae_weights.safetensors`, and `sparsity.safetensors` where the features'
// densities were counted, log10 of each; `qklens.json` beside them is its description.
//
// sae-lens's z has the heads side by side once reshape_activations is hook_z. ReLU is the architecture `standard`, the k largest of a
// token `topk`, thresholds `jumprelu`, BatchTopK's one threshold among them. `ln1.hook_x` is its `ln1.hook_normalized`, of a model whose
// LayerNorms are folded.
//
// *Source:* sae-lens 6.54.12, `saes/sae.py`, `saes/standard_sae.py`, `saes/topk_sae.py`, `saes/jumprelu_sae.py`.

/// A sparse autoencoder in SAELens's layout.
public struct SAELensAutoencoder: Sendable {
    /// The version whose layout this is.
    private static let version = "6.54.12"
    private static let configurationFile = "cfg.json", weightsFile = "sae_weights.safetensors", descriptionFile = "qklens.json"
    private static let sparsityFile = "sparsity.safetensors"
    /// What is added to a density before its logarithm is taken.
    ///
    /// *Source:* sae-lens 6.54.12, `training/sae_trainer.py`, `log_feature_sparsity`.
    private static let leastDensity: Float = 1e-10

    private let info: SAEInfo
    private let autoencoder: Autoencoder
    /// [F].
    private let density: [Float]?

    /// An autoencoder with its description.
    ///
    /// - Parameters:
    ///   - info: The description.
    ///   - autoencoder: The weights.
    ///   - density: [F] the share of tokens at which each feature is active, if that was counted.
    public init(_ info: SAEInfo, _ autoencoder: Autoencoder, density: [Float]? = nil) {
        (self.info, self.autoencoder, self.density) = (info, autoencoder, density)
    }

    /// Writes it to a folder that appears when it is whole.
    ///
    /// - Parameter path: The folder, which must not be there, in one that is.
    /// - Throws: `file_exists`, `file_unwritable`, `path_refused`.
    public func write(to path: GuardedPath) throws {
        do {
            var folder = try NewFolder(path)
            for (name, json) in [(Self.configurationFile, configuration), (Self.descriptionFile, try JSON(encoding: info))] {
                var file = try ReplacementFile("\(folder.inside)/\(name)")
                try file.append(Array((json.prettyText() + "\n").utf8))
                try file.commit()
            }
            try SafetensorsWriter.write(tensors, to: "\(folder.inside)/\(Self.weightsFile)")
            if let density {
                let sparsity = Tensor([density.count], density.map { log10($0 + Self.leastDensity) })
                try SafetensorsWriter.write([("sparsity", sparsity)], to: "\(folder.inside)/\(Self.sparsityFile)")
            }
            try folder.commit()
        } catch {
            throw APIError.unwritable(path, error)
        }
    }

    private var configuration: JSON {
        var cfg: JSONObject = [
            "architecture": "standard", "d_in": .integer(info.d_in), "d_sae": .integer(info.d_sae), "dtype": "float32",
            "device": "cpu", "apply_b_dec_to_input": true, "normalize_activations": "none",
            "reshape_activations": info.site == .z ? "hook_z" : "none",
            "metadata": [
                "sae_lens_version": .string(Self.version), "model_name": .string(info.model), "hook_name": .string(hook),
                "hook_head_index": nil, "prepend_bos": true, "context_size": .integer(info.context),
            ],
        ]
        switch autoencoder.gate {
        case .positive: break
        case .threshold: cfg["architecture"] = "jumprelu"
        case .largest(let k):
            cfg["architecture"] = "topk"
            cfg["k"] = .integer(k)
            cfg["rescale_acts_by_decoder_norm"] = false
        }
        return .object(cfg)
    }

    private var hook: String {
        switch info.site {
        case .z: "blocks.\(info.layer).attn.hook_z"
        case .attn_out: "blocks.\(info.layer).hook_attn_out"
        case .ln1_x: "blocks.\(info.layer).ln1.hook_normalized"
        case .resid_pre: "blocks.\(info.layer).hook_resid_pre"
        }
    }

    private var tensors: [(name: String, tensor: Tensor)] {
        let (D, F) = (info.d_in, info.d_sae), rows = autoencoder.W_enc
        var W_enc = Tensor([D, F])
        for feature in 0..<F { for d in 0..<D { W_enc.values[d * F + feature] = rows[feature * D + d] } }
        let others = autoencoder.buffers.filter { $0.name != "W_enc" }
        return [("W_enc", W_enc)] + others.map { ($0.name, Tensor($0.shape, $0.values)) }
    }
}
