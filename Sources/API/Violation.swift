public import JSON

/// One place where a value is not what its schema asks for.
public struct Violation: Sendable, Hashable, CustomStringConvertible {
    /// The members and indices that lead to the place, as in `params.prompts[3].layer`.
    public let path: String
    /// What stands there.
    public let found: Found
    /// What would be right.
    public let expected: String

    /// What stands where something else should.
    public enum Found: Sendable, Hashable {
        /// A value, shortened.
        case value(String)
        /// Nothing.
        case nothing
        /// A member that the schema does not know.
        case unknownName
    }

    /// One sentence: the path, what stands there, what would be right.
    public var description: String {
        switch found {
        case .value(let value): "\(path) is \(value), expected \(expected)"
        case .nothing: "\(path) is missing, expected \(expected)"
        case .unknownName: "\(path) is unknown, expected \(expected)"
        }
    }
}

extension Schema {
    /// The most violations that are listed: enough to mend a call, not enough to make a reply of a million bad elements.
    private static let listLimit = 16

    /// Where a value is not what this schema asks for; empty if it is.
    ///
    /// - Parameters:
    ///   - json: the value.
    ///   - path: the name under which the value's own place is reported.
    /// - Complexity: O(values).
    public func validate(_ json: JSON, at path: String = "params") -> [Violation] {
        var found: [Violation] = []
        check(json, path, &found)
        return found
    }

    private func check(_ json: JSON, _ path: @autoclosure () -> String, _ found: inout [Violation]) {
        guard found.count < Schema.listLimit else { return }
        switch (shape, json) {
        case (.object(let properties), .object(let object)): Schema.check(object, against: properties, path(), &found)
        case (.array(let element, let count), .array(let values)) where count.contains(values.count):
            for (index, value) in values.enumerated() where found.count < Schema.listLimit {
                element.check(value, "\(path())[\(index)]", &found)
            }
        case (.map(let element), .object(let object)):
            for (key, value) in object { element.check(value, "\(path()).\(key.shortened)", &found) }
        case (.nullable(let inner), _): if !json.isNull { inner.check(json, path(), &found) }
        default:
            if !allowsScalar(json) { found.append(Violation(path: path(), found: .value(json.summary), expected: expectation)) }
        }
    }

    private static func check(_ object: JSONObject, against properties: [Property], _ path: String, _ found: inout [Violation]) {
        for property in properties {
            if let value = object[property.name] {
                property.schema.check(value, "\(path).\(property.name)", &found)
            } else if property.isRequired {
                found.append(Violation(path: "\(path).\(property.name)", found: .nothing, expected: property.schema.expectation))
            }
        }
        let names = properties.map(\.name)
        // Which of them are unknown is only asked if there are more members than known ones.
        guard object.count > names.count(where: { object[$0] != nil }) else { return }
        for name in object.keys where !names.contains(name) && found.count < listLimit {
            let expected =
                name.nearest(in: names).map { "'\($0)'" }
                ?? (names.isEmpty ? "no members" : "one of \(names.joined(separator: ", "))")
            found.append(Violation(path: "\(path).\(name.shortened)", found: .unknownName, expected: expected))
        }
    }

    /// Whether a value that has no members to look into is allowed.
    private func allowsScalar(_ json: JSON) -> Bool {
        switch shape {
        case .any: true
        case .boolean: json.bool != nil
        case .integer(let range): json.integer.map(range.contains) ?? false
        case .number(let bounds): json.number.map(bounds.contain) ?? false
        case .string(let choices, let length):
            json.string.map { (choices.isEmpty || choices.contains($0)) && length.contains($0.unicodeScalars.count) } ?? false
        case .either(let schemas): schemas.contains { $0.validate(json).isEmpty }
        case .object, .array, .map, .nullable: false
        }
    }

    /// What would be right, in words.
    private var expectation: String {
        switch shape {
        case .any: "a value"
        case .boolean: "true or false"
        case .integer(let range): "an integer\(Schema.words(range, whole: Int.min...Int.max))"
        case .number(let bounds): "a number\(bounds.words)"
        case .string(let choices, let length):
            choices.isEmpty
                ? "a string\(Schema.words(length, whole: 0...Int.max, unit: " characters"))"
                : "one of " + choices.map { "'\($0)'" }.joined(separator: ", ")
        case .array(_, let count): "an array\(Schema.words(count, whole: 0...Int.max, unit: " elements"))"
        case .either(let schemas): schemas.map(\.expectation).joined(separator: " or ")
        case .object, .map: "an object"
        case .nullable(let inner): "\(inner.expectation), or null"
        }
    }

    private static func words(_ range: ClosedRange<Int>, whole: ClosedRange<Int>, unit: String = "") -> String {
        let (lower, upper) = (range.lowerBound, range.upperBound)
        switch (lower > whole.lowerBound, upper < whole.upperBound) {
        case (false, false): return ""
        case (true, false): return " of at least \(lower)\(unit)"
        case (false, true): return " of at most \(upper)\(unit)"
        case (true, true):
            return lower == upper ? " of exactly \(lower)\(unit)" : " \(unit.isEmpty ? "from" : "of") \(lower) to \(upper)\(unit)"
        }
    }
}

extension Schema.Bounds {
    func contain(_ value: Double) -> Bool {
        if let minimum, isMinimumExcluded ? value <= minimum : value < minimum { return false }
        if let maximum, isMaximumExcluded ? value >= maximum : value > maximum { return false }
        return true
    }

    var words: String {
        let lower = minimum.map { isMinimumExcluded ? " above \($0)" : " of at least \($0)" }
        let upper = maximum.map { isMaximumExcluded ? "below \($0)" : "at most \($0)" }
        switch (lower, upper) {
        case (nil, nil): return ""
        case (let lower?, nil): return lower
        case (nil, let upper?): return isMaximumExcluded ? " \(upper)" : " of \(upper)"
        case (let lower?, let upper?): return "\(lower) and \(upper)"
        }
    }
}

extension JSON {
    /// The value in a few words, however large it is.
    var summary: String {
        switch self {
        case .null, .bool, .integer, .real, .float: text()
        case .string(let text): JSON.string(text.shortened).text()
        case .array(let elements): "an array of \(elements.count)"
        case .object(let object): "an object of \(object.count)"
        }
    }
}
