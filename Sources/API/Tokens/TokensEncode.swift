// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `tokens.encode`: splits a text into tokens.
public enum TokensEncode: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// The text.
        public var text: String
        /// Whether a BOS token is put in front.
        public var prepend_bos: Bool
        /// Whether <|endoftext|> in the text becomes that token rather than plain characters.
        public var allow_special: Bool

        /// All parameters.
        public init(model: String? = nil, text: String, prepend_bos: Bool = true, allow_special: Bool = false) {
            self.model = model
            self.text = text
            self.prepend_bos = prepend_bos
            self.allow_special = allow_special
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The tokens as the model read them, BOS included.
        public var tokens: [Int]
        /// The text of each token.
        public var pieces: [String]

        /// All facts.
        public init(tokens: [Int], pieces: [String]) {
            self.tokens = tokens
            self.pieces = pieces
        }
    }

    public static let name = "tokens.encode"
    public static let summary = "Splits a text into tokens."
    public static let description = """
        The text may be longer than the model's context.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .required("text", .string("The text.")),
            .optional("prepend_bos", .boolean("Whether a BOS token is put in front."), default: true),
            .optional(
                "allow_special", .boolean("Whether <|endoftext|> in the text becomes that token rather than plain characters."),
                default: false),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
        ])
    public static let errors: [ErrorKind] = [.modelNotFound]
    public static let example: (params: JSON, result: JSON?) = (
        ["text": "When John"],
        ["tokens": [0, 811, 536], "pieces": ["<|endoftext|>", "When", " John"]]
    )
}
