import API
import ArgumentParser
import JSON
import Presentation

/// What the model computes inside.
struct Activations: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Activations: capture.", subcommands: [Capture.self])

    struct Capture: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Capture activations by name.",
            discussion: "The table shows their shapes; --json prints the numbers, --out writes them.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var prompt: PromptOptions
        @Option(
            name: [.customLong("name"), .customShort("n")],
            help: ArgumentHelp("An activation, as in blocks.0.attn.hook_pattern; may be repeated.", valueName: "name"))
        var names: [String]
        @OptionGroup var output: OutputOption

        func run() throws {
            let params = ActivationsCapture.Params(
                model: prompt.model, text: prompt.readText(), tokens: prompt.tokens, prepend_bos: prompt.prependBOS, names: names,
                tensors: output.delivery.tensors, format: output.delivery.format)
            if let out = output.out {
                return try global.connect().save(ActivationsCapture.self, params, to: out) { $0.tensors }
            }
            try global.run(ActivationsCapture.self, params) { result, style in
                var table = Table([.words("activation"), .words("shape"), .words("begins with")])
                for activation in result.activations {
                    let shape = zip(activation.axes, activation.shape).map { "\($0) \($1)" }.joined(separator: " × ")
                    let first = (activation.values ?? []).leaves(3).map { $0.fixed(4) }.joined(separator: " ")
                    table.add([Table.Cell(activation.name, .bold), Table.Cell(shape), Table.Cell(first + " …", .dim)])
                }
                return table.text(style)
            }
        }
    }
}

extension JSON {
    /// The first numbers of nested lists, at most so many.
    fileprivate func leaves(_ count: Int) -> [Double] {
        guard let elements = array else { return [number ?? .nan] }
        var leaves: [Double] = []
        for element in elements where leaves.count < count { leaves += element.leaves(count - leaves.count) }
        return leaves
    }
}
