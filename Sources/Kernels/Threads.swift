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

/// Into how many parts `count` rows are cut: one for each thread, each of at least `grain`; one inside a part.
func partCount(_ count: Int, grain: Int) -> Int {
    if qk_is_parallel() != 0 { return min(count, 1) }
    return max(min(threadCount, count / max(grain, 1)), min(count, 1))
}

/// Part `index` of `parts` nearly equal ranges of `0..<count`.
func part(_ index: Int, of parts: Int, _ count: Int) -> Range<Int> {
    count * index / parts..<count * (index + 1) / parts
}
