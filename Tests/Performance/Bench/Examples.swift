import ArgumentParser
import Attribution
import Dictionaries
import Kernels
import Tensors

/// The walk that collects a map's examples, without the model: made-up activations and patterns at GPT-2 small's shape.
struct Examples: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The walk that collects examples, without the model.")

    @OptionGroup var threads: ThreadOptions
    @Option(help: "Features on each side.") var d_sae = 2400
    // Source: the published maps, 144 to 524 live features and 25,000 to 51,000 entries.
    @Option(help: "Of them, those that are ever active.") var live = 400
    @Option(help: "Pairs of the map, each in two heads.") var pairs = 25_000
    @Option(help: "Tokens in a context.") var context = 256
    @Option(help: "Contexts at once.") var sequences = 8
    @Option(help: "Active features per token and side.") var active = 17
    @Option(help: "How often the walk is timed; the best counts.") var runs = 5

    private static let n_heads = 12, headsPerPair = 2

    func run() throws {
        threads.apply()
        var generator = RandomGenerator(seed: 0)
        let H = Self.n_heads, T = context
        let chosen = generator.permutation(live * live).prefix(pairs).sorted()
        var offsets = [Int](repeating: 0, count: d_sae + 1)
        for pair in chosen { offsets[pair / live + 1] += 1 }
        for a in 0..<d_sae { offsets[a + 1] += offsets[a] }
        var mask = [Float](repeating: 0, count: chosen.count * H)
        for pair in chosen.indices {
            for head in generator.permutation(H).prefix(Self.headsPerPair) { mask[pair * H + head] = 1 }
        }
        let map = FeatureMap(
            n_heads: H, d_head: 64, attn_scale: 0.125,
            support: Support(d_sae_key: d_sae, offsets: offsets, keys: chosen.map { Int32($0 % live) }),
            M: mask.map { _ in Float(generator.normal()) }, mask: mask, beta: Array(repeating: 0, count: d_sae * H))
        var pattern = [Float](repeating: 0, count: sequences * H * T * T)
        for row in 0..<sequences * H * T { for j in 0...row % T { pattern[row * T + j] = 1 / Float(row % T + 1) } }
        let query = codes(&generator), key = codes(&generator)
        let tokens = (0..<sequences * T).map { _ in Int32(50_000 * generator.uniform() * generator.uniform()) }
        var walk = ExampleWalk(map, T: T, seed: 1), places = 0
        let seconds = best(of: runs) { walk.add(tokens: tokens, pattern: pattern, query: query, key: key) }
        walk.forEachPair { places += $0.places }
        try Figure(
            what: "examples, \(pairs) pairs in \(Self.headsPerPair) heads, \(places / walk.tokens) places per token",
            seconds: seconds, tokens_per_second: Double(tokens.count) / seconds
        ).print()
    }

    /// Active features of every token; some are frequent, most are rare.
    private func codes(_ generator: inout RandomGenerator) -> SparseRows {
        SparseRows(tokens: sequences * context, active: active, using: &generator) {
            Int32($0.uniform() * $0.uniform() * Float(live))
        }
    }
}
