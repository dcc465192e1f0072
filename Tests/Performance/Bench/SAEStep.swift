import ArgumentParser
import Dictionaries
import Kernels
import Tensors

/// One training step of a sparse autoencoder of z at GPT-2 small's shape, beside the sgemm of its encoder.
struct SAEStep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sae", abstract: "One training step of a z-autoencoder, beside its encoder's product.")

    @OptionGroup var threads: ThreadOptions
    @Option(help: "The width of z.") var d_in = 768
    @Option(help: "Features.") var d_sae = 24_576
    @Option(help: "Tokens in a step.") var tokens = 4096
    @Option(help: "Active features per token.") var active = 18
    @Option(help: "The share of active features below which a step works on lists; the recipe's own if absent.")
    var sparseDensity: Double?
    @Option(help: "How often each is timed; the best counts.") var runs = 5

    func run() throws {
        threads.apply()
        var generator = RandomGenerator(seed: 1)
        let z = (0..<tokens * d_in).map { _ in Float(generator.normal()) }
        let shape = AutoencoderShape(d_in: d_in, d_sae: d_sae)
        var autoencoder = Autoencoder(shape, start: .tied, mean: Array(repeating: 0, count: d_in), using: &generator)
        autoencoder.b_enc = Array(repeating: -threshold(autoencoder, z), count: d_sae)
        var recipe = AutoencoderRecipe(steps: 1_000_000, learningRate: 1e-9, activation: .relu)
        recipe.lambda = 1
        if let sparseDensity { recipe.sparseDensity = sparseDensity }
        recipe.adam = SecondMoment(beta2: 0.9999)
        var trainer = AutoencoderTrainer(autoencoder, recipe: recipe, seed: 0)
        // The first step has every activation; from the second on there are lists.
        _ = trainer.step(z)
        var figures = trainer.step(z), step = Double.infinity, product = Double.infinity
        var pre = [Float](repeating: 0, count: tokens * d_sae)
        for _ in 0..<runs {
            step = min(step, best(of: 1, warmUp: false) { figures = trainer.step(z) })
            product = min(
                product,
                best(of: 1, warmUp: false) {
                    var out = pre.mutableSpan
                    gemm(tokens, d_sae, d_in, z.span, autoencoder.W_enc.span, into: &out, transposeB: true)
                })
        }
        try Figure(
            what: "sae step \(figures.path.rawValue) d_sae \(d_sae) L0 \(Int(figures.L0.rounded()))", seconds: step,
            tokens_per_second: Double(tokens) / step, share_of_products: product / step
        ).print()
        try Figure(
            what: "encoder product d_sae \(d_sae)", seconds: product,
            gigaflops: 2e-9 * Double(tokens * d_in * d_sae) / product
        ).print()
    }

    /// The pre-activation that `active` features of a token exceed.
    private func threshold(_ autoencoder: Autoencoder, _ z: [Float]) -> Float {
        let rows = 64
        var pre = [Float](repeating: 0, count: rows * d_sae)
        var out = pre.mutableSpan
        gemm(rows, d_sae, d_in, z.span.extracting(0..<rows * d_in), autoencoder.W_enc.span, into: &out, transposeB: true)
        return pre.sorted(by: >)[rows * active]
    }
}
