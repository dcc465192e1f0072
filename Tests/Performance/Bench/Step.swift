import ArgumentParser
import Dictionaries
import Kernels
import Tensors

/// One training step of the two transcoders at GPT-2 small's shape, beside the sgemm of its two encoders.
struct Step: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "One training step, sparse and dense, beside its two encoder products.")

    @OptionGroup var threads: ThreadOptions
    @Option(help: "Features on each side.") var d_sae = 2400
    @Option(help: "Tokens in a context.") var context = 256
    @Option(help: "Tokens in a step.") var tokens = 2048
    @Option(help: "Active features per token and side.") var active = 16
    @Option(help: "How often each is timed; the best counts.") var runs = 8
    @Flag(help: "Whether to leave the dense step out.") var sparseOnly = false

    private static let d_model = 768, n_heads = 12, d_head = 64

    func run() throws {
        threads.apply()
        var generator = RandomGenerator(seed: 1)
        let batch = batch(using: &generator)
        let shape = TranscoderShape(d_model: Self.d_model, d_sae: d_sae, n_heads: Self.n_heads, d_head: Self.d_head)
        func side() -> Transcoder {
            Transcoder(
                shape, inputMean: Array(repeating: 0, count: Self.d_model), outputMean: Array(repeating: 0, count: shape.d_out),
                using: &generator)
        }
        let dense = TranscoderPair(query: side(), key: side())
        var sparse = dense
        let bias = -threshold(dense.query, batch)
        sparse.query.b_enc = Array(repeating: bias, count: d_sae)
        sparse.key.b_enc = sparse.query.b_enc
        var recipe = TrainingRecipe(schedule: TrainingSchedule(steps: 1_000_000, learningRate: 1e-9, lambda: 3e-3))
        var trainers = [TranscoderTrainer(sparse, recipe: recipe, seed: 0)]
        recipe.sparseDensity = 0
        if !sparseOnly { trainers.append(TranscoderTrainer(dense, recipe: recipe, seed: 0)) }
        _ = trainers[0].step(batch)
        var seconds = [Double](repeating: .infinity, count: 3), figures = trainers.indices.map { trainers[$0].step(batch) }
        for _ in 0..<runs {
            for index in trainers.indices {
                seconds[index] = min(seconds[index], best(of: 1, warmUp: false) { figures[index] = trainers[index].step(batch) })
            }
            var f = [Float](repeating: 0, count: tokens * d_sae)
            seconds[2] = min(
                seconds[2],
                best(of: 1) {
                    for side in [sparse.query, sparse.key] {
                        var out = f.mutableSpan
                        gemm(tokens, d_sae, Self.d_model, batch.x.span, side.W_enc.span, into: &out)
                    }
                })
        }
        for (index, name) in ["sparse", "dense"].prefix(trainers.count).enumerated() {
            let L0 = figures[index].terms.L0_q
            try Figure(
                what: "step \(name) d_sae \(d_sae) L0 \(Int(L0.rounded()))", seconds: seconds[index],
                tokens_per_second: Double(tokens) / seconds[index]
            ).print()
        }
        try Figure(what: "two encoder products d_sae \(d_sae)", seconds: seconds[2]).print()
    }

    private func batch(using generator: inout RandomGenerator) -> PatternBatch {
        let count = tokens * Self.d_model
        func normals() -> [Float] { (0..<count).map { _ in Float(generator.normal()) } }
        return PatternBatch(
            sequences: tokens / context, length: context, attn_scale: 0.125, x: normals(), q: normals(), k: normals())
    }

    /// The pre-activation that `active` features of a token exceed.
    private func threshold(_ side: Transcoder, _ batch: PatternBatch) -> Float {
        let rows = 64
        var pre = [Float](repeating: 0, count: rows * d_sae)
        var out = pre.mutableSpan
        gemm(rows, d_sae, Self.d_model, batch.x.span.extracting(0..<rows * Self.d_model), side.W_enc.span, into: &out)
        return pre.sorted(by: >)[rows * active]
    }
}
