private import CKernels
private import COpenBLAS

// Attention goes in parts of one head and one block of its queries, which the threads share:
//
// 1. scores = scale · q·kᵀ, for the keys up to the block's last query only: what lies later is never computed
// 2. The softmax of each row up to its own position, 0 from there to the block's end
// 3. z = pattern · v over the same keys
//
// A block's scores stay in the cache from the first step to the last. Where somebody wants to see all scores or patterns, the steps
// are three calls over [B, H, T, T].

/// How many heads there are and where they lie: head h of sequence b begins at row b·T, column h·K.
public struct AttentionShape: Sendable {
    /// The number of sequences.
    public let B: Int
    /// The length of each.
    public let T: Int
    /// Heads, and the width of each.
    public let H, K: Int

    /// Queries taken together: enough that products run at speed, few enough that the part of a block that lies in the future, half
    /// of its last square, stays small.
    private static let block = 64

    /// B sequences of T positions, H heads of width K.
    public init(B: Int, T: Int, H: Int, K: Int) { (self.B, self.T, self.H, self.K) = (B, T, H, K) }

    private var blocks: Int { (T + Self.block - 1) / Self.block }

    /// The elements that rows of [B, T, H, K] reach over if they are `stride` apart.
    func reach(_ stride: Int) -> Int { (B * T - 1) * stride + H * K }

    /// Calls `body` with each head, counted over the batch, and each block of its queries.
    func inParallel(_ body: (_ head: Int, _ queries: Range<Int>) -> Void) {
        // The latest blocks have the most keys: they come first, so that no thread is left with one at the end.
        Kernels.inParallel(parts: T < Self.fewest ? min(1, B) : B * H * blocks) { part in
            if T < Self.fewest {
                for head in 0..<B * H { body(head, 0..<T) }
            } else {
                let (head, block) = (part % (B * H), blocks - 1 - part / (B * H))
                body(head, block * Self.block..<min((block + 1) * Self.block, T))
            }
        }
    }

    /// Sequences shorter than this are not worth waking a thread for.
    private static let fewest = 4

    /// Where the first row of a head begins in rows `stride` apart.
    func start(_ head: Int, _ stride: Int) -> Int { head / H * T * stride + head % H * K }
}

/// z = softmax(scale · q·kᵀ) · v, causally.
///
/// - Parameters:
///   - q: [B, T, H, K] rows `stride` apart.
///   - k: [B, T, H, K] rows `stride` apart.
///   - v: [B, T, H, K] rows `stride` apart.
///   - stride: From one row of q, k and v to the next.
///   - shape: B, T, H, K.
///   - scale: The factor of q·k.
///   - z: [B, T, H, K] out.
/// - Complexity: 2·B·T²·H·K flops, half of what all keys would cost.
public func causalAttention(
    _ q: Span<Float>, _ k: Span<Float>, _ v: Span<Float>, stride: Int, _ shape: AttentionShape, scale: Float,
    into z: inout MutableSpan<Float>
) {
    let width = shape.H * shape.K, need = shape.reach(stride)
    precondition(
        min(q.count, k.count, v.count) >= need && z.count >= shape.reach(width),
        "attention over \(shape) needs \(need) elements and \(shape.reach(width)) out; has \(q.count), \(k.count), \(v.count), \(z.count)"
    )
    unsafe q.withUnsafeBufferPointer { q in
        unsafe k.withUnsafeBufferPointer { k in
            unsafe v.withUnsafeBufferPointer { v in
                unsafe z.withUnsafeMutableBufferPointer { z in
                    shape.inParallel { head, queries in
                        let start = shape.start(head, stride), keys = queries.upperBound
                        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: queries.count * keys) { scores in
                            let rows = scores.baseAddress!
                            unsafe score(
                                q.baseAddress! + start, k.baseAddress! + start, stride, queries, shape.K, scale, into: rows, keys)
                            unsafe qk_causal_softmax(rows, queries.count, queries.lowerBound, keys, keys)
                            unsafe average(
                                rows, keys, v.baseAddress! + start, stride, queries, keys: keys, shape.K,
                                into: z.baseAddress! + shape.start(head, width), width)
                        }
                    }
                }
            }
        }
    }
}

/// scores = scale · q·kᵀ, and -∞ where the key is later than the query.
///
/// - Parameters:
///   - q: [B, T, H, K] rows `stride` apart.
///   - k: [B, T, H, K] rows `stride` apart.
///   - stride: From one row of q and k to the next.
///   - shape: B, T, H, K.
///   - scale: The factor of q·k.
///   - scores: [B, H, T, T] out.
public func attentionScores(
    _ q: Span<Float>, _ k: Span<Float>, stride: Int, _ shape: AttentionShape, scale: Float, into scores: inout MutableSpan<Float>
) {
    let T = shape.T, need = shape.reach(stride), squares = shape.B * shape.H * T * T
    precondition(
        min(q.count, k.count) >= need && scores.count >= squares,
        "scores of \(shape) need \(need) elements and \(squares) out; have \(q.count), \(k.count), \(scores.count)")
    unsafe q.withUnsafeBufferPointer { q in
        unsafe k.withUnsafeBufferPointer { k in
            unsafe scores.withUnsafeMutableBufferPointer { scores in
                shape.inParallel { head, queries in
                    let start = shape.start(head, stride)
                    let rows = unsafe scores.baseAddress! + (head * T + queries.lowerBound) * T
                    unsafe score(q.baseAddress! + start, k.baseAddress! + start, stride, queries, shape.K, scale, into: rows, T)
                    for query in queries {
                        let row = unsafe rows + (query - queries.lowerBound) * T
                        unsafe (row + query + 1).update(repeating: -.infinity, count: T - query - 1)
                    }
                }
            }
        }
    }
}

/// Replaces scores by the pattern: the softmax of each row up to its own position, 0 beyond, whatever stood there.
///
/// - Parameters:
///   - scores: [B, H, T, T] in; the pattern out.
///   - shape: B, T, H, K.
public func causalSoftmax(_ scores: inout MutableSpan<Float>, _ shape: AttentionShape) {
    let T = shape.T, squares = shape.B * shape.H * T * T
    precondition(scores.count >= squares, "patterns of \(shape) are \(squares) elements, not \(scores.count)")
    unsafe scores.withUnsafeMutableBufferPointer { scores in
        shape.inParallel { head, queries in
            unsafe qk_causal_softmax(
                scores.baseAddress! + (head * T + queries.lowerBound) * T, queries.count, queries.lowerBound, T, T)
        }
    }
}

/// z = pattern · v, over all keys: a pattern may have been changed.
///
/// - Parameters:
///   - pattern: [B, H, T, T].
///   - v: [B, T, H, K] rows `stride` apart.
///   - stride: From one row of v to the next.
///   - shape: B, T, H, K.
///   - z: [B, T, H, K] out.
public func attentionAverage(
    _ pattern: Span<Float>, _ v: Span<Float>, stride: Int, _ shape: AttentionShape, into z: inout MutableSpan<Float>
) {
    let T = shape.T, width = shape.H * shape.K, squares = shape.B * shape.H * T * T
    precondition(
        pattern.count >= squares && v.count >= shape.reach(stride) && z.count >= shape.reach(width),
        "averages of \(shape) need \(squares), \(shape.reach(stride)) elements and \(shape.reach(width)) out; have \(pattern.count), "
            + "\(v.count), \(z.count)")
    unsafe pattern.withUnsafeBufferPointer { pattern in
        unsafe v.withUnsafeBufferPointer { v in
            unsafe z.withUnsafeMutableBufferPointer { z in
                shape.inParallel { head, queries in
                    unsafe average(
                        pattern.baseAddress! + (head * T + queries.lowerBound) * T, T, v.baseAddress! + shape.start(head, stride),
                        stride,
                        queries, keys: T, shape.K, into: z.baseAddress! + shape.start(head, width), width)
                }
            }
        }
    }
}

/// One block's scores: rows `queries` of q against the keys up to the last of them; `scores` is the block's first row.
private func score(
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ stride: Int, _ queries: Range<Int>, _ K: Int, _ scale: Float,
    into scores: UnsafeMutablePointer<Float>, _ scoresStride: Int
) {
    unsafe cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(queries.count), Int32(queries.upperBound), Int32(K), scale,
        q + queries.lowerBound * stride, Int32(stride), k, Int32(stride), 0, scores, Int32(scoresStride))
}

/// One block's averages: its rows of the pattern times v, into rows `queries` of z.
private func average(
    _ pattern: UnsafePointer<Float>, _ patternStride: Int, _ v: UnsafePointer<Float>, _ stride: Int, _ queries: Range<Int>,
    keys: Int,
    _ K: Int, into z: UnsafeMutablePointer<Float>, _ width: Int
) {
    unsafe cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(queries.count), Int32(K), Int32(keys), 1, pattern, Int32(patternStride),
        v,
        Int32(stride), 0, z + queries.lowerBound * width, Int32(width))
}
