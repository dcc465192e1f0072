// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `saes.import`: reads a published sparse autoencoder, and measures whether it does here what its authors say.
public enum SAEsImport: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A folder of sae-lens, or a `.pt` file with its `_cfg.json`; an absolute path.
        public var path: String
        /// The model that it is for; the one that the configuration names if absent.
        public var model: String?
        /// How that model's weights were processed; what the configuration says or implies if absent.
        public var processing: Processing?
        /// What inputs were multiplied by, for `expected_average_only_in`.
        public var scaling_factor: Double?
        /// What its authors say of L0; what is known of the release if absent.
        public var published_L0: Double?
        /// What its authors say of the explained variance; what is known of the release if absent.
        public var published_explained_variance: Double?
        /// The text that it is measured on.
        public var corpus: String?
        /// Which field of a `.jsonl` file's objects is the text; `text` if absent.
        public var text_field: String?
        /// How many contexts it is measured on.
        public var contexts: Int

        /// All parameters.
        public init(
            path: String, model: String? = nil, processing: Processing? = nil, scaling_factor: Double? = nil,
            published_L0: Double? = nil, published_explained_variance: Double? = nil, corpus: String? = nil,
            text_field: String? = nil, contexts: Int = 8
        ) {
            self.path = path
            self.model = model
            self.processing = processing
            self.scaling_factor = scaling_factor
            self.published_L0 = published_L0
            self.published_explained_variance = published_explained_variance
            self.corpus = corpus
            self.text_field = text_field
            self.contexts = contexts
        }
    }

    /// How TransformerLens processed the weights of the model whose activations an autoencoder has seen.
    public enum Processing: String, Codable, Sendable, Hashable, CaseIterable {
        /// Not at all.
        case none
        /// What is written to the residual stream has mean zero.
        case centred
        /// LayerNorms and value biases folded, writing weights centred.
        case folded
    }

    public typealias Result = SAEInfo

    public static let name = "saes.import"
    public static let summary = "Reads a published sparse autoencoder, and measures whether it does here what its authors say."
    public static let description = """
        A folder with cfg.json and sae_weights.safetensors as sae-lens 1 to 6 writes them, or NAME.pt with NAME_cfg.json as \
        gpt2-small-hook-z-kk is published. Architectures standard, topk, batchtopk and jumprelu of attn.hook_z, hook_attn_out, \
        hook_resid_pre, hook_resid_post and folded ln1.hook_normalized. A setting or tensor that is not known is refused by its name; a .pt \
        file is read for its tensors, and nothing of it is executed. Conventions are folded into the weights and named in \
        settings.conventions. L0 and explained variance are measured on a few contexts of the text, where there is one, and compared with \
        what was published; what does not fit is in warnings, with the processing that would make it fit. \
        Users other than the service's own and root may name what lies beneath its client roots.
        """
    public static let params = Schema.object(
        "",
        [
            .required(
                "path", .string("A folder of sae-lens, or a .pt file with its _cfg.json; an absolute path.", length: 1...4096)),
            .optional("model", .string("The model that it is for; the one that the configuration names if absent.")),
            .optional(
                "processing",
                .string(
                    "How that model's weights were processed by TransformerLens: none, centred (center_writing_weights), folded "
                        + "(HookedTransformer.from_pretrained); what the configuration says or implies if absent.",
                    oneOf: Processing.allCases.map(\.rawValue))),
            .optional(
                "scaling_factor", .number("What inputs were multiplied by, for expected_average_only_in.", above: 0, to: 1e6)),
            .optional(
                "published_L0", .number("What its authors say of L0; what is known of the release if absent.", from: 0)),
            .optional(
                "published_explained_variance",
                .number("What its authors say of the explained variance; what is known of the release if absent.")),
            .optional("corpus", .corpus(ifAbsent: "demo for that model, and nothing is measured for others,")),
            .optional("text_field", .textField),
            .optional("contexts", .integer("How many contexts it is measured on.", in: 1...256), default: 8),
        ])
    public static let result = SAEInfo.schema
    public static let errors: [ErrorKind] = [
        .pathRefused, .fileNotFound, .dictionaryUnreadable, .dictionaryUnsupported, .dictionaryModelMismatch, .modelNotFound,
        .layerOutOfRange, .textUnreadable, .textEmpty, .tokenOutOfRange, .storeFull,
    ]
    public static let example: (params: JSON, result: JSON?) = (["path": "/home/ada/blocks.1.hook_z"], SAEInfo.example)
}
