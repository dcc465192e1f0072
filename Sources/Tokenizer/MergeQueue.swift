/// The merges that are possible, least rank first and leftmost first within a rank: a binary heap of 64-bit numbers.
struct MergeQueue: Sendable {
    /// Rank in the upper half, offset of the left symbol's first byte in the lower.
    private var entries: [UInt64] = []

    /// Empties the queue, with room for that many entries.
    mutating func removeAll(reserving capacity: Int) {
        // A queue that one giant word has grown is given back rather than kept for the words after it.
        entries.removeAll(keepingCapacity: entries.capacity <= MergeQueue.mostKept)
        entries.reserveCapacity(capacity)
    }

    private static let mostKept = 1 << 16

    /// Adds an entry without regard to the order; ``order()`` must follow.
    mutating func append(rank: UInt64, first: Int) { entries.append(rank << 32 | UInt64(first)) }

    /// Makes a heap of what was appended, in linear time.
    mutating func order() {
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { siftDown(from: index) }
    }

    /// Adds an entry.
    mutating func insert(rank: UInt64, first: Int) {
        let entry = rank << 32 | UInt64(first)
        var index = entries.count
        entries.append(entry)
        while index > 0 {
            let parent = (index - 1) / 2
            if entries[parent] <= entry { break }
            entries[index] = entries[parent]
            index = parent
        }
        entries[index] = entry
    }

    /// Removes the least entry.
    mutating func popFirst() -> (rank: UInt64, first: Int)? {
        guard let least = entries.first, let last = entries.popLast() else { return nil }
        if !entries.isEmpty {
            entries[0] = last
            siftDown(from: 0)
        }
        return (least >> 32, Int(truncatingIfNeeded: least & 0xFFFF_FFFF))
    }

    private mutating func siftDown(from start: Int) {
        let entry = entries[start]
        var index = start
        while true {
            var child = 2 * index + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            if entries[child] >= entry { break }
            entries[index] = entries[child]
            index = child
        }
        entries[index] = entry
    }
}
