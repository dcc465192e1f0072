import ArgumentParser
import Dictionaries
import Kernels
import Tensors

/// One training step of a map's mask at GPT-2 small's shape on made-up activations: those of `peer_speed.py mask`.
struct Mask: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One training step of a map's mask.")

    @OptionGroup var threads: ThreadOptions
    @Option(help: "Features on each side.") var d_sae = 2400
    @Option(help: "Of them, those that are ever active.") var live = 2000
    @Option(help: "Tokens in a context.") var context = 256
    @Option(help: "Contexts in a step.") var sequences = 8
    @Option(help: "Active features per token and side.") var active = 17
    @Option(help: "How often the step is timed; the best counts.") var runs = 5

    private static let n_heads = 12, d_head = 64

    func run() throws {
        threads.apply()
        var generator = RandomGenerator(seed: 0)
        let count = sequences * context * Self.n_heads * Self.d_head
        let batch = MaskBatch(
            length: context, query: (0..<sequences).map { _ in codes(&generator) },
            key: (0..<sequences).map { _ in codes(&generator) },
            q: (0..<count).map { _ in Float(generator.normal()) }, k: (0..<count).map { _ in Float(generator.normal()) })
        // Every live pair: more than a batch of this size makes active together.
        let support = Support(
            d_sae_key: d_sae, offsets: (0...d_sae).map { min($0, live) * live },
            keys: (0..<live).flatMap { _ in (0..<live).map { Int32($0) } })
        let M = (0..<support.count * Self.n_heads).map { _ in Float(generator.normal()) / 8 }
        let map = FeatureMap(
            n_heads: Self.n_heads, d_head: Self.d_head, attn_scale: 0.125, support: support, M: M,
            mask: Array(repeating: 1, count: M.count), beta: Array(repeating: 0, count: d_sae * Self.n_heads))
        var trainer = MaskTrainer(map)
        var coefficients = MaskCoefficients(lambda: 1e-9)
        coefficients.epsilon = 1e-6
        let seconds = best(of: runs) { _ = trainer.step(batch, coefficients, learningRate: 1e-3) }
        let tokens = sequences * context
        try Figure(
            what: "mask step, \(support.count) pairs, \(map.mask.count) entries", seconds: seconds,
            tokens_per_second: Double(tokens) / seconds
        ).print()
    }

    /// Uniformly drawn active features of every token.
    private func codes(_ generator: inout RandomGenerator) -> SparseRows {
        SparseRows(tokens: context, active: active, using: &generator) { Int32($0.uniform() * Float(live)) }
    }
}
