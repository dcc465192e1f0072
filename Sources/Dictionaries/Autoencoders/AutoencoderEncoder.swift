import Kernels
import Tensors

// The encoder, cut by features among threads:
//
// 1. each thread, block by block of its features: x W_enc for all tokens, chunk by chunk, and while a chunk is in the cache what passes the
//    gate; of the k largest of a token, the k largest of each block;
// 2. all that was found is sorted by token;
// 3. where the k largest of a token are wanted, they are among the k largest of the blocks; where the largest of the batch are, all above
//    a floor was listed, and if that was too little, the floor is lowered: what comes out does not depend on it.

/// What an encoding has found.
struct EncodedTokens: Sendable {
    /// f by token.
    var active = SparseRows()
    /// Pre-activations near their thresholds, where the rule asks for them.
    var near = SparseRows()
    /// The largest dead features, where the rule asks for them.
    var auxiliary = SparseRows()
    /// The smallest activation that was chosen from the batch, where the rule asks for that.
    var smallestChosen: Float = 0
}

/// Encodes many tokens into lists, with buffers that it keeps.
struct AutoencoderEncoder: Sendable {
    private var parts: [AutoencoderPart] = []
    /// Where the next search for the batch's largest begins.
    private var searchFloor: Float = 0

    /// How many tokens give the first floor.
    private static let sampleTokens = 64
    /// The share of the last cut, or of the sample's, from which a search begins.
    private static let searchMargin: Float = 0.85

    /// Encodes.
    ///
    /// - Parameter x: [N, D] with b_dec subtracted.
    mutating func encode(_ autoencoder: Autoencoder, x: [Float], _ rule: EncodingRule) -> EncodedTokens {
        let D = autoencoder.shape.d_in, tokens = x.count / D
        precondition(x.count == tokens * D, "\(x.count) elements are not rows of d_in \(D)")
        guard let k = rule.largestOfBatch else { return run(autoencoder, x.span, rule, floor: 0) }
        let wanted = k * tokens
        if searchFloor == 0 { searchFloor = sampledFloor(autoencoder, x, rule, k: k) }
        var found = run(autoencoder, x.span, rule, floor: searchFloor)
        while found.active.count < wanted && searchFloor > 0 {
            searchFloor = searchFloor > .leastNormalMagnitude ? searchFloor / 2 : 0
            found = run(autoencoder, x.span, rule, floor: searchFloor)
        }
        found.active.keepLargest(wanted)
        found.smallestChosen = found.active.values.min() ?? 0
        searchFloor = found.active.count == wanted ? found.smallestChosen * Self.searchMargin : 0
        return found
    }

    /// What the largest of a few tokens let expect.
    private mutating func sampledFloor(_ autoencoder: Autoencoder, _ x: [Float], _ rule: EncodingRule, k: Int) -> Float {
        let D = autoencoder.shape.d_in, count = min(Self.sampleTokens, x.count / D)
        let found = run(autoencoder, x.span.extracting(0..<count * D), rule, floor: 0)
        return Self.searchMargin * kthLargest(found.active.values.span, k: k * count)
    }

    private mutating func run(_ autoencoder: Autoencoder, _ x: Span<Float>, _ rule: EncodingRule, floor: Float) -> EncodedTokens {
        let (D, F) = (autoencoder.shape.d_in, autoencoder.shape.d_sae), tokens = x.count / D
        let task = AutoencoderTask(autoencoder, rule, floor: floor)
        let blocks = (F + AutoencoderPart.features - 1) / AutoencoderPart.features
        resize(&parts, partCount(blocks, grain: 1), filler: AutoencoderPart())
        let count = parts.count
        inParallel(&parts) { index, part in
            part.encode(task, x, features: Kernels.part(index, of: count, blocks))
        }
        var found = EncodedTokens()
        found.active = Self.join(parts.map(\.active), tokens: tokens)
        if case .largest(let k) = task.choice { found.active.keepLargestOfEachRow(k) }
        if rule.thresholdRadius != nil { found.near = Self.join(parts.map(\.near), tokens: tokens) }
        if let k = rule.auxiliary {
            found.auxiliary = Self.join(parts.map(\.auxiliary), tokens: tokens)
            found.auxiliary.keepLargestOfEachRow(k)
        }
        return found
    }

    /// Counting sort by token; features stay in their order.
    private static func join(_ lists: [FoundEntries], tokens: Int) -> SparseRows {
        var offsets = [Int](repeating: 0, count: tokens + 1)
        for list in lists { for token in list.tokens { offsets[Int(token) + 1] += 1 } }
        for token in 0..<tokens { offsets[token + 1] += offsets[token] }
        let count = offsets[tokens]
        var indices = [Int32](repeating: 0, count: count), values = [Float](scratch: count), next = offsets
        for list in lists {
            for entry in list.tokens.indices {
                let token = Int(list.tokens[entry]), place = next[token]
                indices[place] = list.features[entry]
                values[place] = list.values[entry]
                next[token] = place + 1
            }
        }
        return SparseRows(offsets: offsets, indices: indices, values: values)
    }
}

/// What all parts of an encoding share.
struct AutoencoderTask {
    let autoencoder: Autoencoder
    let rule: EncodingRule
    /// How active features are chosen, the floor of a search included.
    let choice: FeatureGate
    /// [F] the bias of dead features, −∞ for the others.
    let deadBias: [Float]

    init(_ autoencoder: Autoencoder, _ rule: EncodingRule, floor: Float) {
        (self.autoencoder, self.rule) = (autoencoder, rule)
        let F = autoencoder.shape.d_sae
        choice =
            if rule.largestOfBatch == nil {
                autoencoder.gate
            } else {
                floor > 0 ? .threshold(Array(repeating: floor, count: F)) : .positive
            }
        deadBias = rule.auxiliary == nil ? [] : zip(autoencoder.features.b_enc, rule.isDead).map { $1 ? $0 : -.infinity }
    }

    /// [F] what pre-activations must exceed, nil for 0.
    var cuts: [Float]? { if case .threshold(let values) = choice { values } else { nil } }
}

/// Activations in the order in which they were found.
struct FoundEntries: Sendable {
    private(set) var tokens: [Int32] = []
    private(set) var features: [Int32] = []
    private(set) var values: [Float] = []

    mutating func removeAll() {
        tokens.removeAll(keepingCapacity: true)
        features.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }

    /// Appends what a row's search has left in its buffers.
    mutating func append(token: Int, firstFeature: Int, _ indices: [Int32], _ found: [Float], count: Int) {
        for entry in 0..<count {
            tokens.append(Int32(token))
            features.append(Int32(firstFeature) + indices[entry])
            values.append(found[entry])
        }
    }
}

/// One thread's part of an encoding.
struct AutoencoderPart: Sendable {
    /// Features whose product with a chunk of tokens is searched while it is in the cache.
    ///
    /// A block's rows of W_enc are 3 MiB at a width of 768, and its product with a chunk 4 MiB: both stay in a last-level cache. Other
    /// sizes were not compared.
    static let features = 1024
    /// The tokens of a chunk.
    private static let tokens = 1024

    /// [tokens, features] pre-activations.
    private var pre: [Float] = []
    private var indices: [Int32] = []
    private var values: [Float] = []
    private(set) var active = FoundEntries()
    private(set) var near = FoundEntries()
    private(set) var auxiliary = FoundEntries()

    /// Encodes all tokens with some blocks of features.
    mutating func encode(_ task: AutoencoderTask, _ x: Span<Float>, features blocks: Range<Int>) {
        let (D, F) = (task.autoencoder.shape.d_in, task.autoencoder.shape.d_sae), count = x.count / D
        active.removeAll()
        near.removeAll()
        auxiliary.removeAll()
        resize(&pre, min(count, Self.tokens) * min(F, Self.features), filler: 0)
        resize(&indices, min(F, Self.features), filler: 0)
        resize(&values, min(F, Self.features), filler: 0)
        for block in blocks {
            let features = block * Self.features..<min((block + 1) * Self.features, F)
            for first in stride(from: 0, to: count, by: Self.tokens) {
                let tokens = first..<min(first + Self.tokens, count)
                let rows = x.extracting(tokens.lowerBound * D..<tokens.upperBound * D)
                let W = task.autoencoder.features.W_enc.span.extracting(features.lowerBound * D..<features.upperBound * D)
                Self.product(tokens.count, features.count, D, rows, W, into: &pre)
                search(task, tokens: tokens, features: features)
            }
        }
    }

    private static func product(_ m: Int, _ n: Int, _ k: Int, _ A: Span<Float>, _ B: Span<Float>, into C: inout [Float]) {
        var out = C.mutableSpan
        gemm(m, n, k, A, B, into: &out, transposeB: true)
    }

    private mutating func search(_ task: AutoencoderTask, tokens: Range<Int>, features: Range<Int>) {
        let width = features.count, first = features.lowerBound, cuts = task.cuts
        for token in tokens {
            let start = (token - tokens.lowerBound) * width
            let row = start..<start + width
            let count =
                if case .largest(let k) = task.choice {
                    Self.largest(pre, row, task.autoencoder.features.b_enc, features, k, &indices, &values)
                } else {
                    Self.above(pre, row, task.autoencoder.features.b_enc, cuts, features, &indices, &values)
                }
            active.append(token: token, firstFeature: first, indices, values, count: count)
            if let radius = task.rule.thresholdRadius, let cuts {
                let count = Self.near(pre, row, task.autoencoder.features.b_enc, cuts, features, radius, &indices)
                near.append(token: token, firstFeature: first, indices, values, count: count)
            }
            if let k = task.rule.auxiliary {
                let count = Self.largest(pre, row, task.deadBias, features, k, &indices, &values)
                auxiliary.append(token: token, firstFeature: first, indices, values, count: count)
            }
        }
    }

    private static func above(
        _ pre: [Float], _ row: Range<Int>, _ bias: [Float], _ cuts: [Float]?, _ features: Range<Int>, _ indices: inout [Int32],
        _ values: inout [Float]
    ) -> Int {
        var indices = indices.mutableSpan, values = values.mutableSpan
        return compact(
            pre.span.extracting(row), bias: bias.span.extracting(features), above: cuts?.span.extracting(features),
            indices: &indices, values: &values)
    }

    private static func near(
        _ pre: [Float], _ row: Range<Int>, _ bias: [Float], _ cuts: [Float], _ features: Range<Int>, _ radius: Float,
        _ indices: inout [Int32]
    ) -> Int {
        var indices = indices.mutableSpan
        return compact(
            pre.span.extracting(row), bias: bias.span.extracting(features), near: cuts.span.extracting(features), radius: radius,
            indices: &indices)
    }

    private static func largest(
        _ pre: [Float], _ row: Range<Int>, _ bias: [Float], _ features: Range<Int>, _ k: Int, _ indices: inout [Int32],
        _ values: inout [Float]
    ) -> Int {
        var indices = indices.mutableSpan, values = values.mutableSpan
        return compactLargest(
            pre.span.extracting(row), bias: bias.span.extracting(features), k: k, indices: &indices, values: &values)
    }
}

extension SparseRows {
    /// Keeps the `wanted` largest values of all, the first among equals.
    mutating func keepLargest(_ wanted: Int) {
        if count <= wanted { return }
        let cut = kthLargest(values.span, k: wanted)
        var equals = wanted - values.count { $0 > cut }
        keep { value in
            if value == cut { equals -= 1 }
            return value > cut || (value == cut && equals >= 0)
        }
    }

    /// Keeps the `k` largest values of each row, the first among equals.
    mutating func keepLargestOfEachRow(_ k: Int) {
        var kept = SparseRows()
        for row in 0..<rows {
            let range = range(row)
            if range.count <= k {
                for entry in range { kept.append(indices[entry], values[entry]) }
            } else {
                let cut = kthLargest(values.span.extracting(range), k: k)
                var equals = k - values[range].count { $0 > cut }
                for entry in range {
                    let value = values[entry]
                    if value == cut { equals -= 1 }
                    if value > cut || (value == cut && equals >= 0) { kept.append(indices[entry], value) }
                }
            }
            kept.endRow()
        }
        self = kept
    }

    private mutating func keep(_ isWanted: (Float) -> Bool) {
        var kept = SparseRows()
        for row in 0..<rows {
            for entry in range(row) where isWanted(values[entry]) { kept.append(indices[entry], values[entry]) }
            kept.endRow()
        }
        self = kept
    }
}
