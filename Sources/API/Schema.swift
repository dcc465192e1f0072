public import JSON

/// What a value on the wire may be: written once, it validates calls, documents them, and fills in their defaults.
public struct Schema: Sendable {
    /// The shape, without its description.
    public indirect enum Shape: Sendable {
        /// Exactly these members, in this order, unless they are optional.
        case object([Property])
        /// Text of so many Unicode scalars; one of the choices, if there are any.
        case string(choices: [String], length: ClosedRange<Int>)
        case integer(ClosedRange<Int>)
        case number(Bounds)
        case boolean
        case array(of: Schema, count: ClosedRange<Int>)
        /// An object with arbitrary names.
        case map(of: Schema)
        case nullable(Schema)
        /// One of several shapes.
        case either([Schema])
        case any
    }

    /// Between which limits a number must lie.
    public struct Bounds: Sendable {
        var minimum: Double?
        var maximum: Double?
        var isMinimumExcluded = false
        var isMaximumExcluded = false
    }

    /// One member of an object.
    public struct Property: Sendable {
        /// The member's name.
        public let name: String
        /// What it may be.
        public let schema: Schema
        /// Whether it must be there.
        public let isRequired: Bool
        /// What stands in for it when it is absent.
        public let defaultValue: JSON?

        /// A member that must be there.
        public static func required(_ name: String, _ schema: Schema) -> Property {
            Property(name: name, schema: schema, isRequired: true, defaultValue: nil)
        }

        /// A member that may be absent; the default, if there is one, is filled in before the value is decoded.
        public static func optional(_ name: String, _ schema: Schema, default value: JSON? = nil) -> Property {
            Property(name: name, schema: schema, isRequired: false, defaultValue: value)
        }
    }

    /// The shape.
    public let shape: Shape
    /// What the value means, with its unit; empty where the name says it.
    public let description: String

    /// A schema from its parts.
    public init(_ shape: Shape, _ description: String = "") {
        self.shape = shape
        self.description = description
    }
}

// The words in which the methods' files are written.
extension Schema {
    /// An object with exactly these members.
    public static func object(_ description: String = "", _ properties: [Property] = []) -> Schema {
        Schema(.object(properties), description)
    }

    /// Text.
    ///
    /// - Parameters:
    ///   - choices: the only texts allowed; empty for any.
    ///   - length: how many Unicode scalars.
    public static func string(_ description: String = "", oneOf choices: [String] = [], length: ClosedRange<Int> = 0...Int.max)
        -> Schema
    {
        Schema(.string(choices: choices, length: length), description)
    }

    /// An integer within a range.
    public static func integer(_ description: String = "", in range: ClosedRange<Int> = Int.min...Int.max) -> Schema {
        Schema(.integer(range), description)
    }

    /// A number within limits; the limits themselves are allowed unless `above` or `below` is used.
    public static func number(
        _ description: String = "", from minimum: Double? = nil, above: Double? = nil, to maximum: Double? = nil,
        below: Double? = nil
    ) -> Schema {
        let bounds = Bounds(
            minimum: minimum ?? above, maximum: maximum ?? below, isMinimumExcluded: minimum == nil && above != nil,
            isMaximumExcluded: maximum == nil && below != nil)
        return Schema(.number(bounds), description)
    }

    /// True or false.
    public static func boolean(_ description: String = "") -> Schema { Schema(.boolean, description) }

    /// A list of so many elements of one kind.
    public static func array(_ description: String = "", of element: Schema, count: ClosedRange<Int> = 0...Int.max) -> Schema {
        Schema(.array(of: element, count: count), description)
    }

    /// An object with arbitrary names and values of one kind.
    public static func map(_ description: String = "", of value: Schema) -> Schema { Schema(.map(of: value), description) }

    /// The value or null.
    public static func nullable(_ schema: Schema) -> Schema { Schema(.nullable(schema), schema.description) }

    /// A value of one of several shapes, such as a text or a list of tokens.
    public static func either(_ description: String = "", _ schemas: [Schema]) -> Schema { Schema(.either(schemas), description) }

    /// Any JSON value.
    public static func any(_ description: String = "") -> Schema { Schema(.any, description) }
}

extension Schema {
    /// The members, if this is an object with known names.
    public var properties: [Property] {
        if case .object(let properties) = shape { properties } else { [] }
    }

    /// A value with the defaults of absent members filled in, at every depth.
    ///
    /// - Parameter json: a value that the schema allows.
    public func fillingDefaults(in json: JSON) -> JSON {
        switch (shape, json) {
        case (.object(let properties), .object(var object)):
            for property in properties {
                if let value = object[property.name] {
                    if property.schema.hasDefaults { object[property.name] = property.schema.fillingDefaults(in: value) }
                } else if let value = property.defaultValue {
                    object[property.name] = value
                }
            }
            return .object(object)
        case (.array(let element, _), .array(let values)) where element.hasDefaults:
            return .array(values.map(element.fillingDefaults))
        case (.map(let element), .object(var object)) where element.hasDefaults:
            for (key, value) in object { object[key] = element.fillingDefaults(in: value) }
            return .object(object)
        case (.either(let schemas), _): return schemas.first { $0.validate(json).isEmpty }?.fillingDefaults(in: json) ?? json
        case (.nullable(let inner), _) where !json.isNull: return inner.fillingDefaults(in: json)
        default: return json
        }
    }

    private var hasDefaults: Bool {
        switch shape {
        case .object(let properties): properties.contains { $0.defaultValue != nil || $0.schema.hasDefaults }
        case .array(let element, _), .map(let element), .nullable(let element): element.hasDefaults
        case .either(let schemas): schemas.contains(where: \.hasDefaults)
        case .string, .integer, .number, .boolean, .any: false
        }
    }
}
