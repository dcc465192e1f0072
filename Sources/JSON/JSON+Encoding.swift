// From Codable values to JSON, without Foundation.
//
// A `Part` is what has been encoded so far: a finished value, or a container that is still being filled. Containers are classes,
// because Codable hands them out by value while the encoder has to see what was put into them; `finished` turns the tree into JSON
// once everything has been encoded.

extension JSON {
    /// Encodes a value: `Float` becomes ``float(_:)``, what is not finite is written as null, absent optionals are left out.
    ///
    /// - Throws: what the value's own `encode(to:)` throws.
    /// - Complexity: O(values); arrays of `Float`, `Double`, `Int` and `String` are taken over whole.
    public init(encoding value: some Encodable) throws {
        self = try Part(encoding: value, at: []).finished
    }
}

private enum Part {
    case value(JSON)
    case array(ArrayBox)
    case object(ObjectBox)
    case whole(ValueEncoder)

    /// Encodes a value, JSON's own types without a detour.
    init(encoding value: some Encodable, at path: [any CodingKey]) throws {
        if let json = JSON(simple: value) {
            self = .value(json)
        } else {
            let encoder = ValueEncoder(codingPath: path)
            try value.encode(to: encoder)
            self = .whole(encoder)
        }
    }

    var finished: JSON {
        switch self {
        case .value(let json): return json
        case .array(let box): return .array(box.parts.map(\.finished))
        case .whole(let encoder): return encoder.part?.finished ?? .object([:])
        case .object(let box):
            var object = JSONObject()
            object.reserve(box.parts.count)
            for (key, part) in box.parts { object[key] = part.finished }
            return .object(object)
        }
    }
}

extension JSON {
    /// The value, if it is one that JSON knows by itself, or a plain array of such.
    fileprivate init?(simple value: some Encodable) {
        switch value {
        case let value as JSON: self = value
        case let value as Bool: self = .bool(value)
        case let value as String: self = .string(value)
        case let value as Float: self = .float(value)
        case let value as Double: self = .real(value)
        case let value as Int: self = .integer(value)
        case let value as any FixedWidthInteger:
            if let integer = Int(exactly: value) { self = .integer(integer) } else { return nil }
        case let values as [Float]: self = .array(values.map { .float($0) })
        case let values as [Double]: self = .array(values.map { .real($0) })
        case let values as [Int]: self = .array(values.map { .integer($0) })
        case let values as [String]: self = .array(values.map { .string($0) })
        default: return nil
        }
    }
}

private final class ArrayBox {
    var parts: [Part] = []
}

private final class ObjectBox {
    var parts: [(key: String, part: Part)] = []
}

/// The encoder of one value: what is asked for first decides whether it is a scalar, an array or an object.
private final class ValueEncoder: Encoder {
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]
    var part: Part?

    init(codingPath: [any CodingKey]) { self.codingPath = codingPath }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        let box: ObjectBox
        if case .object(let existing) = part { box = existing } else { box = ObjectBox() }
        part = .object(box)
        return KeyedEncodingContainer(Keyed<Key>(box: box, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        let box: ArrayBox
        if case .array(let existing) = part { box = existing } else { box = ArrayBox() }
        part = .array(box)
        return Unkeyed(box: box, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension ValueEncoder: SingleValueEncodingContainer {
    func encodeNil() { part = .value(.null) }

    func encode<T: Encodable>(_ value: T) throws {
        if let integer = value as? any FixedWidthInteger, Int(exactly: integer) == nil {
            let reason = "\(integer) does not fit into a signed 64-bit integer"
            throw EncodingError.invalidValue(value, .init(codingPath: codingPath, debugDescription: reason))
        }
        part = try Part(encoding: value, at: codingPath)
    }
}

private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: ObjectBox
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) { box.parts.append((key.stringValue, .value(.null))) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        box.parts.append((key.stringValue, try Part(encoding: value, at: codingPath + [key])))
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        child(for: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { child(for: key).unkeyedContainer() }

    func superEncoder() -> any Encoder { child(for: Step(stringValue: "super")) }

    func superEncoder(forKey key: Key) -> any Encoder { child(for: key) }

    private func child(for key: any CodingKey) -> ValueEncoder {
        let encoder = ValueEncoder(codingPath: codingPath + [key])
        box.parts.append((key.stringValue, .whole(encoder)))
        return encoder
    }
}

private struct Unkeyed: UnkeyedEncodingContainer {
    let box: ArrayBox
    let codingPath: [any CodingKey]
    var count: Int { box.parts.count }

    func encodeNil() { box.parts.append(.value(.null)) }

    func encode<T: Encodable>(_ value: T) throws {
        box.parts.append(try Part(encoding: value, at: codingPath + [Step(intValue: count)]))
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        child().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { child().unkeyedContainer() }

    func superEncoder() -> any Encoder { child() }

    private func child() -> ValueEncoder {
        let encoder = ValueEncoder(codingPath: codingPath + [Step(intValue: count)])
        box.parts.append(.whole(encoder))
        return encoder
    }
}

/// One step of a path that no type's coding keys name: an index, or the keyword `super`.
struct Step: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = String(intValue)
        self.intValue = intValue
    }
}

extension JSON: Encodable {
    /// Encodes the value with any encoder.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let object):
            var container = encoder.container(keyedBy: Step.self)
            for (key, value) in object { try container.encode(value, forKey: Step(stringValue: key)) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value): try encodeScalar(value, to: encoder)
        case .integer(let value): try encodeScalar(value, to: encoder)
        case .real(let value): try encodeScalar(value, to: encoder)
        case .float(let value): try encodeScalar(value, to: encoder)
        case .string(let value): try encodeScalar(value, to: encoder)
        }
    }

    private func encodeScalar(_ value: some Encodable, to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}
