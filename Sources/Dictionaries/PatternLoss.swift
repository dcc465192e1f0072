import Kernels

// The attention part of the training step, for one sequence: per head and block of queries,
//
// 1. four score matrices over the block's causal columns, two products: the block's reconstructed and true queries, one below the
//    other, against k̂ (scores q̂·k̂ over q·k̂) and against k (scores q̂·k over q·k), each times attn_scale;
// 2. one fused pass over the causal half: softmax of all four, the three divergences from the true pattern, and
//    G = weight/R · (P̂ − P) in place of the reconstructions' scores, R = B·H·T rows in the whole batch;
// 3. dq̂ = (G[q̂k̂] k̂ + G[q̂k] k)·attn_scale;  dk̂ += (G[q̂k̂]ᵀ q̂ + G[qk̂]ᵀ q)·attn_scale, one product.
//
// A sequence writes to its own rows of dq̂ and dk̂ only, so sequences can go to different threads, each with its own scratch.

/// Sums over rows of the three divergences.
struct DivergenceSums: Sendable {
    var both = 0.0, query = 0.0, key = 0.0

    mutating func add(_ other: DivergenceSums) {
        both += other.both
        query += other.query
        key += other.key
    }
}

/// The buffers of one thread's attention part.
struct PatternScratch: Sendable {
    /// Queries a block holds: small enough that the columns beyond the diagonal are few, large enough for the matrix product.
    static let queryBlock = 64

    /// [2·queryBlock, K] q̂ of one head and block, then its q.
    var queries: [Float] = []
    /// [2·queryBlock, T] scores of q̂·k̂ over those of q·k̂, then their gradients.
    var reconstructedKeys: [Float] = []
    /// [2·queryBlock, T] scores of q̂·k over those of q·k, then the gradient of the former.
    var trueKeys: [Float] = []
    /// What this thread's sequences add to the divergences.
    var sums = DivergenceSums()

    /// Makes room for sequences of `length` tokens.
    mutating func reserve(length: Int, d_head: Int) {
        resize(&queries, 2 * Self.queryBlock * d_head, filler: 0)
        resize(&reconstructedKeys, 2 * Self.queryBlock * length, filler: 0)
        resize(&trueKeys, 2 * Self.queryBlock * length, filler: 0)
    }
}

/// The attention part's sizes and factors, the same for every sequence of a batch.
struct PatternLoss: Sendable {
    /// H.
    let n_heads: Int
    /// K.
    let d_head: Int
    /// T.
    let length: Int
    /// What scores are multiplied by.
    let attn_scale: Float
    /// Factors of the three gradients: the loss's weights over R.
    let both, query, key: Float

    /// Adds one sequence's divergences to the sums and writes its gradients.
    ///
    /// - Parameters:
    ///   - q: [T, H·K] true queries.
    ///   - k: [T, H·K] true keys.
    ///   - q_hat: [T, H·K] reconstructed queries.
    ///   - k_hat: [T, H·K] reconstructed keys.
    ///   - dq: [T, H·K] out, the gradient at q_hat.
    ///   - dk: [T, H·K] out, the gradient at k_hat.
    func sequence(
        q: Span<Float>, k: Span<Float>, q_hat: Span<Float>, k_hat: Span<Float>, dq: inout MutableSpan<Float>,
        dk: inout MutableSpan<Float>, scratch: inout PatternScratch
    ) {
        dk.update(repeating: 0)
        for head in 0..<n_heads {
            for first in stride(from: 0, to: length, by: PatternScratch.queryBlock) {
                let block = QueryBlock(
                    rows: min(PatternScratch.queryBlock, length - first), first: first, column: head * d_head,
                    d_out: n_heads * d_head, d_head: d_head, stride: length, attn_scale: attn_scale)
                block.gather(q_hat, q, into: &scratch.queries)
                block.scores(scratch.queries, k_hat, into: &scratch.reconstructedKeys)
                block.scores(scratch.queries, k, into: &scratch.trueKeys)
                scratch.sums.add(divergence(block, &scratch.reconstructedKeys, &scratch.trueKeys))
                block.queryGradient(scratch.reconstructedKeys, k_hat, into: &dq, adding: false)
                block.queryGradient(scratch.trueKeys, k, into: &dq, adding: true)
                block.addKeyGradient(scratch.reconstructedKeys, scratch.queries, into: &dk)
            }
        }
    }

    /// Step 2: from scores to divergences and gradients.
    private func divergence(
        _ block: QueryBlock, _ reconstructedKeys: inout [Float], _ trueKeys: inout [Float]
    ) -> DivergenceSums {
        var reconstructedKeys = reconstructedKeys.mutableSpan, trueKeys = trueKeys.mutableSpan
        let divergence = patternDivergence(
            reconstructedKeys: &reconstructedKeys, trueKeys: &trueKeys, rows: block.rows, first: block.first,
            stride: block.stride, weights: (both, query, key))
        return DivergenceSums(both: divergence.both, query: divergence.query, key: divergence.key)
    }
}

/// Queries `first ..< first + rows` of one head, whose keys are `0 ..< first + rows`.
struct QueryBlock {
    let rows, first: Int
    /// The head's first column in [T, H·K].
    let column: Int
    let d_out, d_head: Int
    /// Elements from one row of scores to the next.
    let stride: Int
    /// What scores are multiplied by.
    let attn_scale: Float

    var keys: Int { first + rows }
    /// Where the block's queries begin in [T, H·K].
    var start: Int { first * d_out + column }

    /// The block's queries of two sets, one below the other: [2·rows, K].
    func gather(_ q_hat: Span<Float>, _ q: Span<Float>, into queries: inout [Float]) {
        var out = queries.mutableSpan
        for row in 0..<rows {
            for e in 0..<d_head {
                out[row * d_head + e] = q_hat[start + row * d_out + e]
                out[(rows + row) * d_head + e] = q[start + row * d_out + e]
            }
        }
    }

    /// Step 1: both sets' scores, [2·rows, stride].
    func scores(_ queries: [Float], _ k: Span<Float>, into scores: inout [Float]) {
        var out = scores.mutableSpan
        gemm(
            2 * rows, keys, d_head, queries.span, k.extracting(droppingFirst: column), into: &out, alpha: attn_scale,
            transposeB: true, ldb: d_out, ldc: stride)
    }

    /// One set's scores, [rows, stride], from queries in [T, H·K].
    func scores(_ q: Span<Float>, _ k: Span<Float>, into scores: inout [Float]) {
        var out = scores.mutableSpan
        gemm(
            rows, keys, d_head, q.extracting(droppingFirst: start), k.extracting(droppingFirst: column), into: &out,
            alpha: attn_scale, transposeB: true, lda: d_out, ldb: d_out, ldc: stride)
    }

    /// Step 3 for the block's reconstructed queries, whose G are the first rows.
    func queryGradient(_ G: [Float], _ k: Span<Float>, into dq: inout MutableSpan<Float>, adding: Bool) {
        var out = dq._mutatingExtracting(droppingFirst: start)
        gemm(
            rows, d_head, keys, G.span, k.extracting(droppingFirst: column), into: &out, alpha: attn_scale,
            beta: adding ? 1 : 0, lda: stride, ldb: d_out, ldc: d_out)
    }

    /// Step 3 for all keys the block sees, from both sets of queries.
    func addKeyGradient(_ G: [Float], _ queries: [Float], into dk: inout MutableSpan<Float>) {
        var out = dk._mutatingExtracting(droppingFirst: column)
        gemm(
            keys, d_head, 2 * rows, G.span, queries.span, into: &out, alpha: attn_scale, beta: 1, transposeA: true,
            lda: stride, ldc: d_out)
    }
}
