// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `models.load`: reads a GPT-2 model from a folder and keeps it in memory.
public enum ModelsLoad: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The model's folder, absolute.
        public var path: String
        /// The name under which it will be asked for; the folder's own if absent.
        public var name: String?

        /// All parameters.
        public init(path: String, name: String? = nil) {
            self.path = path
            self.name = name
        }
    }

    public typealias Result = ModelInfo

    public static let name = "models.load"
    public static let summary = "Reads a GPT-2 model from a folder and keeps it in memory."
    public static let description = """
        The folder is that of a Hugging Face GPT2LMHeadModel: config.json, model.safetensors, vocab.json, merges.txt. \
        Users other than the service's own and root may name what lies beneath its client roots, and no link there leads out of them; \
        the workers that read the model again are bound by the same.
        """
    public static let params = Schema.object(
        "",
        [
            .required("path", .string("The model's folder, absolute.", length: 1...4096)),
            .optional("name", .name("The name under which it will be asked for; the folder's own if absent.")),
        ])
    public static let result = ModelInfo.schema
    public static let errors: [ErrorKind] = [
        .modelUnreadable, .modelUnsupported, .tokenizerUnreadable, .modelNameTaken, .pathRefused, .fileNotFound, .outOfMemory,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["path": "/home/ada/models/gpt2", "name": "gpt2"],
        [
            "model": "gpt2", "path": "/home/ada/models/gpt2", "is_embedded": false, "is_resident": true,
            "fingerprint": "51d0c2e97ab3460f",
            "n_layers": 12, "n_heads": 12, "d_model": 768, "d_head": 64, "d_mlp": 3072, "d_vocab": 50257, "n_ctx": 1024,
            "activation_function": "gelu_new", "parameters": 124_439_808, "memory_bytes": 497_759_232,
        ]
    )
}
