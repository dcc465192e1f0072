// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `models.unload`: gives back the memory of a model.
public enum ModelsUnload: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String

        /// All parameters.
        public init(model: String) {
            self.model = model
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// The memory given back, in bytes.
        public var freed_bytes: Int

        /// All facts.
        public init(model: String, freed_bytes: Int) {
            self.model = model
            self.freed_bytes = freed_bytes
        }
    }

    public static let name = "models.unload"
    public static let summary = "Gives back the memory of a model."
    public static let description = """
        Calls that are using the model finish with it. What was trained on it stays, and is usable again once it is \
        loaded again. Only the user who loaded it, or root.
        """
    public static let params = Schema.object(
        "",
        [
            .required("model", .name("The model's name."))
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("freed_bytes", .count("The memory given back, in bytes.")),
        ])
    public static let errors: [ErrorKind] = [.modelNotFound, .permissionDenied]
    public static let example: (params: JSON, result: JSON?) = (
        ["model": "gpt2"],
        ["model": "gpt2", "freed_bytes": 497_759_232]
    )
}
