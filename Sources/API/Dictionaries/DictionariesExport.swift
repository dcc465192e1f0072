// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `dictionaries.export`: writes a dictionary to a folder in SAELens's layout.
public enum DictionariesExport: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The dictionary, as in `d1`.
        public var dictionary: String
        /// The folder to write, an absolute path that is not there yet.
        public var path: String

        /// All parameters.
        public init(dictionary: String, path: String) {
            self.dictionary = dictionary
            self.path = path
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The dictionary.
        public var dictionary: String
        /// The folder.
        public var path: String

        /// All facts.
        public init(dictionary: String, path: String) {
            self.dictionary = dictionary
            self.path = path
        }
    }

    public static let name = "dictionaries.export"
    public static let summary = "Writes a dictionary to a folder in SAELens's layout."
    public static let description = """
        The folders query and key hold one transcoder each, cfg.json and sae_weights.safetensors, which sae-lens loads; qklens.json and \
        qklens.safetensors beside them let dictionaries.import restore the very weights. The folder appears when it is whole, in one that is there; it \
        belongs to the service's user, with the rights that its umask leaves. Users other than that and root may name a place beneath the \
        service's client roots.
        """
    public static let params = Schema.object(
        "",
        [
            .required("dictionary", .name("The dictionary, as in d1.")),
            .required("path", .string("The folder to write, an absolute path that is not there yet.", length: 1...4096)),
        ])
    public static let result = Schema.object(
        "",
        [
            .required("dictionary", .name("The dictionary.")),
            .required("path", .string("The folder.")),
        ])
    public static let errors: [ErrorKind] = [
        .dictionaryNotFound, .pathRefused, .fileExists, .fileUnwritable, .dictionaryUnsupported,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["dictionary": "d1", "path": "/home/ada/d1"], ["dictionary": "d1", "path": "/home/ada/d1"]
    )
}
