// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `tokens.decode`: joins tokens to a text.
public enum TokensDecode: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// The tokens.
        public var tokens: [Int]

        /// All parameters.
        public init(model: String? = nil, tokens: [Int]) {
            self.model = model
            self.tokens = tokens
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The text.
        public var text: String

        /// All facts.
        public init(text: String) {
            self.text = text
        }
    }

    public static let name = "tokens.decode"
    public static let summary = "Joins tokens to a text."
    public static let description = """
        Bytes that are no UTF-8 become U+FFFD.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .required("tokens", .array("The tokens.", of: .integer(in: 0...Int.max))),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("text", .string("The text."))
        ])
    public static let errors: [ErrorKind] = [.modelNotFound, .tokenOutOfRange]
    public static let example: (params: JSON, result: JSON?) = (
        ["tokens": [811, 536]],
        ["text": "When John"]
    )
}
