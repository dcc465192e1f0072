public import JSON

extension Schema {
    /// The schema as JSON Schema, draft 7.
    ///
    /// *Source:* https://json-schema.org/draft-07/json-schema-validation
    public var json: JSON {
        var object = members
        if !description.isEmpty { object["description"] = .string(description) }
        return .object(object)
    }

    private var members: JSONObject {
        switch shape {
        case .any: return [:]
        case .boolean: return ["type": "boolean"]
        case .nullable(let inner): return ["anyOf": [.object(inner.members), ["type": "null"]]]
        case .either(let schemas): return ["anyOf": .array(schemas.map(\.json))]
        case .map(let value): return ["type": "object", "additionalProperties": value.json]
        case .integer(let range):
            var members: JSONObject = ["type": "integer"]
            if range.lowerBound != Int.min { members["minimum"] = .integer(range.lowerBound) }
            if range.upperBound != Int.max { members["maximum"] = .integer(range.upperBound) }
            return members
        case .number(let bounds):
            var members: JSONObject = ["type": "number"]
            if let minimum = bounds.minimum {
                members[bounds.isMinimumExcluded ? "exclusiveMinimum" : "minimum"] = .real(minimum)
            }
            if let maximum = bounds.maximum {
                members[bounds.isMaximumExcluded ? "exclusiveMaximum" : "maximum"] = .real(maximum)
            }
            return members
        case .string(let choices, let length):
            var members: JSONObject = ["type": "string"]
            if !choices.isEmpty { members["enum"] = .array(choices.map { .string($0) }) }
            if length.lowerBound > 0 { members["minLength"] = .integer(length.lowerBound) }
            if length.upperBound != Int.max { members["maxLength"] = .integer(length.upperBound) }
            return members
        case .array(let element, let count):
            var members: JSONObject = ["type": "array", "items": element.json]
            if count.lowerBound > 0 { members["minItems"] = .integer(count.lowerBound) }
            if count.upperBound != Int.max { members["maxItems"] = .integer(count.upperBound) }
            return members
        case .object(let properties): return Schema.members(of: properties)
        }
    }

    private static func members(of properties: [Property]) -> JSONObject {
        var documented = JSONObject()
        for property in properties { documented[property.name] = property.documentation }
        var members: JSONObject = ["type": "object", "properties": .object(documented)]
        let required = properties.filter(\.isRequired).map { JSON.string($0.name) }
        if !required.isEmpty { members["required"] = .array(required) }
        members["additionalProperties"] = false
        return members
    }
}

extension Schema.Property {
    /// The member's schema with its default.
    var documentation: JSON {
        guard let defaultValue, case .object(var object) = schema.json else { return schema.json }
        object["default"] = defaultValue
        return .object(object)
    }
}
