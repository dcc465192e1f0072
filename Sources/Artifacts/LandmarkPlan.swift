public import API
public import Checkpoints

/// When a training measures what its dictionaries reach, and on how many held-out contexts.
///
/// Unless the call says every how many steps, landmarks are a small share of the training's multiplications. These are counted, never
/// timed: the same training has the same landmarks on every machine, and after every interruption.
public struct LandmarkPlan: Sendable, Hashable {
    /// Every how many steps; 0 for never.
    public let every: Int
    /// How many of the held-out contexts are read for each.
    public let contexts: Int
    /// Floating-point operations of all of them.
    public let flops: Double

    /// Contexts read where they are cheap, and how many fewer where they are not.
    private static let contextsRead = [16, 8, 4]
    /// How many landmarks there are where they are cheap, and how many are wanted before fewer contexts are read.
    private static let usualCount = 25, leastCount = 10
    /// The share of a training's multiplications that may go into landmarks.
    private static let share = 0.02

    /// A plan of a training whose parameters are resolved.
    ///
    /// - Parameters:
    ///   - T: The length of a context.
    ///   - stepFlops: Floating-point operations of a step without landmarks, counted low.
    public init(_ params: DictionariesTrain.Params, _ c: GPT2Configuration, context T: Int, stepFlops: Double) {
        let steps = params.steps ?? 1, metricsEvery = params.metrics_every ?? max(1, steps / TrainingHistory.mostKept)
        func rounded(_ every: Int) -> Int { (every + metricsEvery - 1) / metricsEvery * metricsEvery }
        func count(_ every: Int) -> Int { every == 0 ? 0 : (steps + every - 1) / every }
        let (first, each) = Self.flops(params, c, T)
        let held = params.held_out_contexts
        if let asked = params.evaluate_every {
            every = rounded(asked)
            contexts = min(Self.contextsRead[0], held)
        } else {
            let budget = Self.share * stepFlops * Double(steps)
            let choices = Self.contextsRead.map { wanted in
                let contexts = min(wanted, held), paid = (budget / Double(contexts) - first) / each
                return (contexts: contexts, count: max(0, Int(min(Double(min(Self.usualCount, steps)), paid))))
            }
            let choice = choices.first { $0.count >= Self.leastCount } ?? choices[choices.count - 1]
            every = choice.count == 0 ? 0 : rounded((steps + choice.count - 1) / choice.count)
            contexts = choice.contexts
        }
        flops = every == 0 ? 0 : Double(contexts) * (first + Double(count(every)) * each)
    }

    /// Whether a step is one.
    public func contains(_ step: Int, of steps: Int) -> Bool { every > 0 && (step % every == 0 || step == steps) }

    /// Floating-point operations for one context: once for the job, and for each landmark.
    private static func flops(_ params: DictionariesTrain.Params, _ c: GPT2Configuration, _ T: Int) -> (Double, Double) {
        let queries = params.d_sae_query ?? [], keys = params.d_sae_key ?? queries, seeds = params.seeds.count
        let unembedding = Double(2 * c.d_model * c.d_vocab)
        func rest(_ layer: Int) -> Double { c.flops(blocks: c.n_layers - layer, context: T) + unembedding }
        let once = c.flops(blocks: c.n_layers, context: T) + unembedding + params.layers.reduce(0) { $0 + rest($1) }
        var each = c.flops(blocks: params.layers.max() ?? 0, context: T)
        for layer in params.layers { each += Double(queries.count * seeds) * rest(layer) }
        let features = zip(queries, keys).reduce(0) { $0 + $1.0 + $1.1 } * seeds * params.layers.count
        each += Double(2 * features * c.d_model)
        return (Double(T) * once, Double(T) * each)
    }
}

extension GPT2Configuration {
    /// Floating-point operations per token of some blocks: the attention's maps, the MLP, and the patterns.
    public func flops(blocks: Int, context T: Int) -> Double {
        Double(blocks * (8 * d_model * d_model + 4 * d_model * d_mlp + 4 * T * d_model))
    }
}

extension DictionariesTrain.Params {
    /// The landmarks of this training, whose parameters are resolved.
    ///
    /// - Parameter T: The length of a context.
    public func landmarks(of c: GPT2Configuration, context T: Int) -> LandmarkPlan {
        let queries = d_sae_query ?? [], keys = d_sae_key ?? queries, D = c.d_model
        let each = layers.count * seeds.count, features = zip(queries, keys).reduce(0) { $0 + $1.0 + $1.1 }
        // The model's pass, the patterns, and of the dictionaries the encoders alone, as where activations are sparse from the start.
        let forward = cache == nil ? c.flops(blocks: layers.max() ?? 0, context: T) + Double(6 * D * D) : 0
        let perToken = forward + Double(each * queries.count * 16 * T * D + 2 * each * features * D)
        return LandmarkPlan(self, c, context: T, stepFlops: Double((batch_sequences ?? 1) * T) * perToken)
    }
}
