/// A few values by name; when one more comes, the one unused for longest goes.
struct RecentlyUsed<Value: Sendable>: Sendable {
    private let limit: Int
    private let size: @Sendable (Value) -> Int
    /// The one used last stands last.
    private var entries: [(name: String, value: Value)] = []

    private var total = 0

    /// Room for values of `limit` together; one that is larger by itself is kept alone.
    ///
    /// - Parameter size: What a value takes; if absent each is 1.
    init(limit: Int, size: @escaping @Sendable (Value) -> Int = { _ in 1 }) { (self.limit, self.size) = (limit, size) }

    /// The value of that name; reading it counts as use, nil removes it.
    subscript(name: String) -> Value? {
        mutating get {
            guard let place = entries.firstIndex(where: { $0.name == name }) else { return nil }
            let entry = entries.remove(at: place)
            entries.append(entry)
            return entry.value
        }
        set {
            if let place = entries.firstIndex(where: { $0.name == name }) { total -= size(entries.remove(at: place).value) }
            guard let newValue else { return }
            entries.append((name, newValue))
            total += size(newValue)
            while total > limit, entries.count > 1 { total -= size(entries.removeFirst().value) }
        }
    }

    /// Keeps a value that nothing has to go for: where more is read in turn than there is room for, what came first stays of use.
    mutating func offer(_ value: Value, _ name: String) {
        if total + size(value) <= limit { self[name] = value }
    }
}
