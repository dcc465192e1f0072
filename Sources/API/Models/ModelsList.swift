// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `models.list`: lists the models that the service knows.
public enum ModelsList: Method {
    public typealias Params = NoParams

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The models.
        public var models: [ModelInfo]

        /// All facts.
        public init(models: [ModelInfo]) {
            self.models = models
        }
    }

    public static let name = "models.list"
    public static let summary = "Lists the models that the service knows."
    public static let description = """
        The embedded model comes first, then the others by name.
        """
    public static let params = Schema.object()
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("models", .array("The models.", of: ModelInfo.schema))
        ])
    public static let errors: [ErrorKind] = []
    public static let example: (params: JSON, result: JSON?) = (
        [:],
        ["models": [ModelInfo.example]]
    )
}
