// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `dictionaries.get`: describes one dictionary.
public enum DictionariesGet: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The dictionary's name, as in `d1`.
        public var dictionary: String

        /// All parameters.
        public init(dictionary: String) {
            self.dictionary = dictionary
        }
    }

    public typealias Result = DictionaryInfo

    public static let name = "dictionaries.get"
    public static let summary = "Describes one dictionary."
    public static let description = """
        A dictionary never changes once it is there.
        """
    public static let params = Schema.object(
        "",
        [
            .required("dictionary", .name("The dictionary's name, as in d1."))
        ])
    public static let result = DictionaryInfo.schema
    public static let errors: [ErrorKind] = [.dictionaryNotFound]
    public static let example: (params: JSON, result: JSON?) = (
        ["dictionary": "d1"],
        DictionaryInfo.example
    )
}
