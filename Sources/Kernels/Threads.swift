private import CKernels
private import COpenBLAS
private import Tensors

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

/// Calls `body` for each part, several at once, and returns when all have returned; a step, unless it is called from inside another.
///
/// - Precondition: parts write to nothing that another part reads or writes.
func inParallel(parts: Int, _ body: (Int) -> Void) {
    if qk_is_parallel() == 0 { Steps.advance() }
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

/// Calls `body` for each element of an array, several at once: a part of the work with what it keeps to itself.
///
/// - Parameters:
///   - elements: One for each part.
///   - body: Receives the part's number and its element.
/// - Precondition: parts share nothing but what they only read, and the elements, each of which is one part's own.
public func inParallel<Element>(_ elements: inout [Element], _ body: (Int, inout Element) -> Void) {
    unsafe elements.withUnsafeMutableBufferPointer { buffer in
        inParallel(parts: buffer.count) { unsafe body($0, &buffer[$0]) }
    }
}

/// Calls `body` for consecutive ranges of a matrix's rows, several at once: a part of the work with what it keeps to itself and the rows
/// that it writes.
///
/// - Parameters:
///   - elements: One for each part; the rows are cut into as many nearly equal ranges.
///   - matrix: [N, width].
///   - body: Receives the part's element, its range of rows, and these rows.
/// - Precondition: as of ``inParallel(_:_:)``.
public func inParallel<Element>(
    _ elements: inout [Element], rowsOf matrix: inout MutableSpan<Float>, width: Int,
    _ body: (inout Element, Range<Int>, inout MutableSpan<Float>) -> Void
) {
    precondition(width > 0 && matrix.count % width == 0, "rows of \(width) do not fill \(matrix.count) elements")
    let count = matrix.count / width, parts = elements.count
    unsafe matrix.withUnsafeMutableBufferPointer { m in
        inParallel(&elements) { index, element in
            let range = part(index, of: parts, count)
            let rows = unsafe UnsafeMutableBufferPointer(rebasing: m[range.lowerBound * width..<range.upperBound * width])
            var span = unsafe rows.mutableSpan
            body(&element, range, &span)
        }
    }
}

/// Into how many parts `count` rows are cut: one for each thread, each of at least `grain`; one inside a part.
public func partCount(_ count: Int, grain: Int) -> Int {
    if qk_is_parallel() != 0 { return min(count, 1) }
    return max(min(threadCount, count / max(grain, 1)), min(count, 1))
}

/// Part `index` of `parts` nearly equal ranges of `0..<count`.
public func part(_ index: Int, of parts: Int, _ count: Int) -> Range<Int> {
    count * index / parts..<count * (index + 1) / parts
}

/// The fewest elements worth a thread where a few operations meet each: some 5 µs of them.
let elementGrain = 1 << 14
