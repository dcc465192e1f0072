public import JSON

/// What a caller chose to recognise a reply by; it comes back with the same type and value.
public enum Identifier: Sendable, Hashable {
    case string(String)
    case integer(Int)
    /// A number that is not written as an integer, such as 1.5; the specification discourages it.
    case fraction(Double)
    case null

    /// Reads an identifier; nil for booleans, arrays and objects, which cannot be one.
    public init?(_ json: JSON) {
        switch json {
        case .string(let value): self = .string(value)
        case .integer(let value): self = .integer(value)
        case .real(let value): self = .fraction(value)
        case .float(let value): self = .fraction(Double(value))
        case .null: self = .null
        case .bool, .array, .object: return nil
        }
    }

    /// The identifier as it stands on the wire.
    public var json: JSON {
        switch self {
        case .string(let value): .string(value)
        case .integer(let value): .integer(value)
        case .fraction(let value): .real(value)
        case .null: .null
        }
    }
}
