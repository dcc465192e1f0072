private import CKernels
private import COpenBLAS

// The kernels' threads:
//
// 1. The caller and `threadCount` − 1 helpers share the parts of one call; OpenBLAS itself runs every product on one thread.
// 2. Where a call is cut depends on its sizes and on `threadCount` alone, never on which thread was free: a result can be had again
//    bit for bit with the same count.
// 3. A part never starts parts of its own: what is called from inside one runs on its thread, in one piece.

/// How many threads the kernels use; set once, at start.
public func setThreads(_ count: Int) {
    openblas_set_num_threads(1)
    qk_set_threads(Int32(clamping: count))
}

/// How many threads the kernels use.
public var threadCount: Int { Int(qk_threads()) }

/// Calls `body` for each part, several at once, and returns when all have returned.
///
/// - Precondition: parts write to nothing that another part reads or writes.
func inParallel(parts: Int, _ body: (Int) -> Void) {
    if parts <= 1 {
        if parts == 1 { body(0) }
        return
    }
    withoutActuallyEscaping(body) { body in
        var call = body
        unsafe withUnsafeMutablePointer(to: &call) { pointer in
            unsafe qk_parallel(
                Int32(clamping: parts),
                { context, part in
                    unsafe context!.assumingMemoryBound(to: ((Int) -> Void).self).pointee(Int(part))
                }, pointer)
        }
    }
}

/// Calls `body` for consecutive ranges of rows, one for each thread.
///
/// - Parameters:
///   - rows: How many there are.
///   - grain: The fewest that are worth a thread.
/// - Precondition: as of ``inParallel(parts:_:)``.
func inParallel(rows: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    let parts = partCount(rows, grain: grain)
    inParallel(parts: parts) { body(part($0, of: parts, rows)) }
}

/// Calls `body` once for each state, several at once, each with its own.
///
/// - Precondition: `body` changes nothing but the state that it is given.
public func concurrently<State>(_ states: inout [State], _ body: (Int, inout State) -> Void) {
    unsafe states.withUnsafeMutableBufferPointer { states in
        inParallel(parts: states.count) { unsafe body($0, &states[$0]) }
    }
}

/// Calls `body` once for each state, several at once; each gets some of the items.
///
/// - Parameters:
///   - states: One for each part of the work; the i-th part gets the i-th of as many nearly equal ranges of items.
///   - items: How many there are.
/// - Precondition: `body` changes nothing but the state that it is given.
public func concurrently<State>(_ states: inout [State], items: Int, _ body: (Range<Int>, inout State) -> Void) {
    let parts = states.count
    concurrently(&states) { body(part($0, of: parts, items), &$1) }
}

/// Calls `body` once for each state, several at once; each gets some of the items and what belongs to them in two buffers.
///
/// - Parameters:
///   - states: One for each part of the work; the i-th part gets the i-th of as many nearly equal ranges of items.
///   - items: How many there are; both buffers hold them one after the other, all of one size.
///   - first: [items, *] in and out.
///   - second: [items, *] in and out.
///   - body: Told its items; sees their stretch of each buffer.
/// - Precondition: `body` changes nothing but what it is given.
public func concurrently<State>(
    _ states: inout [State], items: Int, _ first: inout [Float], _ second: inout [Float],
    _ body: (Range<Int>, inout State, inout MutableSpan<Float>, inout MutableSpan<Float>) -> Void
) {
    precondition(
        first.count % items == 0 && second.count % items == 0, "\(items) items in \(first.count) and \(second.count) elements")
    let sizes = (first.count / items, second.count / items)
    unsafe first.withUnsafeMutableBufferPointer { first in
        unsafe second.withUnsafeMutableBufferPointer { second in
            unsafe states.withUnsafeMutableBufferPointer { states in
                inParallel(parts: states.count) { index in
                    let range = part(index, of: states.count, items)
                    let a = range.lowerBound * sizes.0..<range.upperBound * sizes.0
                    let b = range.lowerBound * sizes.1..<range.upperBound * sizes.1
                    var firstSpan = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(rebasing: first[a]))
                    var secondSpan = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(rebasing: second[b]))
                    unsafe body(range, &states[index], &firstSpan, &secondSpan)
                }
            }
        }
    }
}

/// Calls `body` for ranges of columns, each a whole number of cache lines.
///
/// - Parameters:
///   - columns: How many there are.
///   - rows: How many rows they have.
func inParallel(columns: Int, ofRows rows: Int, _ body: (Range<Int>) -> Void) {
    let line = 64, lines = (columns + line - 1) / line
    let parts = min(partCount(columns * rows, grain: 1 << 15), max(lines, 1))
    inParallel(parts: parts) { index in
        let range = part(index, of: parts, lines)
        body(min(range.lowerBound * line, columns)..<min(range.upperBound * line, columns))
    }
}

/// The fewest rows of so many columns that are worth a thread: some 10 µs of memory's work.
func rowGrain(_ columns: Int) -> Int { max(1, (1 << 15) / max(columns, 1)) }

/// The sum of what `body` returns for consecutive ranges, one for each thread; added in their order.
func sumInParallel(_ count: Int, grain: Int, _ body: (Range<Int>) -> Double) -> Double {
    let parts = partCount(count, grain: grain)
    var sums = [Double](repeating: 0, count: parts)
    concurrently(&sums) { $1 = body(part($0, of: parts, count)) }
    return sums.reduce(0, +)
}

/// Into how many parts `count` rows are cut: one for each thread, each of at least `grain`; one inside a part.
func partCount(_ count: Int, grain: Int) -> Int {
    if qk_is_parallel() != 0 { return min(count, 1) }
    return max(min(threadCount, count / max(grain, 1)), min(count, 1))
}

/// Part `index` of `parts` nearly equal ranges of `0..<count`.
func part(_ index: Int, of parts: Int, _ count: Int) -> Range<Int> {
    count * index / parts..<count * (index + 1) / parts
}

/// The fewest elements worth a thread where a few operations meet each: some 5 µs of them.
let elementGrain = 1 << 14
