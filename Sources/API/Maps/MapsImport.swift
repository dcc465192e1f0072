// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `maps.import`: reads a map from a folder that `maps.export` has written.
public enum MapsImport: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The folder, an absolute path.
        public var path: String
        /// The dictionary that it is a map of, as in `d1`.
        public var dictionary: String

        /// All parameters.
        public init(path: String, dictionary: String) {
            self.path = path
            self.dictionary = dictionary
        }
    }

    public typealias Result = MapInfo

    public static let name = "maps.import"
    public static let summary = "Reads a map from a folder that maps.export has written."
    public static let description = """
        The dictionary must be the very one that the map was made for, by its fingerprint, and every entry's M the product of its decoder \
        rows; features, heads and masks are checked, and no entry may stand twice. Rows may have been taken out or their masks changed: \
        the counts are made anew, and what the description says of its evaluation is then left out. \
        Users other than the service's own and root may name what lies beneath its client roots.
        """
    public static let params = Schema.object(
        "",
        [
            .required("path", .string("The folder, an absolute path.", length: 1...4096)),
            .required("dictionary", .name("The dictionary that it is a map of, as in d1.")),
        ])
    public static let result = MapInfo.schema
    public static let errors: [ErrorKind] = [
        .pathRefused, .fileNotFound, .mapUnreadable, .mapDictionaryMismatch, .dictionaryNotFound, .dictionaryModelMismatch,
        .modelNotFound, .storeFull,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["path": "/home/ada/m1", "dictionary": "d1"], MapInfo.example
    )
}
