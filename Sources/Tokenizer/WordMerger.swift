/// Byte-pair encoding of one word: merge the pair of lowest rank, leftmost first, until no pair merges.
///
/// 1. A long word is cut wherever no merge can join the two bytes; nothing ever crosses such a place, so the parts are
///    independent. It keeps unspaced text (Chinese, base64) in the cheap case.
/// 2. A short part holds one symbol per place and the merge of each adjacent pair in an array; each step searches the array for
///    the least. Quadratic in at most ``shortest`` bytes, and faster there than anything cleverer.
/// 3. A long part keeps its symbols in place over their bytes: a symbol's id stands at its first byte and, inverted, at its last,
///    so both neighbours are found by arithmetic. A heap of (rank, first byte) gives the next merge; entries that an earlier
///    merge made stale are recognised when they surface. O(n log n) for n bytes, 4 n bytes of symbols and up to about 16 n of heap.
///
/// All three give the same ids, those of `tokenizers`, also for merges whose results can merge with a lower rank than their own.
struct WordMerger: Sendable {
    private let table: MergeTable
    private let byteIDs: [Int32]
    private let lengths: [Int32]
    private var symbols: [Int32] = []
    private var answers: [UInt64] = []
    private var queue = MergeQueue()

    /// How often the merge table was asked: the work done so far, independent of the machine.
    private(set) var lookups = 0

    /// Parts up to this many bytes are searched linearly (measured on GPT-2: 1.3 times faster than the heap at 256 bytes, 1.7 at 64).
    static let shortest = 256

    init(table: MergeTable, vocabulary: Vocabulary) {
        self.table = table
        byteIDs = vocabulary.byteIDs
        lengths = vocabulary.lengths
    }

    /// Appends the ids of a word.
    mutating func append(_ word: Span<UInt8>, to ids: inout [Int32]) {
        if word.count <= WordMerger.shortest { return appendShort(word, to: &ids) }
        var start = 0
        for end in 1...word.count where end == word.count || !table.canJoin(word[end - 1], word[end]) {
            let part = word.extracting(start..<end)
            if part.count <= WordMerger.shortest { appendShort(part, to: &ids) } else { appendLong(part, to: &ids) }
            start = end
        }
    }

    /// Step 2.
    private mutating func appendShort(_ word: Span<UInt8>, to ids: inout [Int32]) {
        symbols.removeAll(keepingCapacity: true)
        answers.removeAll(keepingCapacity: true)
        for index in 0..<word.count { symbols.append(byteIDs[Int(word[index])]) }
        for index in 1..<max(1, word.count) { answers.append(table.lookup(symbols[index - 1], symbols[index])) }
        lookups += answers.count
        while true {
            var least = MergeTable.none
            var place = 0
            for index in answers.indices where answers[index] < least { (least, place) = (answers[index], index) }
            guard least != MergeTable.none else { break }
            symbols[place] = MergeTable.result(least)
            symbols.remove(at: place + 1)
            answers.remove(at: place)
            if place > 0 { answers[place - 1] = lookup(symbols[place - 1], symbols[place]) }
            if place < answers.count { answers[place] = lookup(symbols[place], symbols[place + 1]) }
        }
        ids.append(contentsOf: symbols)
    }

    /// Step 3.
    private mutating func appendLong(_ word: Span<UInt8>, to ids: inout [Int32]) {
        symbols.removeAll(keepingCapacity: true)
        symbols.reserveCapacity(word.count)
        for index in 0..<word.count { symbols.append(byteIDs[Int(word[index])]) }
        queue.removeAll(reserving: word.count)
        for first in 0..<word.count - 1 {
            let answer = lookup(symbols[first], symbols[first + 1])
            if answer != MergeTable.none { queue.append(rank: answer >> 32, first: first) }
        }
        queue.order()
        while let (rank, first) = queue.popFirst() { mergeIfCurrent(rank: rank, first: first) }
        var first = 0
        while first < symbols.count {
            ids.append(symbols[first])
            first += Int(lengths[Int(symbols[first])])
        }
    }

    /// Merges the symbol that begins at `first` with its right neighbour, if that is still the pair the entry was made for.
    private mutating func mergeIfCurrent(rank: UInt64, first: Int) {
        let left = symbols[first]
        guard left >= 0 else { return }
        let middle = first + Int(lengths[Int(left)])
        guard middle < symbols.count else { return }
        let right = symbols[middle]
        let answer = lookup(left, right)
        guard answer != MergeTable.none, answer >> 32 == rank else { return }

        let merged = MergeTable.result(answer)
        let end = middle + Int(lengths[Int(right)])
        symbols[middle] = ~right
        symbols[first] = merged
        symbols[end - 1] = ~merged
        if end < symbols.count { queueMerge(of: merged, and: symbols[end], first: first) }
        if first > 0 {
            let last = symbols[first - 1]
            let previous = last < 0 ? ~last : last
            queueMerge(of: previous, and: merged, first: first - Int(lengths[Int(previous)]))
        }
    }

    private mutating func queueMerge(of left: Int32, and right: Int32, first: Int) {
        let answer = lookup(left, right)
        if answer != MergeTable.none { queue.insert(rank: answer >> 32, first: first) }
    }

    @inline(__always)
    private mutating func lookup(_ left: Int32, _ right: Int32) -> UInt64 {
        lookups += 1
        return table.lookup(left, right)
    }
}
