// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `saes.delete`: deletes a sparse autoencoder.
public enum SAEsDelete: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The autoencoder's name, as in `s1`.
        public var sae: String

        /// All parameters.
        public init(sae: String) {
            self.sae = sae
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The autoencoder's name.
        public var sae: String

        /// All facts.
        public init(sae: String) {
            self.sae = sae
        }
    }

    public static let name = "saes.delete"
    public static let summary = "Deletes a sparse autoencoder."
    public static let description = "Calls that are using it finish with it. Only the user who trained it, or root."
    public static let params = Schema.object("", [.required("sae", .name("The autoencoder's name, as in s1."))])
    public static let result = Schema.object("What comes back.", [.required("sae", .name("The autoencoder's name."))])
    public static let errors: [ErrorKind] = [.saeNotFound, .permissionDenied]
    public static let example: (params: JSON, result: JSON?) = (["sae": "s1"], ["sae": "s1"])
}
