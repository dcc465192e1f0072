// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `maps.delete`: deletes a map.
public enum MapsDelete: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map's name, as in `m1`.
        public var map: String

        /// All parameters.
        public init(map: String) {
            self.map = map
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The map's name.
        public var map: String

        /// All facts.
        public init(map: String) {
            self.map = map
        }
    }

    public static let name = "maps.delete"
    public static let summary = "Deletes a map."
    public static let description = """
        Calls that are using it finish with it. Only the user who trained or imported it, or root.
        """
    public static let params = Schema.object(
        "",
        [
            .required("map", .name("The map's name, as in m1."))
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("map", .name("The map's name."))
        ])
    public static let errors: [ErrorKind] = [.mapNotFound, .permissionDenied]
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1"],
        ["map": "m1"]
    )
}
