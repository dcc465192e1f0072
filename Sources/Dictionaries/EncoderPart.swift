import Kernels
import Tensors

/// What all parts of an encoding share.
struct EncoderTask {
    let shape: TranscoderShape
    let gate: FeatureGate
    let rule: EncodingRule
    /// [F] b_enc − b_in W_enc.
    let bias: [Float]
    /// [F] the bias of dead features, −∞ for the others.
    let deadBias: [Float]
    /// [F] what pre-activations must exceed, nil for 0.
    let cuts: [Float]?

    /// A task; only pre-activations above `floor` are looked at, where the largest of the batch are searched.
    init(_ transcoder: Transcoder, _ rule: EncodingRule, bias: [Float], floor: Float) {
        (shape, gate, self.rule, self.bias) = (transcoder.shape, transcoder.gate, rule, bias)
        deadBias = rule.auxiliary == nil ? [] : zip(bias, rule.isDead).map { $1 ? $0 : -.infinity }
        if rule.largestOfBatch != nil {
            cuts = floor > 0 ? Array(repeating: floor, count: shape.d_sae) : nil
        } else if case .threshold(let thresholds) = gate {
            cuts = thresholds
        } else {
            cuts = nil
        }
    }
}

/// One thread's part of an encoding: the tokens that it encodes, chunk by chunk, and what it finds.
struct EncoderPart: Sendable {
    /// How many tokens the encoder's product takes at a time: few enough that their pre-activations are still in the cache when they are
    /// read again, many enough that W_enc is not packed too often.
    ///
    /// *Source:* measured, Tests/Performance.
    static let chunk = 256

    /// Sparse path: [chunk, F] pre-activations.
    private var pre: [Float] = []
    /// The lists.
    private(set) var found = FoundFeatures()

    /// Encodes some tokens on the sparse path.
    ///
    /// - Parameters:
    ///   - x: [n, D].
    ///   - W_enc: [D, F].
    mutating func encodeSparse(_ task: EncoderTask, _ x: Span<Float>, W_enc: Span<Float>) {
        found.clear(F: task.shape.d_sae)
        let (D, F) = (task.shape.d_model, task.shape.d_sae), count = x.count / D
        resize(&pre, min(count, Self.chunk) * F, filler: 0)
        for first in stride(from: 0, to: count, by: Self.chunk) {
            let rows = min(Self.chunk, count - first)
            Self.product(rows, F, D, x.extracting(first * D..<(first + rows) * D), W_enc, into: &pre)
            Self.search(task, pre, rows: rows, &found)
        }
    }

    private static func search(_ task: EncoderTask, _ pre: [Float], rows: Int, _ found: inout FoundFeatures) {
        let F = task.shape.d_sae
        for row in 0..<rows {
            let values = pre.span.extracting(row * F..<(row + 1) * F)
            found.note(task, values)
            found.select(task, values)
        }
    }

    /// Encodes some tokens on the dense path.
    ///
    /// - Parameters:
    ///   - x: [n, D].
    ///   - W_enc: [D, F].
    ///   - f: [n, F] out.
    mutating func encodeDense(_ task: EncoderTask, _ x: Span<Float>, W_enc: Span<Float>, into f: inout MutableSpan<Float>) {
        found.clear(F: task.shape.d_sae)
        let (D, F) = (task.shape.d_model, task.shape.d_sae), count = x.count / D
        for first in stride(from: 0, to: count, by: Self.chunk) {
            let rows = min(Self.chunk, count - first)
            var chunk = f._mutatingExtracting(first * F..<(first + rows) * F)
            gemm(rows, F, D, x.extracting(first * D..<(first + rows) * D), W_enc, into: &chunk)
            for row in 0..<rows { found.note(task, chunk.span.extracting(row * F..<(row + 1) * F)) }
            found.activeCount += rectify(&chunk, bias: task.bias.span, above: task.cuts?.span)
        }
    }

    private static func product(_ m: Int, _ n: Int, _ k: Int, _ A: Span<Float>, _ B: Span<Float>, into C: inout [Float]) {
        var out = C.mutableSpan
        gemm(m, n, k, A, B, into: &out)
    }
}

/// The features that a part has found, by token.
struct FoundFeatures: Sendable {
    /// Sparse path: f.
    private(set) var active = SparseRows()
    /// Pre-activations near their thresholds, where the rule asks for them; the values are unset.
    private(set) var near = SparseRows()
    /// The largest dead features, where the rule asks for them.
    private(set) var auxiliary = SparseRows()
    /// Dense path: how many features are active.
    var activeCount = 0

    /// [F] one row's features before they join a list.
    private var indices: [Int32] = []
    /// [F] their values.
    private var values: [Float] = []

    /// Forgets what was found.
    mutating func clear(F: Int) {
        active.removeAll()
        near.removeAll()
        auxiliary.removeAll()
        activeCount = 0
        resize(&indices, F, filler: 0)
        resize(&values, F, filler: 0)
    }

    /// Appends a row's active features.
    mutating func select(_ task: EncoderTask, _ row: Span<Float>) {
        let count =
            if task.rule.largestOfBatch == nil, case .largest(let k) = task.gate {
                Self.largest(row, task.bias, k, &indices, &values)
            } else {
                Self.above(row, task.bias, task.cuts, &indices, &values)
            }
        Self.append(indices, values, count, to: &active)
    }

    /// Notes what the rule asks for beside the active features.
    mutating func note(_ task: EncoderTask, _ row: Span<Float>) {
        if let radius = task.rule.thresholdRadius, let thresholds = task.cuts {
            let count = Self.near(row, task.bias, thresholds, radius, &indices)
            Self.append(indices, values, count, to: &near)
        }
        if let k = task.rule.auxiliary {
            let count = Self.largest(row, task.deadBias, k, &indices, &values)
            Self.append(indices, values, count, to: &auxiliary)
        }
    }

    private static func append(_ indices: [Int32], _ values: [Float], _ count: Int, to rows: inout SparseRows) {
        rows.appendRow(indices.span.extracting(0..<count), values.span.extracting(0..<count))
    }

    private static func near(
        _ row: Span<Float>, _ bias: [Float], _ thresholds: [Float], _ radius: Float, _ indices: inout [Int32]
    ) -> Int {
        var indices = indices.mutableSpan
        return compact(row, bias: bias.span, near: thresholds.span, radius: radius, indices: &indices)
    }

    private static func above(
        _ row: Span<Float>, _ bias: [Float], _ cuts: [Float]?, _ indices: inout [Int32], _ values: inout [Float]
    ) -> Int {
        var indices = indices.mutableSpan, values = values.mutableSpan
        return compact(row, bias: bias.span, above: cuts?.span, indices: &indices, values: &values)
    }

    private static func largest(
        _ row: Span<Float>, _ bias: [Float], _ k: Int, _ indices: inout [Int32], _ values: inout [Float]
    ) -> Int {
        var indices = indices.mutableSpan, values = values.mutableSpan
        return compactLargest(row, bias: bias.span, k: k, indices: &indices, values: &values)
    }
}
