// From JSON to Codable values, without Foundation.
//
// Numbers are converted only where nothing is lost: an integer is taken from `2.0` but not from `2.5`, and an `Int8` not from 300.
// A `null` where a `Float` or `Double` must stand is NaN, because that is how a number that is not finite is written.

/// Why a JSON value is not what a Swift type needs, and where in the value.
public struct JSONDecodingError: Error, Hashable, CustomStringConvertible {
    /// The members and indices that lead to the offending value, as in `prompts[3].text`; empty for the value itself.
    public let path: String
    /// What was found and what would be right.
    public let reason: String

    /// One sentence: the path and the reason.
    public var description: String { path.isEmpty ? "the value is not right: \(reason)" : "\(path) is not right: \(reason)" }
}

extension JSON {
    /// Decodes a value of a type.
    ///
    /// - Throws: ``JSONDecodingError`` with the path of the first value that does not fit.
    /// - Complexity: O(values); arrays of `Float`, `Double`, `Int` and `String` are taken over whole.
    public func decode<T: Decodable>(_ type: T.Type) throws(JSONDecodingError) -> T {
        do {
            return try ValueDecoder(value: self, codingPath: []).decode(type)
        } catch let error as DecodingError {
            throw JSONDecodingError(error)
        } catch {
            throw JSONDecodingError(path: "", reason: "\(error)")
        }
    }
}

extension JSONDecodingError {
    fileprivate init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(path: JSONDecodingError.path(context.codingPath + [key]), reason: "it is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            self.init(path: JSONDecodingError.path(context.codingPath), reason: context.debugDescription)
        @unknown default:
            self.init(path: "", reason: "\(error)")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce("") { path, key in
            if let index = key.intValue { return "\(path)[\(index)]" }
            return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
        }
    }
}

private struct ValueDecoder: Decoder {
    let value: JSON
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let object) = value else { throw mismatch(type, "an object") }
        return KeyedDecodingContainer(KeyedMembers<Key>(object: object, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw mismatch([JSON].self, "an array") }
        return Elements(elements: elements, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
        let reason = "expected \(expected), found \(value.typeName)"
        return DecodingError.typeMismatch(type, .init(codingPath: codingPath, debugDescription: reason))
    }
}

extension ValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value.isNull }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if let simple = try simple(type), let result = simple as? T { return result }
        return try T(from: self)
    }

    /// The value as one of the types that JSON knows by itself; nil for all other types.
    private func simple(_ type: Any.Type) throws -> Any? {
        if type == JSON.self { return value }
        if type == Bool.self { return try value.bool ?? { throw mismatch(type, "a boolean") }() }
        if type == String.self { return try value.string ?? { throw mismatch(type, "a string") }() }
        if type == Float.self { return Float(try number(type)) }
        if type == Double.self { return try number(type) }
        if let type = type as? any FixedWidthInteger.Type { return try integer(type) }
        if type == [Float].self { return whole { $0.number.map { Float($0) } } }
        if type == [Double].self { return whole(\.number) }
        if type == [Int].self { return whole(\.integer) }
        if type == [String].self { return whole(\.string) }
        return nil
    }

    /// A plain array at once; nil if one element is of another type, which the ordinary way then finds and names.
    private func whole<T>(_ read: (JSON) -> T?) -> [T]? {
        guard case .array(let elements) = value else { return nil }
        var result: [T] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            guard let value = read(element) else { return nil }
            result.append(value)
        }
        return result
    }

    private func number(_ type: Any.Type) throws -> Double {
        if value.isNull { return .nan }
        guard let number = value.number else { throw mismatch(type, "a number") }
        return number
    }

    private func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
        guard let number = value.number else { throw mismatch(type, "an integer") }
        guard let integer = value.integer, let result = T(exactly: integer) else {
            let found = value.integer.map { "\($0)" } ?? "\(number)"
            let reason = "expected an integer from \(T.min) to \(T.max), found \(found)"
            throw DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: reason))
        }
        return result
    }
}

private struct KeyedMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSONObject
    let codingPath: [any CodingKey]
    var allKeys: [Key] { object.keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { object[key.stringValue] != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try member(key).value.isNull }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try member(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try member(key).unkeyedContainer() }

    func superDecoder() throws -> any Decoder { try member(Step(stringValue: "super")) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }

    private func member(_ key: any CodingKey) throws -> ValueDecoder {
        guard let value = object[key.stringValue] else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "it is missing"))
        }
        return ValueDecoder(value: value, codingPath: codingPath + [key])
    }
}

private struct Elements: UnkeyedDecodingContainer {
    let elements: [JSON]
    let codingPath: [any CodingKey]
    var currentIndex = 0
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    init(elements: [JSON], codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
    }

    mutating func decodeNil() throws -> Bool {
        guard try peek().value.isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let result = try peek().decode(type)
        currentIndex += 1
        return result
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        defer { currentIndex += 1 }
        return try peek().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        defer { currentIndex += 1 }
        return try peek().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder {
        defer { currentIndex += 1 }
        return try peek()
    }

    private func peek() throws -> ValueDecoder {
        let path = codingPath + [Step(intValue: currentIndex)]
        guard !isAtEnd else {
            let reason = "expected more than \(elements.count) elements"
            throw DecodingError.valueNotFound(JSON.self, .init(codingPath: path, debugDescription: reason))
        }
        return ValueDecoder(value: elements[currentIndex], codingPath: path)
    }
}

extension JSON: Decodable {
    /// Decodes a value of any shape with any decoder.
    public init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: Step.self) {
            var object = JSONObject()
            for key in container.allKeys { object[key.stringValue] = try container.decode(JSON.self, forKey: key) }
            self = .object(object)
        } else if var container = try? decoder.unkeyedContainer() {
            var elements: [JSON] = []
            while !container.isAtEnd { elements.append(try container.decode(JSON.self)) }
            self = .array(elements)
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? container.decode(Int.self) {
                self = .integer(value)
            } else if let value = try? container.decode(Double.self) {
                self = .real(value)
            } else {
                self = .string(try container.decode(String.self))
            }
        }
    }
}
