public import JSON

/// Why a method could not do what it was asked, as its caller will read it.
public struct APIError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The stable identifier.
    public let kind: ErrorKind
    /// One sentence for a person: which value, and what would be right.
    public let message: String
    /// The same facts for a program.
    public let facts: JSONObject

    /// An error with its facts.
    ///
    /// Names that callers choose stand in the message: what could command a terminal or end a line of a log is written out in it.
    public init(_ kind: ErrorKind, _ message: String, facts: JSONObject = [:]) {
        self.kind = kind
        self.message = message.printable
        self.facts = facts
    }

    /// The `data` member of the error on the wire: the kind, then the facts.
    public var data: JSON {
        var data: JSONObject = ["kind": .string(kind.rawValue)]
        for (key, value) in facts { data[key] = value }
        return .object(data)
    }

    /// The message.
    public var description: String { message }
}
