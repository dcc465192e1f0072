import JSON

/// The parameters of a method that reads a text: which model reads what.
public protocol PromptParams: Codable, Sendable {
    /// A resident model's name; the embedded model, or that of the dictionary or map, if absent.
    var model: String? { get }
    /// The text; exactly one of `text` and `tokens` is given.
    var text: String? { get }
    /// The tokens themselves.
    var tokens: [Int]? { get }
    /// Whether a BOS token is put in front; it stands at position 0.
    var prepend_bos: Bool { get }
}

extension Schema {
    /// The members that every method with ``PromptParams`` takes.
    static let prompt: [Property] = [
        .optional("model", .string("A resident model's name; the embedded model, or that of the dictionary or map, if absent.")),
        .optional("text", .string("The text; exactly one of text and tokens is given.")),
        .optional("tokens", .array("The tokens themselves.", of: .integer())),
        .optional("prepend_bos", .boolean("Whether a BOS token is put in front; it stands at position 0."), default: true),
    ]
}

extension ErrorKind {
    /// What can be wrong with a prompt.
    static let ofPrompts: [ErrorKind] = [.modelNotFound, .textEmpty, .textTooLong, .tokenOutOfRange]
}
