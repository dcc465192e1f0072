public import API
public import ArgumentParser
import Presentation

extension HeadInput: ExpressibleByArgument {}
extension ComponentOrder: ExpressibleByArgument {}
extension RetrievalVariant: ExpressibleByArgument {}
extension HeadColumn: ExpressibleByArgument {}

/// What is known of single heads and of pairs of them.
struct Heads: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Heads: table, metrics, composition, components, overlap, retrieval.",
        subcommands: [
            FactTable.self, Metrics.self, Composition.self, Components.self, Overlap.self, Retrieval.self,
        ])

    /// Which model, and which input of the later head.
    struct PairOptions: ParsableArguments {
        @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
        @Option(help: "Which input of the later head: q, k or v.") var kind = HeadInput.q
    }

    /// Which layers write and which read.
    struct LayerOptions: ParsableArguments {
        @Option(help: ArgumentHelp("Layers that write; all if absent.", valueName: "list")) var from: IntegerList?
        @Option(help: ArgumentHelp("Layers that read; all if absent.", valueName: "list")) var to: IntegerList?
    }

    struct FactTable: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "table", abstract: "Show everything that is known of every head, side by side.",
            discussion: "Example: qklens heads table --sort induction")
        @OptionGroup var global: GlobalOptions
        @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
        @OptionGroup var corpus: CorpusOptions
        @Option(help: "The figure that sorts the heads, the greatest first.") var sort: HeadColumn?
        @Option(help: ArgumentHelp("Contexts of repeated random tokens.", valueName: "n")) var contexts = 16
        @Option(help: ArgumentHelp("What everything drawn follows from.", valueName: "n")) var seed = 0

        func run() throws {
            let params = HeadsTable.Params(
                model: model, corpus: corpus.path, text_field: corpus.textField, sort: sort, contexts: contexts, seed: seed)
            try global.run(HeadsTable.self, params) { HeadTableReport($0).text($1) }
        }
    }

    struct Metrics: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure every head's pattern on repeated random tokens, a corpus or a task.",
            discussion: """
                Examples: qklens heads metrics
                          qklens heads metrics --task ioi --model gpt2
                """)
        @OptionGroup var global: GlobalOptions
        @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
        @OptionGroup var corpus: CorpusOptions
        @Option(help: ArgumentHelp("A task instead of a text: its name, or the path of a .jsonl file.", valueName: "task"))
        var task: String?
        @Option(help: ArgumentHelp("Contexts or prompts at most.", valueName: "n")) var contexts = 32
        @Option(help: ArgumentHelp("Tokens in a context.", valueName: "n")) var contextLength: Int?
        @Option(help: ArgumentHelp("What everything drawn follows from.", valueName: "n")) var seed = 0
        @Flag(name: .customLong("prepend-bos"), inversion: .prefixedNo, help: "Put a BOS token in front of each context.")
        var prependBOS = true
        @Option(help: ArgumentHelp("The attention to position 0 from which a head has a sink.", valueName: "x"))
        var sinkThreshold = 0.3

        func run() throws {
            let params = HeadsMetrics.Params(
                model: model, corpus: corpus.path, text_field: corpus.textField, task: task.map(TaskOptions.name),
                contexts: contexts, context_length: contextLength, seed: seed, prepend_bos: prependBOS,
                sink_threshold: sinkThreshold)
            try global.run(HeadsMetrics.self, params) { HeadMetricsReport($0).text($1) }
        }
    }

    struct Composition: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List which heads read what which earlier heads write, by Elhage's scores.",
            discussion: "Example: qklens heads composition --kind k --to 2")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @OptionGroup var pair: PairOptions
        @OptionGroup var layers: LayerOptions

        func run() throws {
            let params = HeadsComposition.Params(
                model: pair.model, kind: pair.kind, from_layers: layers.from?.values, to_layers: layers.to?.values,
                limit: paging.limit, cursor: paging.cursor)
            try global.run(HeadsComposition.self, params) { result, style in
                CompositionReport(result).text(style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    struct Components: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List which single components of heads are read by later heads, beside random directions.",
            discussion: "Example: qklens heads components --kind k --to 2.2")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @OptionGroup var pair: PairOptions
        @Option(help: ArgumentHelp("The layer or the head that writes, as in 1 or 1.0; all if absent.", valueName: "head"))
        var from: HeadArgument?
        @Option(help: ArgumentHelp("The layer or the head that reads.", valueName: "head")) var to: HeadArgument?
        @Option(help: "What ranks them: z, against random directions, or score.") var order = ComponentOrder.z
        @Option(help: ArgumentHelp("Components of the reader that are named.", valueName: "n")) var reads = 3
        @Option(help: ArgumentHelp("Random directions for the baseline.", valueName: "n")) var randomDirections = 256
        @Option(help: ArgumentHelp("What they follow from.", valueName: "n")) var seed = 0

        func run() throws {
            let params = HeadsComponents.Params(
                model: pair.model, kind: pair.kind, from_layer: from?.layer, from_head: from?.head, to_layer: to?.layer,
                to_head: to?.head, order: order, reads: reads, random_directions: randomDirections, seed: seed,
                limit: paging.limit, cursor: paging.cursor)
            try global.run(HeadsComponents.self, params) { result, style in
                CompositionReport.components(result, style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    struct Overlap: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List which heads write into the spaces that later heads read from.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @OptionGroup var pair: PairOptions
        @OptionGroup var layers: LayerOptions
        @Option(help: ArgumentHelp("Random spaces for the reference.", valueName: "n")) var randomSpaces = 16
        @Option(help: ArgumentHelp("What they follow from.", valueName: "n")) var seed = 0

        func run() throws {
            let params = HeadsOverlap.Params(
                model: pair.model, kind: pair.kind, from_layers: layers.from?.values, to_layers: layers.to?.values,
                random_spaces: randomSpaces, seed: seed, limit: paging.limit, cursor: paging.cursor)
            try global.run(HeadsOverlap.self, params) { result, style in
                CompositionReport.overlap(result, style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    struct Retrieval: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find the heads that copy a sentence out of a long text into the answer.",
            discussion: """
                Examples: qklens heads retrieval
                          qklens heads retrieval --model gpt2 --corpus essays.txt --depths 0,0.25,0.5,0.75,1
                """)
        @OptionGroup var global: GlobalOptions
        @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
        @OptionGroup var corpus: CorpusOptions
        @Option(help: ArgumentHelp("What is hidden.", valueName: "text")) var needle: String?
        @Option(help: ArgumentHelp("What stands at the end of the prompt.", valueName: "text")) var question: String?
        @Option(help: ArgumentHelp("What should follow; the needle if absent.", valueName: "text")) var answer: String?
        @Option(help: ArgumentHelp("Tokens of the prompts.", valueName: "list")) var lengths: IntegerList?
        @Option(help: ArgumentHelp("Where the needle stands, from 0 to 1, with commas between.", valueName: "list"))
        var depths = NumberList([0, 0.5, 1])
        @Option(help: "Who answers: the model (generated), the right answer is fed (teacher_forced), or both.")
        var variant = RetrievalVariant.both
        @Option(help: ArgumentHelp("Tokens that the model may generate.", valueName: "n")) var answerTokens = 50
        @Flag(name: .customLong("prepend-bos"), inversion: .prefixedNo, help: "Put a BOS token in front of each prompt.")
        var prependBOS = true
        @Flag(help: "Show every head, not only those that copy.") var all = false

        func run() throws {
            let params = HeadsRetrieval.Params(
                model: model, corpus: corpus.path, text_field: corpus.textField, needle: needle, question: question,
                answer: answer, lengths: lengths?.values, depths: depths.values, variant: variant, answer_tokens: answerTokens,
                prepend_bos: prependBOS)
            try global.run(HeadsRetrieval.self, params) { RetrievalReport($0, showsAll: all).text($1) }
        }
    }
}

/// A layer, or a head of it, as people write them: `9` or `9.6`.
struct HeadArgument: ExpressibleByArgument {
    let layer: Int
    let head: Int?

    init?(argument: String) {
        let parts = argument.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard let layer = parts.first ?? nil, parts.count <= 2, parts.allSatisfy({ $0 ?? -1 >= 0 }) else { return nil }
        (self.layer, head) = (layer, parts.count == 2 ? parts[1] : nil)
    }
}

/// Numbers with commas between.
struct NumberList: ExpressibleByArgument {
    let values: [Double]

    /// Known numbers.
    init(_ values: [Double]) { self.values = values }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        if parts.contains(where: { $0 == nil }) { return nil }
        values = parts.compactMap { $0 }
    }

    var defaultValueDescription: String {
        values.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }.joined(separator: ",")
    }
}
