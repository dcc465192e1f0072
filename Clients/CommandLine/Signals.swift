public import API
public import ArgumentParser
import Presentation

/// What heads read, as singular vectors of their QK maps.
struct Signals: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Signals: decompose, look, statistics, agreement.",
        subcommands: [Decompose.self, Look.self, Statistics.self, Agreement.self])

    struct Decompose: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the singular values of heads' QK maps.",
            discussion: """
                Examples: qklens signals decompose --layers 1
                          qklens signals decompose --layers 1 --heads 2 --form augmented --out vectors.safetensors
                """)
        @OptionGroup var global: GlobalOptions
        @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
        @OptionGroup var choice: HeadChoice
        @Option(help: ArgumentHelp("Which map: plain, augmented, omega_d or omega_s.", valueName: "form")) var form = SignalForm
            .plain
        @Flag(help: "Return the singular vectors too (with --json).") var vectors = false
        @OptionGroup var output: OutputOption

        func run() throws {
            let params = SignalsDecompose.Params(
                model: model, layers: choice.layers?.values, heads: choice.heads?.values, form: form, include_vectors: vectors,
                tensors: output.delivery.tensors, format: output.delivery.format)
            if let out = output.out { return try global.connect().save(SignalsDecompose.self, params, to: out) { $0.tensors } }
            try global.run(SignalsDecompose.self, params) { SpectrumReport($0).text($1) }
        }
    }

    struct Look: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say which singular vectors make a head look where it looks.",
            discussion: """
                Example: qklens signals look "When John and Mary went to the store, John gave a drink to" --layer 2 --head 2
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var prompt: PromptOptions
        @Option(name: [.long, .customShort("L")], help: ArgumentHelp("The layer, from 0.", valueName: "layer")) var layer: Int
        @Option(name: [.long, .customShort("H")], help: ArgumentHelp("The head, from 0.", valueName: "head")) var head: Int
        @OptionGroup var ends: LookOptions
        @OptionGroup var selection: SelectionOptions
        @Flag(help: "List the terms that are not kept too.") var all = false
        @OptionGroup var output: OutputOption

        func run() throws {
            let params = SignalsLook.Params(
                model: prompt.model, text: prompt.readText(), tokens: prompt.tokens, prepend_bos: prompt.prependBOS, layer: layer,
                head: head, destination: ends.destination, source: ends.source, mode: selection.mode, phi: selection.phi,
                all_terms: all, tensors: output.delivery.tensors, format: output.delivery.format)
            if let out = output.out { return try global.connect().save(SignalsLook.self, params, to: out) { $0.tensors } }
            try global.run(SignalsLook.self, params) { SignalReport($0).text($1, width: Terminal.columns) }
        }
    }

    struct Statistics: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count of how many singular vectors heads' looks are made.",
            discussion: """
                Examples: qklens signals statistics --layers 2
                          qklens signals statistics --task ioi --model gpt2 --mode relative_attention
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var options: TaskOptions
        @OptionGroup var choice: HeadChoice
        @OptionGroup var selection: SelectionOptions
        @Option(help: ArgumentHelp("A task, or the path of a .jsonl file of prompts.", valueName: "task")) var task: String?
        @OptionGroup var corpus: CorpusOptions
        @Option(help: ArgumentHelp("How many contexts of a text.", valueName: "n")) var contexts = 16
        @Option(help: ArgumentHelp("How many tokens a context has.", valueName: "n")) var context = 64

        func validate() throws {
            if task != nil, corpus.path != nil { throw ValidationError("Give --task or --corpus, not both.") }
        }

        func run() throws {
            let params = SignalsStatistics.Params(
                model: options.model, layers: choice.layers?.values, heads: choice.heads?.values, mode: selection.mode,
                phi: selection.phi, task: task.map(TaskOptions.name), count: options.count, seed: options.seed,
                prepend_bos: options.prependBOS, corpus: corpus.path, text_field: corpus.textField, contexts: contexts,
                context: context)
            try global.run(SignalsStatistics.self, params) { SetSizeReport($0).text($1) }
        }
    }

    struct Agreement: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare what looks read with what a map's features say of them.",
            discussion: """
                Examples: qklens signals agreement "When John and Mary went to the store, John gave a drink to" --map m1
                          qklens signals agreement --map m1 --task indirect_object
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "A prompt, instead of --task or --corpus.") var text: String?
        @OptionGroup var options: TaskOptions
        @Option(help: ArgumentHelp("The map.", valueName: "name")) var map: String
        @Option(
            name: [.long, .customLong("head"), .customShort("H")],
            help: ArgumentHelp("The heads; all if absent.", valueName: "list"))
        var heads: IntegerList?
        @OptionGroup var ends: LookOptions
        @OptionGroup var selection: SelectionOptions
        @Option(help: ArgumentHelp("A task, or the path of a .jsonl file of prompts.", valueName: "task")) var task: String?
        @OptionGroup var corpus: CorpusOptions
        @Option(help: ArgumentHelp("How many contexts of a text.", valueName: "n")) var contexts = 16

        func validate() throws {
            guard [text != nil, task != nil, corpus.path != nil].count(where: { $0 }) == 1 else {
                throw ValidationError("Give one of a prompt, --task and --corpus.")
            }
        }

        func run() throws {
            let params = SignalsAgreement.Params(
                model: options.model, text: text, prepend_bos: options.prependBOS, map: map, heads: heads?.values,
                destination: ends.destination, source: ends.source, mode: selection.mode, phi: selection.phi,
                task: task.map(TaskOptions.name), count: options.count, seed: options.seed,
                corpus: corpus.path, text_field: corpus.textField, contexts: contexts)
            try global.run(SignalsAgreement.self, params) { AgreementReport($0).text($1) }
        }
    }
}

/// Which heads of which layers.
struct HeadChoice: ParsableArguments {
    @Option(
        name: [.long, .customLong("layer"), .customShort("L")],
        help: ArgumentHelp("The layers; all if absent.", valueName: "list"))
    var layers: IntegerList?
    @Option(
        name: [.long, .customLong("head"), .customShort("H")], help: ArgumentHelp("The heads; all if absent.", valueName: "list"))
    var heads: IntegerList?
}

/// The ends of a look.
struct LookOptions: ParsableArguments {
    @Option(
        name: [.customLong("dest"), .customLong("destination")], parsing: .unconditional,
        help: ArgumentHelp("The position that looks; -1 is the last.", valueName: "position"))
    var destination = -1
    @Option(
        name: [.customLong("src"), .customLong("source")], parsing: .unconditional,
        help: ArgumentHelp("The position that is looked at; the strongest if absent.", valueName: "position"))
    var source: Int?
}

/// How the terms that make a look are told from the others.
struct SelectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How terms are selected: score_sum, relative_attention or softmax_greedy.", valueName: "mode"))
    var mode = SignalMode.score_sum
    @Option(help: ArgumentHelp("The share of the total that the kept terms have to exceed.", valueName: "share")) var phi = 1.0
}

extension SignalMode: ExpressibleByArgument {}
extension SignalForm: ExpressibleByArgument {}
