import ArgumentParser
import Attribution
import Checkpoints
import Dictionaries
import GPT2
import Tensors

/// A prompt of GPT-2 small's shape taken apart by dictionaries of every layer, and a graph of its features.
struct FeatureGraphs: ParsableCommand {
    @OptionGroup var threads: ThreadOptions
    @Option(help: "How many runs each figure is the best of.") var runs = 3
    @Option(help: "How many features each dictionary has.") var d_sae = 24_576
    @Option(help: "Active features per token.") var k = 20
    @Option(help: "Tokens of the prompt.") var tokens = 64

    func run() throws {
        threads.apply()
        let model = try GPT2Model(random: GPT2Configuration(parsing: Array(#"{"model_type": "gpt2"}"#.utf8)), seed: 1)
        let c = model.configuration
        var generator = RandomGenerator(seed: 2)
        // One set of weights stands for all: what is measured does not depend on their values.
        var dictionary = Autoencoder(
            AutoencoderShape(d_in: c.d_model, d_sae: d_sae), start: .tied, mean: Array(repeating: 0, count: c.d_model),
            using: &generator)
        dictionary.gate = .largest(k)
        var attention = LayerAutoencoders()
        for layer in 0..<c.n_layers { attention.z[layer] = dictionary }
        var both = attention
        for layer in 0..<c.n_layers { both.resid_pre[layer] = dictionary }
        let prompt = (0..<tokens).map { _ in Int32(generator.next() % UInt64(c.d_vocab)) }
        for (name, dictionaries) in [("of z", attention), ("of z and resid_pre", both)] {
            var pass: FeaturePass?
            let seconds = try best(of: runs) { pass = try FeaturePass(model, dictionaries, tokens: prompt) }
            try Figure(what: "pass and encoding, \(tokens) tokens, 12 dictionaries \(name)", seconds: seconds).print()
            guard let pass else { continue }
            let root: [(subject: FeatureSubject, position: Int)] = [(.logit(token: 0, against: nil), tokens - 1)]
            // Nothing is too weak, so that there are as many nodes as there may be.
            let settings = FeatureTraceSettings(most: 5, threshold: 0, depth: 4, nodes: 100)
            var nodes = 0
            let graph = try best(of: runs) { nodes = try FeatureGraph(root, in: pass, settings).nodes.count }
            try Figure(what: "graph of \(nodes) nodes, dictionaries \(name)", seconds: graph).print()
        }
    }
}
