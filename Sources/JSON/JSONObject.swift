/// The members of a JSON object, in the order in which they were written.
///
/// A few members are searched one by one, which is faster than any index and costs no memory; more of them get an index.
public struct JSONObject: Sendable {
    private var members: [(key: String, value: JSON)] = []
    /// Where each member stands; empty while there are few.
    private var places: [String: Int] = [:]

    /// The most members that are searched one by one: up to about here hashing a name costs more than comparing it with all.
    private static let mostWithoutIndex = 16

    /// An object without members.
    public init() {}

    /// An object with members of different names, in this order.
    ///
    /// - Precondition: no name stands twice; it is checked only where it costs nothing.
    package init(distinct members: [(key: String, value: JSON)]) {
        self.members = members
        if members.count > Self.mostWithoutIndex { index() }
    }

    /// Room for `count` members.
    package mutating func reserve(_ count: Int) {
        members.reserveCapacity(count)
        if count > Self.mostWithoutIndex { places.reserveCapacity(count) }
    }

    /// The value of a member; setting nil removes it, setting a new key appends it.
    public subscript(key: String) -> JSON? {
        get { place(of: key).map { members[$0].value } }
        set {
            switch (place(of: key), newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil):
                members.remove(at: place)
                index()
            case (nil, let value?):
                members.append((key, value))
                if members.count == Self.mostWithoutIndex + 1 {
                    index()
                } else if members.count > Self.mostWithoutIndex {
                    places[key] = members.count - 1
                }
            case (nil, nil): break
            }
        }
    }

    private func place(of key: String) -> Int? {
        places.isEmpty ? members.firstIndex { $0.key == key } : places[key]
    }

    /// Makes the index anew, or drops it where it is not needed.
    private mutating func index() {
        places.removeAll(keepingCapacity: true)
        guard members.count > Self.mostWithoutIndex else { return }
        for (place, member) in members.enumerated() {
            let earlier = places.updateValue(place, forKey: member.key)
            precondition(earlier == nil, "the member '\(member.key)' stands at \(earlier ?? 0) and at \(place)")
        }
    }

    /// The number of members.
    public var count: Int { members.count }

    /// Whether there is no member.
    public var isEmpty: Bool { members.isEmpty }

    /// The names of the members, in order.
    public var keys: [String] { members.map(\.key) }
}

extension JSONObject: Sequence {
    /// Walks the members in order.
    public func makeIterator() -> IndexingIterator<[(key: String, value: JSON)]> { members.makeIterator() }
}

extension JSONObject: Hashable {
    /// Two objects are equal if they have equal members, in whatever order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.key] == $0.value }
    }

    /// Hashes the members without regard to their order.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for (key, value) in members {
            var own = Hasher()
            own.combine(key)
            own.combine(value)
            sum &+= own.finalize()
        }
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// An object whose members keep the order of the literal.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        reserve(elements.count)
        for (key, value) in elements { self[key] = value }
    }
}
