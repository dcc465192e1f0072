// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `dictionaries.import`: reads a dictionary from a folder in SAELens's layout.
public enum DictionariesImport: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The folder, an absolute path.
        public var path: String
        /// The model that it is for; the one that the folder names if absent.
        public var model: String?

        /// All parameters.
        public init(path: String, model: String? = nil) {
            self.path = path
            self.model = model
        }
    }

    public typealias Result = DictionaryInfo

    public static let name = "dictionaries.import"
    public static let summary = "Reads a dictionary from a folder in SAELens's layout."
    public static let description = """
        The folder holds query and key, each with cfg.json and sae_weights.safetensors of architecture transcoder, reading \
        blocks.N.ln1.hook_normalized of a model with folded LayerNorms. A setting or tensor that is not known is refused. What the folder \
        claims of the dictionary is kept as it stands; dictionaries.evaluate measures it again. \
        Users other than the service's own and root may name what lies beneath its client roots.
        """
    public static let params = Schema.object(
        "",
        [
            .required("path", .string("The folder, an absolute path.", length: 1...4096)),
            .optional("model", .string("The model that it is for; the one that the folder names if absent.")),
        ])
    public static let result = DictionaryInfo.schema
    public static let errors: [ErrorKind] = [
        .pathRefused, .fileNotFound, .dictionaryUnreadable, .dictionaryUnsupported, .dictionaryModelMismatch, .modelNotFound,
        .layerOutOfRange, .storeFull,
    ]
    public static let example: (params: JSON, result: JSON?) = (["path": "/home/ada/d1"], DictionaryInfo.example)
}
