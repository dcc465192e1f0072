import ArgumentParser
import Attribution
import Checkpoints
import Circuits
import GPT2
import Tensors

/// Traces of one prompt at GPT-2 small's shape, the model's pass included, the decompositions ready; with random weights, where attention is
/// nearly even, every look counts as one, so that a trace grows until it may grow no more.
struct Traces: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Traces of one prompt at GPT-2 small's shape.")

    @OptionGroup var threads: ThreadOptions
    @Option(help: "How many runs each figure is the best of.") var runs = 3
    @Option(help: "Tokens of the prompt.") var tokens = 20
    @Option(help: "With so many nodes no further look is taken apart.") var nodes = 500

    /// Looks that begin the traces which do not begin with an answer: three heads of the last layers, as in the published study.
    private static let roots = [(9, 6), (9, 9), (10, 0)]

    func run() throws {
        threads.apply()
        // Every default of a GPT-2's configuration is GPT-2 small's.
        let model = try GPT2Model(random: GPT2Configuration(parsing: Array(#"{"model_type": "gpt2"}"#.utf8)), seed: 1)
        let d_vocab = UInt64(model.configuration.d_vocab)
        var generator = RandomGenerator(seed: 2), known: [String: LayerDecompositions] = [:]
        for form in Set(SelectionMode.allCases.flatMap(\.forms)) {
            for layer in 0..<model.configuration.n_layers {
                known["\(form.rawValue).\(layer)"] = try LayerDecompositions(model, layer: layer, form: form)
            }
        }
        let prompt = (0..<tokens).map { _ in Int32(generator.next() % d_vocab) }
        // Of some tokens the likeliest and the least likely: what is less likely than by chance has no seeds.
        let whole = try PromptPass(model, tokens: prompt)
        let drawn = (0..<64).map { _ in Int32(generator.next() % d_vocab) }.sorted { whole.logit($0) > whole.logit($1) }
        let answer = Answer(right: drawn[0], wrong: [drawn[63]])
        let ready = known
        let decompositions: Tracer.Decompositions = { layer, form in
            guard let found = ready["\(form.rawValue).\(layer)"] else { preconditionFailure("no \(form) of layer \(layer)") }
            return found
        }
        let pass = try best(of: runs) { _ = try PromptPass(model, tokens: prompt) }
        try Figure(what: "pass of \(tokens) tokens, part by part", seconds: pass).print()
        for mode in SelectionMode.allCases {
            // Taken apart greedily, a look ends where it is no look any more: here at half of the even attention.
            let threshold = mode == .softmax_greedy ? 0.5 / Double(tokens) : 0
            let settings = TraceSettings(mode: mode, attentionThreshold: threshold, mostNodes: nodes)
            try time("\(mode.rawValue) from three looks", prompt) { pass in
                let looks = Self.roots.map { pass.strongestLook(layer: $0.0, head: $0.1, destination: prompt.count - 1) }
                return try Tracer.trace(looks, in: pass, settings, decompositions)
            } of: {
                try PromptPass(model, tokens: prompt)
            }
            try time("\(mode.rawValue) from an answer", prompt) { pass in
                try Tracer.trace(answer, in: pass, settings, decompositions)
            } of: {
                try PromptPass(model, tokens: prompt)
            }
        }
    }

    /// Prints the time of a pass and its trace.
    private func time(
        _ what: String, _ prompt: [Int32], trace: (PromptPass) throws -> TraceGraph, of pass: () throws -> PromptPass
    ) throws {
        var size = (nodes: 0, links: 0, looks: 0)
        let seconds = try best(of: runs) {
            let graph = try trace(try pass())
            size = (graph.nodes.count, graph.links.count, graph.nodes.count { !$0.readings.isEmpty })
        }
        try Figure(
            what: "trace, \(what), \(prompt.count) tokens: \(size.looks) looks taken apart, \(size.links) links", seconds: seconds
        ).print()
    }
}
