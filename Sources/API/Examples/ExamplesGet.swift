// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `examples.get`: describes the examples that were collected for a map.
public enum ExamplesGet: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map, as in `m1`.
        public var map: String

        /// All parameters.
        public init(map: String) { self.map = map }
    }

    public typealias Result = ExamplesInfo

    public static let name = "examples.get"
    public static let summary = "Describes the examples that were collected for a map."
    public static let description = """
        From which text, how much of it, and how many pairs and features were active there.
        """
    public static let params = Schema.object("", [.required("map", .name("The map, as in m1."))])
    public static let result = ExamplesInfo.schema
    public static let errors: [ErrorKind] = [.mapNotFound, .examplesNotFound]
    public static let example: (params: JSON, result: JSON?) = (["map": "m1"], ExamplesInfo.example)
}
