import ArgumentParser
import Checkpoints
import GPT2
import Kernels
import Tensors

/// The forward pass of GPT-2 small's shape, body without unembedding, beside its matrix products alone.
struct Forward: ParsableCommand {
    @OptionGroup var threads: ThreadOptions
    @Option(help: "How many runs each figure is the median of.") var runs = 7
    @Option(help: "Only batches of this name, such as 1x16.") var only: String?

    /// The batches that are timed, with the last block of each: [B, T, blocks].
    private static let batches = [
        (8, 256, 12), (8, 256, 10), (1, 1, 12), (1, 5, 12), (1, 16, 12), (1, 20, 12), (1, 64, 12), (1, 256, 12),
    ]

    func run() throws {
        threads.apply()
        // Every default of a GPT-2's configuration is GPT-2 small's.
        let model = try GPT2Model(random: GPT2Configuration(parsing: Array(#"{"model_type": "gpt2"}"#.utf8)), seed: 1)
        for (B, T, blocks) in Self.batches where only == nil || only == "\(B)x\(T)" { try time(model, B, T, blocks: blocks) }
    }

    /// Prints the figures of one batch.
    private func time(_ model: GPT2Model, _ B: Int, _ T: Int, blocks: Int) throws {
        var generator = RandomGenerator(seed: 2)
        let d_vocab = UInt64(model.configuration.d_vocab)
        let batch = TokenBatch((0..<B * T).map { _ in Int32(generator.next() % d_vocab) }, B: B, T: T)
        let isWhole = blocks == model.configuration.n_layers
        let last: ActivationName = isWhole ? .init(.ln_final_normalized) : .init(.ln1_x, blocks)
        var products = ProductsOfBody(model, rows: B * T, blocks: blocks)
        // A short prompt takes milliseconds: more runs cost nothing.
        let runs = B * T < 256 ? 5 * runs : runs
        let seconds = try medians(of: runs, [{ _ = try model.forward(batch, capture: [last]) }, { products.run() }])
        let name = "\(B)x\(T)\(isWhole ? "" : " to layer \(blocks)")"
        try Figure(
            what: "forward \(name)", seconds: seconds[0], tokens_per_second: Double(B * T) / seconds[0],
            share_of_products: seconds[1] / seconds[0]
        ).print()
        try Figure(what: "sgemm of forward \(name)", seconds: seconds[1], gigaflops: 1e-9 * products.flops / seconds[1]).print()
    }
}

/// The products of rows with every weight of the blocks, and nothing else.
private struct ProductsOfBody {
    private let layers: [[GPT2Weights.Linear]]
    private let rows: Int
    private let x: [Float]
    private var out: [Float]

    init(_ model: GPT2Model, rows: Int, blocks: Int) {
        self.rows = rows
        layers = model.weights.blocks.prefix(blocks).map { [$0.c_attn, $0.c_proj, $0.c_fc, $0.mlp_c_proj] }
        let widest = max(model.configuration.d_mlp, 3 * model.configuration.d_model)
        var generator = RandomGenerator(seed: 3)
        x = (0..<rows * widest).map { _ in generator.uniform() }
        out = Array(repeating: 0, count: rows * widest)
    }

    var flops: Double { 2 * Double(rows) * Double(layers.joined().map(\.weight.count).reduce(0, +)) }

    mutating func run() { for layer in layers { for linear in layer { Self.multiply(rows, x, linear, into: &out) } } }

    private static func multiply(_ rows: Int, _ x: [Float], _ linear: GPT2Weights.Linear, into out: inout [Float]) {
        let outputs = linear.bias.count
        var span = out.mutableSpan
        gemm(rows, outputs, linear.weight.count / outputs, x.span, linear.weight.span, into: &span)
    }
}
