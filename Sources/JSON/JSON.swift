/// One JSON value, as it stands on the wire and in model files.
///
/// Integers keep all 64 bits (`2^53+1` stays itself), reals are doubles, and ``JSON/float(_:)`` marks a value that was computed in
/// single precision, so that it is written with the nine digits that round-trip it rather than with a double's seventeen.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case real(Double)
    case float(Float)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

extension JSON {
    /// The members, if this is an object.
    public var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The elements, if this is an array.
    public var array: [JSON]? {
        if case .array(let array) = self { array } else { nil }
    }

    /// The text, if this is a string.
    public var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    /// The value, if this is a boolean.
    public var bool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    /// The value, if this is an integer; a real with an integral value (`1e3`, `2.0`) is one too.
    public var integer: Int? {
        switch self {
        case .integer(let integer): integer
        case .real(let real): Int(exactly: real)
        case .float(let float): Int(exactly: float)
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// The value as a double, if this is any number.
    public var number: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .real(let real): real
        case .float(let float): Double(float)
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// Whether this is `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The JSON type's name, for messages: `null`, `boolean`, `integer`, `number`, `string`, `array` or `object`.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .real, .float: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// The member of that name, or nil if this is not an object or has no such member.
    public subscript(key: String) -> JSON? { object?[key] }
}

extension JSON: Hashable {
    /// Numbers are equal by value, whatever their representation: `1`, `1.0` and a float of one are the same number.
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        default: if let a = left.number, let b = right.number { a == b } else { false }
        }
    }

    /// Hashes numbers by their value as a double, everything else by content.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .integer, .real, .float: hasher.combine(number)
        case .string(let value): hasher.combine(value)
        case .array(let value): hasher.combine(value)
        case .object(let value): hasher.combine(value)
        }
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// `null`.
    public init(nilLiteral: ()) { self = .null }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An integer.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A real number.
    public init(floatLiteral value: Double) { self = .real(value) }
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// An object whose members keep the order of the literal.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var object = JSONObject()
        object.reserve(elements.count)
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}

extension JSON: CustomStringConvertible {
    /// The value as compact JSON text.
    public var description: String { text() }
}
