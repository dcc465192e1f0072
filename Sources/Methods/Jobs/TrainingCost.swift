import JSON
import Checkpoints
import GPT2
import API
import Artifacts
import Dictionaries
import Kernels
import Synchronization

/// What a training will take, reckoned from its sizes and from how fast this machine multiplies matrices just now.
///
/// - Memory and disk follow from the buffers that the worker holds.
/// - Time is a range: at best the model's pass and the two encoders alone (activations sparse from the start), at worst dense
///   products throughout at half the speed, as when queries are answered meanwhile.
struct TrainingCost {
    let tokens: Int
    let steps: Int
    /// Floating-point operations per token, at best and at worst.
    let flops: (best: Double, worst: Double)
    let memory_bytes: Int
    let disk_bytes: Int

    static let bytes = MemoryLayout<Float>.stride
    /// What a process takes before it has read anything: libraries, stacks, OpenBLAS's buffers.
    static let baseBytes = 64 << 20

    /// Arrays of a map's size that live at once: values, mask, two moments, the best mask of a search, and the map that is weighed.
    private static let mapArrays = 7

    /// How many checkpoints of a job lie on the disk at most.
    private static let checkpoints = 3

    /// The cost of `dictionaries.train`.
    init(_ params: DictionariesTrain.Params, model: LoadedModel, context T: Int, corpusBytes: Int) {
        let c = model.gpt2.configuration
        let D = c.d_model, H = c.n_heads * c.d_head
        let queries = params.d_sae_query ?? []
        let sizes = zip(queries, params.d_sae_key ?? queries).map { $0 + $1 }
        let each = params.layers.count * params.seeds.count, count = each * sizes.count, F = each * sizes.reduce(0, +)
        let sequences = params.batch_sequences ?? 1, steps = params.steps ?? 1, tokensPerStep = sequences * T
        let parameters = F * (D + H + 1) + 2 * count * (D + H)
        let forward = Self.flopsToKeys(model, layer: params.layers.max() ?? 0, context: T)
        let patterns = Double(count * 16 * T * H)
        tokens = steps * tokensPerStep
        self.steps = steps
        let landmarks = params.landmarks(of: c, context: T).flops / Double(max(tokens, 1))
        flops = (
            best: forward + patterns + Double(2 * F * D) + landmarks,
            worst: forward + patterns + Double(6 * F * (D + H)) + landmarks
        )
        let activations = tokensPerStep * (2 * (sizes.max() ?? 0) + 3 * params.layers.count * D + 10 * D + 8 * H + c.d_mlp)
        // Landmarks hold one context's residuals of every layer, and 128 rows of logits; so does the evaluation at the end.
        let landmark = T * (2 * params.layers.count * D + 12 * D + c.d_mlp + 2 * c.n_heads * T) + 128 * c.d_vocab
        memory_bytes =
            Self.baseBytes + model.info.memory_bytes
            + (3 * parameters + parameters / count + activations + landmark) * Self.bytes
        // A token is about four bytes of text, and two bytes of disk while the job lives. A checkpoint holds weights and moments; while
        // the third is written, two are there.
        disk_bytes = parameters * Self.bytes + Self.checkpoints * 3 * parameters * Self.bytes + corpusBytes / 2
    }

    /// The cost of `maps.train`, of a map whose entries are at most all pairs of features.
    init(_ params: MapsTrain.Params, dictionary: LoadedDictionary, context T: Int, corpusBytes: Int) {
        let c = dictionary.model.gpt2.configuration, info = dictionary.info
        let D = c.d_model, F = info.d_sae_query + info.d_sae_key
        let tokensPerStep = params.batch_sequences * T
        let entries = info.d_sae_query * info.d_sae_key * c.n_heads
        let forward = Self.flopsToKeys(dictionary.model, layer: info.layer, context: T) + Double(2 * F * D)
        let L0 = dictionary.info.L0
        let trials = params.sparsity == nil ? params.trials : 1
        steps = trials * params.steps + (params.polish == .refit ? params.polish_steps : 0)
        tokens = steps * tokensPerStep
        // Each causal pair of tokens meets L0 × L0 feature pairs in every head, forward and backward.
        flops = (
            best: forward + Double(T) * L0.query * L0.key * Double(2 * c.n_heads),
            worst: forward + Double(T) * L0.query * L0.key * Double(8 * c.n_heads)
        )
        memory_bytes =
            Self.baseBytes + dictionary.model.info.memory_bytes
            + (Self.mapArrays * entries + 2 * F * D + tokensPerStep * (F + 10 * D)) * Self.bytes
            + min(MapDivergence.usualChunkBytes, tokensPerStep * T * c.n_heads * Self.bytes)
        // An entry is stored four times over: both directions, its head's ranking, and the ranking of all.
        disk_bytes = entries / 4 + corpusBytes / 2
    }

    /// The cost of `dictionaries.evaluate`: two passes of the model and one for each stage, with the unembedding.
    init(_ params: DictionariesEvaluate.Params, dictionary: LoadedDictionary, context T: Int) {
        let c = dictionary.model.gpt2.configuration, info = dictionary.info
        let passes = params.map == nil ? 4 : 5, rows = 8 * T
        tokens = params.contexts * T
        steps = params.contexts
        let forward =
            Self.flopsToKeys(dictionary.model, layer: c.n_layers, context: T) + Double(2 * c.d_vocab * c.d_model)
            + Double(T * c.n_heads * 200)
        flops = (best: Double(passes) * forward, worst: Double(passes) * forward)
        let F = info.d_sae_query + info.d_sae_key
        memory_bytes =
            Self.baseBytes + dictionary.model.info.memory_bytes
            + (2 * F * c.d_model + rows * (12 * c.d_model + c.d_mlp + 2 * c.d_vocab + 4 * c.n_heads * T)) * Self.bytes
        disk_bytes = 1 << 16
    }

    /// Floating-point operations per token of the model's pass up to a layer's keys: whole blocks before it, then one map to 3·D.
    static func flopsToKeys(_ model: LoadedModel, layer: Int, context T: Int) -> Double {
        let D = model.gpt2.configuration.d_model, M = model.gpt2.configuration.d_mlp
        return Double(layer * (8 * D * D + 4 * D * M + 4 * T * D) + 6 * D * D)
    }

    /// The cost as the wire has it, at a speed in floating-point operations a second.
    func estimate(flopsPerSecond speed: Double) -> JobEstimate {
        JobEstimate(
            tokens: tokens, steps: steps, memory_bytes: memory_bytes, disk_bytes: disk_bytes,
            time_s_min: Double(tokens) * flops.best / speed, time_s_max: 2 * Double(tokens) * flops.worst / speed)
    }

    /// How fast this machine multiplies matrices, in floating-point operations a second; measured at most once a minute, since it takes
    /// longer than everything else that a submission does.
    static func speed() -> Double {
        latest.withLock { latest in
            if let latest, latest.time.duration(to: .now) < .seconds(60) { return latest.speed }
            let speed = measureSpeed()
            latest = (speed, .now)
            return speed
        }
    }

    /// The newest measurement.
    private static let latest = Mutex<(speed: Double, time: ContinuousClock.Instant)?>(nil)

    /// The best of a few products of 1024.
    private static func measureSpeed() -> Double {
        let n = 1024
        let a = [Float](repeating: 1, count: n * n)
        var c = a
        let clock = ContinuousClock()
        let best =
            (0..<5).map { _ in
                clock.measure {
                    var span = c.mutableSpan
                    gemm(n, n, n, a.span, a.span, into: &span)
                }
            }.min() ?? .seconds(1)
        return Double(2 * n * n * n) / (best / .seconds(1))
    }
}

extension JobEstimate {
    /// Refuses work that this machine has not the memory for.
    ///
    /// - Parameters:
    ///   - available: What the machine has, in bytes.
    ///   - advice: What would help.
    /// - Throws: `out_of_memory`.
    func check(
        memory available: Int, advice: String = "ask for fewer or smaller dictionaries, or a smaller batch"
    ) throws(APIError) {
        if memory_bytes <= available { return }
        throw APIError(
            .outOfMemory,
            "the job needs about \(memory_bytes >> 20) MiB of memory, the machine has \(available >> 20) MiB; \(advice)",
            facts: ["memory_bytes": .integer(memory_bytes), "available_bytes": .integer(available)])
    }
}

extension DictionaryInfo {
    /// Active features per token as evaluated.
    var L0: (query: Double, key: Double) {
        (evaluation["L0_query"]?.number ?? 16, evaluation["L0_key"]?.number ?? 16)
    }
}
