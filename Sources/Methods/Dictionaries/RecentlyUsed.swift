/// A few values by name; when one more comes, the one unused for longest goes.
struct RecentlyUsed<Value: Sendable>: Sendable {
    private let limit: Int
    /// The one used last stands last.
    private var entries: [(name: String, value: Value)] = []

    /// Room for `limit` values.
    init(limit: Int) { self.limit = limit }

    /// The value of that name; reading it counts as use, nil removes it.
    subscript(name: String) -> Value? {
        mutating get {
            guard let place = entries.firstIndex(where: { $0.name == name }) else { return nil }
            let entry = entries.remove(at: place)
            entries.append(entry)
            return entry.value
        }
        set {
            entries.removeAll { $0.name == name }
            guard let newValue else { return }
            entries.append((name, newValue))
            if entries.count > limit { entries.removeFirst() }
        }
    }
}
