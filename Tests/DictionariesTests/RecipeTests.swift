import Dictionaries
import JSON
import Tensors
import Testing

/// The recipes whose arithmetic differs, small enough for a twin; `steps` long.
struct Variant: CustomTestStringConvertible {
    let testDescription: String
    let recipe: TrainingRecipe

    init(
        _ name: String, _ activation: TrainingRecipe.Activation, lambda: Float = 0.05,
        _ change: (inout TrainingRecipe) -> Void = { _ in }
    ) {
        testDescription = name
        var schedule = TrainingSchedule(steps: 30, learningRate: 3e-3, lambda: lambda, mu: 0.1, muShare: 0.5)
        schedule.lambdaShare = 0
        var recipe = TrainingRecipe(schedule: schedule, activation: activation)
        change(&recipe)
        self.recipe = recipe
    }

    static let all = [
        Variant("ReLU, root", .relu(.root)),
        Variant("ReLU, l1", .relu(.l1)),
        Variant("ReLU, root, unit rows", .relu(.root)) { $0.decoderNorm = .unit },
        Variant("ReLU, l1, unit rows, lists", .relu(.l1)) { ($0.decoderNorm, $0.sparseDensity) = (.unit, 2) },
        Variant("ReLU, lists", .relu(.root)) { $0.sparseDensity = 2 },
        Variant("TopK", .topk(k: 5)),
        Variant("TopK, unit rows", .topk(k: 5)) { $0.decoderNorm = .unit },
        Variant("BatchTopK", .batchtopk(k: 5)),
        Variant("JumpReLU", .jumprelu(threshold: 0.3, bandwidth: 0.2)),
        Variant("JumpReLU, lists", .jumprelu(threshold: 0.3, bandwidth: 0.2)) { $0.sparseDensity = 2 },
        Variant("auxiliary", .relu(.root)) { ($0.auxiliary, $0.deadAfterTokens) = (.init(k: 4), -1) },
        Variant("auxiliary, BatchTopK, unit rows", .batchtopk(k: 5)) {
            ($0.auxiliary, $0.deadAfterTokens, $0.decoderNorm) = (.init(k: 4, weight: 0.5), -1, .unit)
        },
        Variant("auxiliary, resampling, BatchTopK", .batchtopk(k: 2)) {
            ($0.auxiliary, $0.deadAfterTokens, $0.resampling) = (.init(k: 4), 100, .init(every: 5, most: 4))
        },
        Variant("resampling, JumpReLU, unit rows", .jumprelu(threshold: 0.5, bandwidth: 0.2), lambda: 2) {
            ($0.deadAfterTokens, $0.resampling, $0.decoderNorm) = (100, .init(every: 4, most: 5), .unit)
        },
    ]
}

/// A small layer on whose sides the numbers of features differ.
private let problem = SmallProblem(B: 2, T: 24)

private func start() -> TranscoderPair {
    var generator = RandomGenerator(seed: 4), pair = problem.start(seed: 3)
    let shape = TranscoderShape(
        d_model: problem.shape.d_model, d_sae: 31, n_heads: problem.shape.n_heads, d_head: problem.shape.d_head)
    pair.key = Transcoder(
        shape, inputMean: pair.key.b_in, outputMean: pair.key.b_out, using: &generator)
    for feature in 0..<31 { pair.key.b_enc[feature] = 0.1 * Float(generator.normal()) }
    return pair
}

@Suite struct RecipeTests {
    /// The gradient of the first step, read from Adam's first moments: after one step they are (1 − β₁)·gradient.
    @Test(arguments: Variant.all) func `the first step's loss and gradients are the twin's`(_ variant: Variant) throws {
        var recipe = variant.recipe
        recipe.resampling = nil
        var trainer = TranscoderTrainer(start(), recipe: recipe, seed: 0)
        if recipe.sparseDensity > 1 {
            // The first step is dense; its learning rate of nothing leaves the weights alone.
            recipe.schedule.learningRate = 0
            trainer = TranscoderTrainer(start(), recipe: recipe, seed: 0)
            _ = trainer.step(problem.batch(seed: 8))
        }
        let before = trainer.pair, moments = trainer.save(), batch = problem.batch(seed: 9), number = trainer.steps
        let terms = trainer.step(batch).terms, after = trainer.save()
        let coefficients = recipe.coefficients(at: number)
        var twin = StepTwin(
            query: TwinSide(before.query), key: TwinSide(before.key), x: batch.x.map(Double.init), q: batch.q.map(Double.init),
            k: batch.k.map(Double.init), B: batch.sequences, T: batch.length, attn_scale: Double(batch.attn_scale),
            mu: Double(coefficients.mu), lambda: Double(coefficients.lambda), penalty: recipe.penalty, norm: recipe.decoderNorm)
        if case .batchtopk(let k) = recipe.activation {
            (twin.query.gate, twin.key.gate) = (.largestOfBatch(k), .largestOfBatch(k))
        }
        let want = twin.terms(), isDead = recipe.deadAfterTokens < 0
        let auxiliary = isDead ? recipe.auxiliary.map { Auxiliaries(twin, k: $0.k, weight: Double($0.weight)) } : nil
        let wantLoss = want.loss + (auxiliary?.loss ?? 0)
        #expect(abs(terms.loss - wantLoss) <= 1e-5 * wantLoss)
        #expect(abs(terms.sparsity - want.sparsity) <= 1e-5 * want.sparsity && abs(terms.L0_q - want.L0_q) < 1e-9)

        func gradient(_ buffer: String) throws -> [Double] {
            let old = moments.buffers.first { $0.name == "\(buffer).first" }?.values
            let new = try #require(after.buffers.first { $0.name == "\(buffer).first" }?.values)
            return new.indices.map { (Double(new[$0]) - 0.9 * Double(old?[$0] ?? 0)) / 0.1 }
        }
        let expected = twin.gradient()
        for (name, side) in [("query", expected.query), ("key", expected.key)] {
            for parameter in Transcoder.Parameter.allCases {
                var want = side[parameter]
                if let more = auxiliary?.gradient(name)[parameter] {
                    let unit = recipe.decoderNorm == .unit && parameter == .W_dec
                    let matrix = TwinSide(name == "query" ? before.query : before.key).W_dec
                    let added = unit ? withoutParallel(more, matrix, width: problem.shape.d_out) : more
                    want = zip(want, added).map { $0 + $1 }
                }
                let distance = relativeDistance(try gradient("\(name).\(parameter.rawValue)"), want)
                #expect(distance < 2e-4, "\(name).\(parameter): \(distance)")
            }
            if case .jumprelu(_, let bandwidth) = recipe.activation {
                let want = twin.thresholdGradient(isQuery: name == "query", bandwidth: Double(bandwidth))
                #expect(want.contains { $0 != 0 })
                #expect(relativeDistance(try gradient("\(name).log_threshold"), want) < 1e-4)
            }
        }
    }

    @Test(arguments: Variant.all) func `a training that is saved and restored goes on bit for bit`(_ variant: Variant) throws {
        var whole = TranscoderTrainer(start(), recipe: variant.recipe, seed: 7), half = whole
        let figures = (0..<30).map { whole.step(problem.batch(seed: 100 + UInt64($0))) }
        for step in 0..<13 { _ = half.step(problem.batch(seed: 100 + UInt64(step))) }
        let saved = half.save()
        let header = try JSON(parsing: try JSON(encoding: saved.header).bytes()).decode(TrainerState.Header.self)
        #expect(header == saved.header)
        let recipe = try JSON(parsing: try JSON(encoding: variant.recipe).bytes()).decode(TrainingRecipe.self)
        #expect(recipe == variant.recipe)
        var resumed = try TranscoderTrainer(restoring: TrainerState(header: header, buffers: saved.buffers), recipe: recipe)
        let rest = (13..<30).map { resumed.step(problem.batch(seed: 100 + UInt64($0))) }
        #expect(rest == Array(figures[13...]))
        #expect((resumed.pair == whole.pair) == true)
        #expect(resumed.save().header == whole.save().header)
        for (a, b) in zip(resumed.save().buffers, whole.save().buffers) { #expect(a.name == b.name && a.values == b.values) }
    }

    @Test func `a state that lacks a buffer is refused`() {
        let trainer = TranscoderTrainer(
            start(), recipe: Variant("JumpReLU", .jumprelu(threshold: 0.1, bandwidth: 0.1)).recipe, seed: 0)
        let state = trainer.save()
        for name in state.buffers.map(\.name) {
            let rest = TrainerState(header: state.header, buffers: state.buffers.filter { $0.name != name })
            #expect(throws: OptimiserStateError.self, "\(name)") {
                try TranscoderTrainer(restoring: rest, recipe: trainer.recipe)
            }
        }
    }

    @Test(arguments: [
        FeatureGate.positive, .threshold((0..<48).map { Float($0) / 60 }), .largest(1), .largest(7), .largest(1000),
    ])
    func `a gate encodes as its definition says`(_ gate: FeatureGate) {
        var side = start().query
        side.gate = gate
        let x = problem.batch(seed: 2).x, want = TwinSide(side).encode(x.map(Double.init)), f = side.encode(x.span)
        for t in 0..<f.rows {
            var row = [Double](repeating: 0, count: 48)
            for entry in f.range(t) { row[Int(f.indices[entry])] = Double(f.values[entry]) }
            for a in 0..<48 { #expect(abs(row[a] - want[t][a]) < 1e-5) }
        }
    }

    @Test func `TopK and BatchTopK choose as many as they are told, and the gate of the latter about as many afterwards`() {
        for activation in [TrainingRecipe.Activation.topk(k: 5), .batchtopk(k: 5)] {
            let variant = Variant("", activation)
            var trainer = TranscoderTrainer(start(), recipe: variant.recipe, seed: 0)
            for step in 0..<30 {
                let terms = trainer.step(problem.batch(seed: UInt64(step))).terms
                #expect(abs(terms.L0_q - 5) < 0.2 && abs(terms.L0_k - 5) < 0.2)
            }
            let f = trainer.pair.query.encode(problem.batch(seed: 99).x.span)
            let L0 = Double(f.count) / Double(f.rows)
            #expect(L0 > 3.5 && L0 < 6.5, "\(L0)")
        }
    }

    @Test func `rows of unit norm stay so`() {
        let variant = Variant("", .relu(.root)) { $0.decoderNorm = .unit }
        var trainer = TranscoderTrainer(start(), recipe: variant.recipe, seed: 0)
        for step in 0..<5 {
            for norm in TwinSide(trainer.pair.query).norms + TwinSide(trainer.pair.key).norms { #expect(abs(norm - 1) < 1e-6) }
            _ = trainer.step(problem.batch(seed: UInt64(step)))
        }
    }
}

/// Both sides' auxiliary losses and gradients, weighed.
private struct Auxiliaries {
    let loss: Double
    private let query, key: TwinSide

    init(_ twin: StepTwin, k: Int, weight: Double) {
        func one(_ side: TwinSide, _ y: [Double]) -> (Double, TwinSide) {
            let auxiliary = AuxiliaryTwin(x: twin.x, y: y, reconstruction: side.decode(side.encode(twin.x)), k: k)
            var gradient = auxiliary.gradient(side)
            for parameter in Transcoder.Parameter.allCases { gradient[parameter] = gradient[parameter].map { $0 * weight } }
            return (weight * auxiliary.loss(side), gradient)
        }
        let (queryLoss, queryGradient) = one(twin.query, twin.q), (keyLoss, keyGradient) = one(twin.key, twin.k)
        (loss, query, key) = (queryLoss + keyLoss, queryGradient, keyGradient)
    }

    func gradient(_ name: String) -> TwinSide { name == "query" ? query : key }
}
