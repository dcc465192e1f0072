// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `saes.export`: writes a sparse autoencoder to a folder in SAELens's layout.
public enum SAEsExport: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The autoencoder, as in `s1`.
        public var sae: String
        /// The folder to write, an absolute path that is not there yet.
        public var path: String

        /// All parameters.
        public init(sae: String, path: String) {
            self.sae = sae
            self.path = path
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The autoencoder.
        public var sae: String
        /// The folder.
        public var path: String

        /// All facts.
        public init(sae: String, path: String) {
            self.sae = sae
            self.path = path
        }
    }

    public static let name = "saes.export"
    public static let summary = "Writes a sparse autoencoder to a folder in SAELens's layout."
    public static let description = """
        cfg.json and sae_weights.safetensors, which sae-lens loads; qklens.json beside them is the autoencoder's description. ReLU becomes \
        the architecture standard, the k largest of a token topk, thresholds and BatchTopK jumprelu; of z the heads are put side by side \
        (reshape_activations hook_z). The folder appears when it is whole, in one that is there; it belongs to the service's user. Users \
        other than that and root may name a place beneath the service's client roots.
        """
    public static let params = Schema.object(
        "",
        [
            .required("sae", .name("The autoencoder, as in s1.")),
            .required("path", .string("The folder to write, an absolute path that is not there yet.", length: 1...4096)),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("sae", .name("The autoencoder.")),
            .required("path", .string("The folder.")),
        ])
    public static let errors: [ErrorKind] = [.saeNotFound, .pathRefused, .fileExists, .fileUnwritable]
    public static let example: (params: JSON, result: JSON?) = (
        ["sae": "s1", "path": "/home/ada/s1"], ["sae": "s1", "path": "/home/ada/s1"]
    )
}
