// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `saes.get`: describes one sparse autoencoder.
public enum SAEsGet: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The autoencoder's name, as in `s1`.
        public var sae: String

        /// All parameters.
        public init(sae: String) {
            self.sae = sae
        }
    }

    public typealias Result = SAEInfo

    public static let name = "saes.get"
    public static let summary = "Describes one sparse autoencoder."
    public static let description = "Its sizes, where it came from, how it was trained and what it reaches."
    public static let params = Schema.object("", [.required("sae", .name("The autoencoder's name, as in s1."))])
    public static let result = SAEInfo.schema
    public static let errors: [ErrorKind] = [.saeNotFound]
    public static let example: (params: JSON, result: JSON?) = (["sae": "s1"], SAEInfo.example)
}
