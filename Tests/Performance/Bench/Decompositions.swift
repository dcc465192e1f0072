import ArgumentParser
import Attribution
import Checkpoints
import Circuits
import GPT2
import Tensors

/// The singular decompositions of all heads of GPT-2 small's shape, and what one look of a head and the sets of a context then cost.
struct Decompositions: ParsableCommand {
    @OptionGroup var threads: ThreadOptions
    @Option(help: "How many runs each figure is the best of.") var runs = 3

    func run() throws {
        threads.apply()
        // Every default of a GPT-2's configuration is GPT-2 small's.
        let model = try GPT2Model(random: GPT2Configuration(parsing: Array(#"{"model_type": "gpt2"}"#.utf8)), seed: 1)
        let layers = Array(0..<model.configuration.n_layers)
        for form in QKForm.allCases {
            let seconds = try best(of: runs, warmUp: false) {
                for layer in layers { _ = try LayerDecompositions(model, layer: layer, form: form) }
            }
            try Figure(what: "decompositions, \(form.rawValue), 144 heads", seconds: seconds).print()
        }
        let last = layers.count - 1, T = 64
        let decompositions = try SelectionMode.allCases.map {
            try LayerDecompositions(model, layer: last, form: $0.destinationForm)
        }
        var generator = RandomGenerator(seed: 2)
        let tokens = (0..<T).map { _ in Int32(generator.next() % UInt64(model.configuration.d_vocab)) }
        let activations = try LayerActivations(model, layer: last, tokens: tokens)
        for (mode, decompositions) in zip(SelectionMode.allCases, decompositions) {
            let terms = HeadTerms(activations, decompositions, head: 0)
            let look = best(of: runs) { _ = terms.selection(mode, destination: T - 1, source: T / 2) }
            try Figure(what: "look, \(mode.rawValue), from position \(T - 1)", seconds: look).print()
            let heads = Array(0..<model.configuration.n_heads), rank = model.configuration.d_head
            let sets = best(of: runs) {
                var sizes = heads.map { _ in SetSizes(rank: rank) }
                SetSizes.add(activations, decompositions, heads: heads, mode, phi: 1, to: &sizes)
            }
            try Figure(what: "sets of a layer's looks, \(mode.rawValue), \(T) tokens", seconds: sets).print()
        }
    }
}
