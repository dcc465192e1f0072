// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `maps.get`: describes one map.
public enum MapsGet: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map's name, as in `m1`.
        public var map: String

        /// All parameters.
        public init(map: String) {
            self.map = map
        }
    }

    public typealias Result = MapInfo

    public static let name = "maps.get"
    public static let summary = "Describes one map."
    public static let description = """
        A map never changes once it is there.
        """
    public static let params = Schema.object(
        "",
        [
            .required("map", .name("The map's name, as in m1."))
        ])
    public static let result = MapInfo.schema
    public static let errors: [ErrorKind] = [.mapNotFound]
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1"],
        MapInfo.example
    )
}
