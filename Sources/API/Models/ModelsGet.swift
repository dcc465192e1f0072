// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `models.get`: describes one model.
public enum ModelsGet: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String

        /// All parameters.
        public init(model: String) {
            self.model = model
        }
    }

    public typealias Result = ModelInfo

    public static let name = "models.get"
    public static let summary = "Describes one model."
    public static let description = """
        Does not make the model resident.
        """
    public static let params = Schema.object(
        "",
        [
            .required("model", .name("The model's name."))
        ])
    public static let result = ModelInfo.schema
    public static let errors: [ErrorKind] = [.modelNotFound]
    public static let example: (params: JSON, result: JSON?) = (
        ["model": "demo-4l"],
        ModelInfo.example
    )
}
