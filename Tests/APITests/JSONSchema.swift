import JSON

/// JSON Schema, draft 7, as far as the documents under test use it; a keyword that is not known here is itself a violation.
///
/// *Source:* https://json-schema.org/draft-07/json-schema-validation
struct JSONSchema {
    /// The documents that references may name, each by what stands before the `#`.
    let documents: [String: JSON]

    /// What only describes, and says nothing about values.
    private static let annotations: Set<String> = [
        "$id", "$schema", "$comment", "title", "description", "default", "examples", "format", "definitions",
    ]

    /// A schema with the document in which its references are looked up.
    struct Place {
        let schema: JSON
        let document: String
    }

    /// What is wrong with a value, each with its path; empty if the schema of that document allows it.
    func violations(of value: JSON, against document: String) -> [String] {
        guard let schema = documents[document] else { return ["there is no document '\(document)'"] }
        return check(value, Place(schema: schema, document: document), "$")
    }

    /// What a reference stands for; nil if it leads nowhere.
    func resolve(_ reference: String, in document: String) -> Place? {
        let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0].isEmpty ? document : String(parts[0].hasSuffix("/") ? parts[0].dropLast() : parts[0])
        guard var schema = documents[name] else { return nil }
        for step in parts.count == 2 ? parts[1].split(separator: "/") : [] {
            guard let next = schema[String(step).replacing("~1", with: "/").replacing("~0", with: "~")] else { return nil }
            schema = next
        }
        return Place(schema: schema, document: name)
    }

    private func check(_ value: JSON, _ place: Place, _ path: String) -> [String] {
        if let allowed = place.schema.bool { return allowed ? [] : ["\(path): nothing is allowed here"] }
        guard let schema = place.schema.object else { return ["\(path): the schema is \(place.schema.typeName)"] }
        // A reference stands for the whole schema; what stands beside it is ignored in draft 7.
        if let reference = schema["$ref"]?.string {
            guard let target = resolve(reference, in: place.document) else { return ["\(path): '\(reference)' leads nowhere"] }
            return check(value, target, path)
        }
        return schema.flatMap { keyword, argument in
            check(value, keyword, Place(schema: argument, document: place.document), of: schema, path)
        }
    }

    private func check(_ value: JSON, _ keyword: String, _ place: Place, of schema: JSONObject, _ path: String) -> [String] {
        let argument = place.schema
        let isRight: Bool
        switch keyword {
        case _ where Self.annotations.contains(keyword): return []
        case "type": isRight = (argument.array ?? [argument]).contains { $0.string.map { isOfType($0, value) } ?? false }
        case "enum": isRight = argument.array?.contains(value) ?? false
        case "const": isRight = argument == value
        case "minimum": isRight = compare(value.number, argument.number, >=)
        case "maximum": isRight = compare(value.number, argument.number, <=)
        case "exclusiveMinimum": isRight = compare(value.number, argument.number, >)
        case "exclusiveMaximum": isRight = compare(value.number, argument.number, <)
        case "minLength": isRight = compare(value.string?.unicodeScalars.count, argument.integer, >=)
        case "maxLength": isRight = compare(value.string?.unicodeScalars.count, argument.integer, <=)
        case "minItems": isRight = compare(value.array?.count, argument.integer, >=)
        case "maxItems": isRight = compare(value.array?.count, argument.integer, <=)
        case "uniqueItems": isRight = argument == false || value.array.map { Set($0).count == $0.count } ?? true
        case "required":
            let names = argument.array?.compactMap(\.string) ?? []
            isRight = value.object.map { object in names.allSatisfy { object[$0] != nil } } ?? true
        case "allOf", "anyOf", "oneOf": return checkAlternatives(value, keyword, place, path)
        case "not": isRight = !check(value, place, path).isEmpty
        case "items", "additionalItems": return keyword == "items" ? checkElements(value, place, of: schema, path) : []
        case "properties", "patternProperties", "additionalProperties", "propertyNames":
            return checkMembers(value, keyword, place, of: schema, path)
        default: return ["\(path): the keyword '\(keyword)' is not known"]
        }
        return isRight ? [] : ["\(path): \(value.text().prefix(80)) is against \(keyword) \(argument.text().prefix(80))"]
    }

    private func checkAlternatives(_ value: JSON, _ keyword: String, _ place: Place, _ path: String) -> [String] {
        let found = (place.schema.array ?? []).map { check(value, Place(schema: $0, document: place.document), path) }
        let right = found.count { $0.isEmpty }
        switch keyword {
        case "allOf": return found.flatMap(\.self)
        case "anyOf": return right > 0 ? [] : ["\(path): none of \(found.count) alternatives:"] + found.flatMap(\.self)
        default: return right == 1 ? [] : ["\(path): \(right) of \(found.count) alternatives:"] + found.flatMap(\.self)
        }
    }

    private func checkElements(_ value: JSON, _ place: Place, of schema: JSONObject, _ path: String) -> [String] {
        guard let values = value.array else { return [] }
        return values.enumerated().flatMap { index, element -> [String] in
            var chosen = place.schema
            if let list = chosen.array { chosen = index < list.count ? list[index] : schema["additionalItems"] ?? true }
            return check(element, Place(schema: chosen, document: place.document), "\(path)[\(index)]")
        }
    }

    private func checkMembers(_ value: JSON, _ keyword: String, _ place: Place, of schema: JSONObject, _ path: String) -> [String]
    {
        guard let object = value.object else { return [] }
        let named = Set(schema["properties"]?.object?.keys ?? [])
        let patterns = schema["patternProperties"]?.object?.keys ?? []
        return object.flatMap { name, member -> [String] in
            let matching = patterns.filter { matches(name, $0) }
            let chosen: [JSON] =
                switch keyword {
                case "properties": [place.schema[name]].compactMap(\.self)
                case "patternProperties": matching.compactMap { place.schema[$0] }
                case "propertyNames": []
                default: named.contains(name) || !matching.isEmpty ? [] : [place.schema]
                }
            let names = keyword == "propertyNames" ? check(.string(name), place, "\(path).\(name)") : []
            return names + chosen.flatMap { check(member, Place(schema: $0, document: place.document), "\(path).\(name)") }
        }
    }

    /// The two patterns that OpenRPC's meta-schema has; any other one would need a regular expression.
    private func matches(_ name: String, _ pattern: String) -> Bool {
        switch pattern {
        case "^x-": name.hasPrefix("x-")
        case "[0-z]+": name.unicodeScalars.contains { ("0"..."z").contains($0) }
        default: preconditionFailure("the pattern '\(pattern)' is not known")
        }
    }

    private func isOfType(_ type: String, _ value: JSON) -> Bool {
        switch type {
        case "integer": value.integer != nil
        case "number": value.number != nil
        default: value.typeName == type
        }
    }

    /// A keyword about values of another type allows everything.
    private func compare<Value: Comparable>(_ value: Value?, _ bound: Value?, _ isRight: (Value, Value) -> Bool) -> Bool {
        guard let value else { return true }
        return bound.map { isRight(value, $0) } ?? false
    }
}

extension JSONSchema {
    /// The schema of schemas.
    ///
    /// *Source:* http://json-schema.org/draft-07/schema
    static let draft7 = #"""
        {
          "definitions": {
            "schemaArray": { "type": "array", "minItems": 1, "items": { "$ref": "#" } },
            "nonNegativeInteger": { "type": "integer", "minimum": 0 },
            "simpleTypes": { "enum": ["array", "boolean", "integer", "null", "number", "object", "string"] },
            "stringArray": { "type": "array", "items": { "type": "string" }, "uniqueItems": true }
          },
          "type": ["object", "boolean"],
          "properties": {
            "$id": { "type": "string" }, "$schema": { "type": "string" }, "$ref": { "type": "string" },
            "$comment": { "type": "string" }, "title": { "type": "string" }, "description": { "type": "string" },
            "default": true, "readOnly": { "type": "boolean" }, "examples": { "type": "array", "items": true },
            "multipleOf": { "type": "number", "exclusiveMinimum": 0 },
            "maximum": { "type": "number" }, "exclusiveMaximum": { "type": "number" },
            "minimum": { "type": "number" }, "exclusiveMinimum": { "type": "number" },
            "maxLength": { "$ref": "#/definitions/nonNegativeInteger" },
            "minLength": { "$ref": "#/definitions/nonNegativeInteger" },
            "pattern": { "type": "string" },
            "additionalItems": { "$ref": "#" },
            "items": { "anyOf": [{ "$ref": "#" }, { "$ref": "#/definitions/schemaArray" }] },
            "maxItems": { "$ref": "#/definitions/nonNegativeInteger" },
            "minItems": { "$ref": "#/definitions/nonNegativeInteger" },
            "uniqueItems": { "type": "boolean" },
            "contains": { "$ref": "#" },
            "maxProperties": { "$ref": "#/definitions/nonNegativeInteger" },
            "minProperties": { "$ref": "#/definitions/nonNegativeInteger" },
            "required": { "$ref": "#/definitions/stringArray" },
            "additionalProperties": { "$ref": "#" },
            "definitions": { "type": "object", "additionalProperties": { "$ref": "#" } },
            "properties": { "type": "object", "additionalProperties": { "$ref": "#" } },
            "patternProperties": { "type": "object", "additionalProperties": { "$ref": "#" } },
            "dependencies": {
              "type": "object",
              "additionalProperties": { "anyOf": [{ "$ref": "#" }, { "$ref": "#/definitions/stringArray" }] }
            },
            "propertyNames": { "$ref": "#" },
            "const": true,
            "enum": { "type": "array", "items": true },
            "type": {
              "anyOf": [
                { "$ref": "#/definitions/simpleTypes" },
                { "type": "array", "items": { "$ref": "#/definitions/simpleTypes" }, "minItems": 1, "uniqueItems": true }
              ]
            },
            "format": { "type": "string" }, "contentMediaType": { "type": "string" }, "contentEncoding": { "type": "string" },
            "if": { "$ref": "#" }, "then": { "$ref": "#" }, "else": { "$ref": "#" },
            "allOf": { "$ref": "#/definitions/schemaArray" }, "anyOf": { "$ref": "#/definitions/schemaArray" },
            "oneOf": { "$ref": "#/definitions/schemaArray" }, "not": { "$ref": "#" }
          }
        }
        """#
}
