import Kernels
import Tensors

// From a map's scores to the gradient of the divergence, sequence by sequence:
//
// 1. Ŝ of the sequence, heads innermost (MapRows);
// 2. per block of queries: Ŝ to heads outermost and times attn_scale; per head the true scores, one product; the divergence, and
//    G = weight·(P̂ − P) in place of Ŝ; back to heads innermost.

/// The gradients of sequences' divergences at the map's scores, in buffers that are kept from call to call.
struct MapPatterns: Sendable {
    /// [sequences, T, T, H] G.
    private(set) var G: [Float] = []
    private var parts: [Part] = []

    /// What a thread keeps to itself.
    fileprivate struct Part: Sendable {
        /// [H, rows, T] Ŝ of a block of queries, then G.
        var heads: [Float] = []
        /// [rows, T] the true scores of one head.
        var truth: [Float] = []
        /// Σ of the rows' divergences, sequence by sequence.
        var divergences: [Double] = []

        /// Queries in a block: their scores for all heads stay in the second-level cache.
        static let blockRows = 32
    }

    /// Fills ``G``.
    ///
    /// - Parameters:
    ///   - map: The map and its mask.
    ///   - batch: Whole sequences.
    ///   - range: Which of them.
    ///   - columns: Their features.
    ///   - weight: Factor of G.
    /// - Returns: Σ over sequences, heads and queries of KL(P‖P̂).
    mutating func fill(
        _ map: FeatureMap, _ batch: MaskBatch, _ range: Range<Int>, _ columns: MapColumns, weight: Float
    ) -> Double {
        let T = batch.length, H = map.n_heads
        resize(&G, range.count * T * T * H, filler: 0)
        let count = partCount(range.count, grain: 1)
        if parts.count != count { parts = Array(repeating: Part(), count: count) }
        Self.fill(map, batch, first: range.lowerBound, columns, weight: weight, &parts, &G)
        // Added up sequence by sequence, so that the number of threads does not show.
        return parts.reduce(0) { $1.divergences.reduce($0, +) }
    }

    private static func fill(
        _ map: FeatureMap, _ batch: MaskBatch, first: Int, _ columns: MapColumns, weight: Float, _ parts: inout [Part],
        _ G: inout [Float]
    ) {
        let size = batch.length * batch.length * map.n_heads, rows = map.rows
        var G = G.mutableSpan
        inParallel(&parts, rowsOf: &G, width: size) { part, sequences, scores in
            rows.scores(
                mask: map.mask.span, beta: map.beta.span, queries: columns.query, keys: columns.key, sequences: sequences,
                into: &scores)
            part.divergences.removeAll(keepingCapacity: true)
            for (place, sequence) in sequences.enumerated() {
                var own = scores.part(place * size..<(place + 1) * size)
                part.divergences.append(part.diverge(map, batch, sequence: first + sequence, weight: weight, &own))
            }
        }
    }
}

extension MapPatterns.Part {
    /// Step 2 of one sequence: [T, T, H] scores become G.
    ///
    /// - Returns: Σ over heads and queries of KL(P‖P̂).
    fileprivate mutating func diverge(
        _ map: FeatureMap, _ batch: MaskBatch, sequence: Int, weight: Float, _ scores: inout MutableSpan<Float>
    ) -> Double {
        let T = batch.length, H = map.n_heads, size = T * H * map.d_head
        let own = sequence * size..<(sequence + 1) * size
        let (q, k) = (batch.q.span.extracting(own), batch.k.span.extracting(own))
        resize(&heads, H * Self.blockRows * T, filler: 0)
        resize(&truth, Self.blockRows * T, filler: 0)
        var sum = 0.0
        for first in stride(from: 0, to: T, by: Self.blockRows) {
            let count = min(Self.blockRows, T - first)
            var block = scores.part(first * T * H..<(first + count) * T * H)
            Self.outward(block.span, first: first, T, map, into: &heads)
            for head in 0..<H {
                let queries = QueryBlock(
                    rows: count, first: first, column: head * map.d_head, d_out: H * map.d_head, d_head: map.d_head, stride: T,
                    attn_scale: map.attn_scale)
                queries.scores(q, k, into: &truth)
                sum += Self.divergence(queries, truth: &truth, heads: &heads, head: head, weight: weight)
            }
            headsInward(heads.span, first: first, length: T, n_heads: H, into: &block)
        }
        return sum
    }

    private static func outward(_ scores: Span<Float>, first: Int, _ T: Int, _ map: FeatureMap, into heads: inout [Float]) {
        var heads = heads.mutableSpan
        headsOutward(scores, first: first, length: T, n_heads: map.n_heads, scale: map.attn_scale, into: &heads)
    }

    private static func divergence(
        _ block: QueryBlock, truth: inout [Float], heads: inout [Float], head: Int, weight: Float
    ) -> Double {
        let size = block.rows * block.stride
        var truth = truth.mutableSpan, heads = heads.mutableSpan
        var scores = heads.part(head * size..<(head + 1) * size)
        return patternDivergence(
            truth: &truth, scores: &scores, rows: block.rows, first: block.first, stride: block.stride, weight: weight)
    }
}

/// How far the patterns of maps are from the model's own, in buffers that are kept from call to call.
public struct MapDivergence: Sendable {
    private var patterns = MapPatterns()
    private let chunkBytes: Int

    /// No buffers yet.
    ///
    /// - Parameter chunkBytes: What the scores of the sequences that are worked on at once may take; one sequence at least.
    public init(chunkBytes: Int = MapDivergence.usualChunkBytes) { self.chunkBytes = chunkBytes }

    /// Scores of eight sequences of 1,024 tokens and twelve heads need 400 MB; two chunks of them are as fast.
    public static let usualChunkBytes = 256 << 20

    /// KL(P‖P̂) of a batch, mean over heads and queries.
    public mutating func callAsFunction(_ map: FeatureMap, _ batch: MaskBatch) -> Double {
        batch.chunks(of: map, bytes: chunkBytes).reduce(0) { sum, range in
            sum + patterns.fill(map, batch, range, MapColumns(batch, range, map), weight: 0)
        } / Double(batch.rows(of: map))
    }
}

extension MaskBatch {
    /// R, the rows of its patterns.
    func rows(of map: FeatureMap) -> Int { sequences * length * map.n_heads }

    /// The sequences that are worked on at once.
    func chunks(of map: FeatureMap, bytes: Int) -> [Range<Int>] {
        let d_out = map.n_heads * map.d_head
        precondition(q.count == sequences * length * d_out, "q of \(q.count) for \(sequences) sequences of \(length)·\(d_out)")
        let size = max(1, bytes / (length * length * map.n_heads * MemoryLayout<Float>.size))
        return stride(from: 0, to: sequences, by: size).map { $0..<min($0 + size, sequences) }
    }
}

/// The features of some sequences of a batch, by feature.
struct MapColumns {
    let query: SequenceColumns
    let key: SequenceTokens

    init(_ batch: MaskBatch, _ range: Range<Int>, _ map: FeatureMap) {
        query = SequenceColumns(Array(batch.query[range]), features: map.support.d_sae_query)
        key = SequenceTokens(Array(batch.key[range]), features: map.support.d_sae_key)
    }
}
