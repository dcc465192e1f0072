// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `dictionaries.delete`: deletes a dictionary and the maps that belong to it.
public enum DictionariesDelete: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The dictionary's name, as in `d1`.
        public var dictionary: String

        /// All parameters.
        public init(dictionary: String) {
            self.dictionary = dictionary
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The dictionary's name.
        public var dictionary: String
        /// The maps that went with it.
        public var deleted_maps: [String]

        /// All facts.
        public init(dictionary: String, deleted_maps: [String]) {
            self.dictionary = dictionary
            self.deleted_maps = deleted_maps
        }
    }

    public static let name = "dictionaries.delete"
    public static let summary = "Deletes a dictionary and the maps that belong to it."
    public static let description = """
        Calls that are using it finish with it. Only the user who trained or imported it, or root; not while another user's map is over it.
        """
    public static let params = Schema.object(
        "",
        [
            .required("dictionary", .name("The dictionary's name, as in d1."))
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("dictionary", .name("The dictionary's name.")),
            .required("deleted_maps", .array("The maps that went with it.", of: .string())),
        ])
    public static let errors: [ErrorKind] = [.dictionaryNotFound, .permissionDenied]
    public static let example: (params: JSON, result: JSON?) = (
        ["dictionary": "d1"],
        ["dictionary": "d1", "deleted_maps": ["m1"]]
    )
}
