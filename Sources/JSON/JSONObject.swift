/// The members of a JSON object, in the order in which they were written.
public struct JSONObject: Sendable {
    private var order: [String] = []
    private var members: [String: JSON] = [:]

    /// An object without members.
    public init() {}

    /// Room for `count` members.
    package mutating func reserve(_ count: Int) {
        order.reserveCapacity(count)
        members.reserveCapacity(count)
    }

    /// The value of a member; setting nil removes it, setting a new key appends it.
    public subscript(key: String) -> JSON? {
        get { members[key] }
        set {
            let old = members[key]
            members[key] = newValue
            switch (old, newValue) {
            case (nil, .some): order.append(key)
            case (.some, nil): order.removeAll { $0 == key }
            case (nil, nil), (.some, .some): break
            }
        }
    }

    /// The number of members.
    public var count: Int { order.count }

    /// Whether there is no member.
    public var isEmpty: Bool { order.isEmpty }

    /// The names of the members, in order.
    public var keys: [String] { order }
}

extension JSONObject: Sequence {
    /// Walks the members in order.
    public func makeIterator() -> AnyIterator<(key: String, value: JSON)> {
        var index = order.startIndex
        return AnyIterator {
            guard index < order.endIndex, let value = members[order[index]] else { return nil }
            defer { index += 1 }
            return (order[index], value)
        }
    }
}

extension JSONObject: Hashable {
    /// Two objects are equal if they have equal members, in whatever order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool { left.members == right.members }

    /// Hashes the members without regard to their order.
    public func hash(into hasher: inout Hasher) { hasher.combine(members) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// An object whose members keep the order of the literal.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        for (key, value) in elements { self[key] = value }
    }
}
