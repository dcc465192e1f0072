private import CKernels
private import COpenBLAS

// The attention part of the training step: per sequence, head and block of queries, from the last block to the first,
//
// 1. four score matrices over the block's causal columns, two products: the block's reconstructed and true queries, one below the
//    other, against k̂ (scores q̂·k̂ over q·k̂) and against k (scores q̂·k over q·k), each times attn_scale;
// 2. one fused pass over the causal half: softmax of all four, the three divergences from the true pattern, and
//    G = weight·(P̂ − P) in place of the reconstructions' scores;
// 3. dq̂ = (G[q̂k̂] k̂ + G[q̂k] k)·attn_scale;  dk̂ += (G[q̂k̂]ᵀ q̂ + G[qk̂]ᵀ q)·attn_scale, one product.
//
// Then, while they are at hand, the squared errors of the head's q̂ and k̂. A head of a sequence writes to its own columns of its own
// rows, so each is one thread's whatever the number of threads, and its small products are in one piece.

/// The pattern loss's sizes and factors, the same for every sequence of a batch.
public struct PatternLoss: Sendable {
    /// B.
    public var sequences: Int
    /// T.
    public var length: Int
    /// H.
    public var n_heads: Int
    /// K.
    public var d_head: Int
    /// What scores are multiplied by.
    public var attn_scale: Float
    /// Factor of the gradient of Σ KL(P‖P̂[q̂k̂]).
    public var both: Float
    /// Factor of the gradient of Σ KL(P‖P̂[q̂k]).
    public var query: Float
    /// Factor of the gradient of Σ KL(P‖P̂[qk̂]).
    public var key: Float
    /// Factor of the gradient of Σ ‖q̂ − q‖² + ‖k̂ − k‖².
    public var squares: Float

    /// A loss of these sizes and factors.
    public init(
        sequences: Int, length: Int, n_heads: Int, d_head: Int, attn_scale: Float, both: Float, query: Float, key: Float,
        squares: Float
    ) {
        (self.sequences, self.length, self.n_heads, self.d_head) = (sequences, length, n_heads, d_head)
        (self.attn_scale, self.both, self.query, self.key, self.squares) = (attn_scale, both, query, key, squares)
    }

    /// Sums over all sequences, heads and tokens, without the factors.
    public struct Sums: Sendable, Equatable {
        /// KL(P‖P̂[q̂k̂]).
        public var both = 0.0
        /// KL(P‖P̂[q̂k]).
        public var query = 0.0
        /// KL(P‖P̂[qk̂]).
        public var key = 0.0
        /// ‖q̂ − q‖².
        public var squaredQuery = 0.0
        /// ‖k̂ − k‖².
        public var squaredKey = 0.0

        /// Nothing gathered yet.
        public init() {}

        mutating func add(_ other: Sums) {
            both += other.both
            query += other.query
            key += other.key
            squaredQuery += other.squaredQuery
            squaredKey += other.squaredKey
        }
    }

    /// The loss's terms and its gradients.
    ///
    /// - Parameters:
    ///   - q: [B, T, H·K] true queries.
    ///   - k: [B, T, H·K] true keys.
    ///   - q_hat: [B, T, H·K] reconstructed queries.
    ///   - k_hat: [B, T, H·K] reconstructed keys.
    ///   - dq: [B, T, H·K] out, the gradient at q_hat.
    ///   - dk: [B, T, H·K] out, the gradient at k_hat.
    /// - Precondition: T is at most ``longestPatternRow``.
    /// - Complexity: eight products of B·H·T²·K/2 multiply-adds and four exponentials for each causal (query, key) of each head.
    public func callAsFunction(
        q: Span<Float>, k: Span<Float>, q_hat: Span<Float>, k_hat: Span<Float>, dq: inout MutableSpan<Float>,
        dk: inout MutableSpan<Float>
    ) -> Sums {
        let size = sequences * length * n_heads * d_head
        precondition(
            min(sequences, length, n_heads, d_head) > 0 && length <= longestPatternRow,
            "\(sequences) sequences of \(length) tokens, \(n_heads) heads of \(d_head); at most \(longestPatternRow) tokens")
        precondition(
            [q.count, k.count, q_hat.count, k_hat.count, dq.count, dk.count].allSatisfy { $0 == size },
            "\(size) elements of q, k, q̂, k̂, dq, dk: \([q.count, k.count, q_hat.count, k_hat.count, dq.count, dk.count])")
        var sums = [Sums](repeating: Sums(), count: sequences * n_heads)
        unsafe q.withUnsafeBufferPointer { q in
            unsafe k.withUnsafeBufferPointer { k in
                unsafe q_hat.withUnsafeBufferPointer { q_hat in
                    unsafe k_hat.withUnsafeBufferPointer { k_hat in
                        unsafe dq.withUnsafeMutableBufferPointer { dq in
                            unsafe dk.withUnsafeMutableBufferPointer { dk in
                                let whole = unsafe HeadPointers(
                                    q: q.baseAddress!, k: k.baseAddress!, q_hat: q_hat.baseAddress!, k_hat: k_hat.baseAddress!,
                                    dq: dq.baseAddress!, dk: dk.baseAddress!)
                                unsafe allHeads(whole, &sums)
                            }
                        }
                    }
                }
            }
        }
        return sums.reduce(into: Sums()) { $0.add($1) }
    }

    /// The heads of all sequences, a run of them to each thread.
    private func allHeads(_ whole: HeadPointers, _ sums: inout [Sums]) {
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            inParallel(rows: sums.count, grain: 1) { part in
                var scratch = PatternScratch(length: length, d_head: d_head)
                for index in part {
                    let start = index / n_heads * length * n_heads * d_head + index % n_heads * d_head
                    unsafe sums[index] = head(unsafe whole.advanced(by: start), &scratch)
                }
            }
        }
    }

    /// One head of one sequence.
    private func head(_ at: HeadPointers, _ scratch: inout PatternScratch) -> Sums {
        var sums = Sums()
        let blocks = (length + PatternScratch.queryBlock - 1) / PatternScratch.queryBlock
        for index in (0..<blocks).reversed() {
            let first = index * PatternScratch.queryBlock
            let block = QueryBlock(
                rows: min(PatternScratch.queryBlock, length - first), first: first, d_out: n_heads * d_head, d_head: d_head,
                stride: length, attn_scale: attn_scale)
            unsafe scratch.queries.withUnsafeMutableBufferPointer { queries in
                unsafe scratch.reconstructedKeys.withUnsafeMutableBufferPointer { onReconstructed in
                    unsafe scratch.trueKeys.withUnsafeMutableBufferPointer { onTrue in
                        let (queries, a, b) = (queries.baseAddress!, onReconstructed.baseAddress!, onTrue.baseAddress!)
                        unsafe block.gather(at.q_hat, at.q, into: queries)
                        unsafe block.scores(queries, at.k_hat, into: a)
                        unsafe block.scores(queries, at.k, into: b)
                        unsafe divergence(block, a, b, &sums)
                        unsafe block.queryGradient(a, at.k_hat, into: at.dq, adding: false)
                        unsafe block.queryGradient(b, at.k, into: at.dq, adding: true)
                        unsafe block.keyGradient(a, queries, into: at.dk, adding: index < blocks - 1)
                    }
                }
            }
        }
        let stride = n_heads * d_head
        sums.squaredQuery = unsafe qk_squared_error(at.q_hat, at.q, length, d_head, stride, squares, at.dq)
        sums.squaredKey = unsafe qk_squared_error(at.k_hat, at.k, length, d_head, stride, squares, at.dk)
        return sums
    }

    /// Step 2: from scores to divergences and gradients.
    private func divergence(
        _ block: QueryBlock, _ onReconstructed: UnsafeMutablePointer<Float>, _ onTrue: UnsafeMutablePointer<Float>,
        _ sums: inout Sums
    ) {
        let count = 2 * block.rows * block.stride
        let a = unsafe UnsafeMutableBufferPointer(start: onReconstructed, count: count)
        let b = unsafe UnsafeMutableBufferPointer(start: onTrue, count: count)
        var reconstructedKeys = unsafe a.mutableSpan, trueKeys = unsafe b.mutableSpan
        let divergence = patternDivergence(
            reconstructedKeys: &reconstructedKeys, trueKeys: &trueKeys, rows: block.rows, first: block.first,
            stride: block.stride, weights: (both, query, key))
        sums.both += divergence.both
        sums.query += divergence.query
        sums.key += divergence.key
    }
}

/// Where one head of one sequence begins in each matrix.
@unsafe private struct HeadPointers {
    let q, k, q_hat, k_hat: UnsafePointer<Float>
    let dq, dk: UnsafeMutablePointer<Float>

    func advanced(by start: Int) -> HeadPointers {
        unsafe HeadPointers(
            q: q + start, k: k + start, q_hat: q_hat + start, k_hat: k_hat + start, dq: dq + start, dk: dk + start)
    }
}

/// The buffers of one thread.
private struct PatternScratch {
    /// Queries a block holds: small enough that the columns beyond the diagonal are few, large enough for the matrix product.
    static let queryBlock = 64

    /// [2·queryBlock, K] q̂ of one head and block, then its q.
    var queries: [Float]
    /// [2·queryBlock, T] scores of q̂·k̂ over those of q·k̂, then their gradients.
    var reconstructedKeys: [Float]
    /// [2·queryBlock, T] scores of q̂·k over those of q·k, then the gradient of the former.
    var trueKeys: [Float]

    init(length: Int, d_head: Int) {
        queries = Array(repeating: 0, count: 2 * Self.queryBlock * d_head)
        reconstructedKeys = Array(repeating: 0, count: 2 * Self.queryBlock * length)
        trueKeys = reconstructedKeys
    }
}

/// Queries `first ..< first + rows` of one head, whose keys are `0 ..< first + rows`.
private struct QueryBlock {
    let rows, first: Int
    /// Elements from one token to the next.
    let d_out: Int
    let d_head: Int
    /// Elements from one row of scores to the next.
    let stride: Int
    let attn_scale: Float

    var keys: Int { first + rows }

    /// The block's queries of two sets, one below the other: [2·rows, K].
    func gather(_ q_hat: UnsafePointer<Float>, _ q: UnsafePointer<Float>, into queries: UnsafeMutablePointer<Float>) {
        for row in 0..<rows {
            let source = (first + row) * d_out
            unsafe (queries + row * d_head).update(from: q_hat + source, count: d_head)
            unsafe (queries + (rows + row) * d_head).update(from: q + source, count: d_head)
        }
    }

    /// Step 1: both sets' scores, [2·rows, stride].
    func scores(_ queries: UnsafePointer<Float>, _ k: UnsafePointer<Float>, into scores: UnsafeMutablePointer<Float>) {
        unsafe cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(2 * rows), Int32(keys), Int32(d_head), attn_scale, queries,
            Int32(d_head), k, Int32(d_out), 0, scores, Int32(stride))
    }

    /// Step 3 for the block's reconstructed queries, whose G are the first rows.
    func queryGradient(
        _ G: UnsafePointer<Float>, _ k: UnsafePointer<Float>, into dq: UnsafeMutablePointer<Float>, adding: Bool
    ) {
        unsafe cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(d_head), Int32(keys), attn_scale, G, Int32(stride), k,
            Int32(d_out), adding ? 1 : 0, dq + first * d_out, Int32(d_out))
    }

    /// Step 3 for all keys the block sees, from both sets of queries.
    func keyGradient(
        _ G: UnsafePointer<Float>, _ queries: UnsafePointer<Float>, into dk: UnsafeMutablePointer<Float>, adding: Bool
    ) {
        unsafe cblas_sgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, Int32(keys), Int32(d_head), Int32(2 * rows), attn_scale, G, Int32(stride),
            queries, Int32(d_head), adding ? 1 : 0, dk, Int32(d_out))
    }
}
