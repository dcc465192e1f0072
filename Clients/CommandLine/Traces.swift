public import API
public import ArgumentParser
import Presentation

extension TracesExport.Format: ExpressibleByArgument {}

/// What is not said on the command line; the very defaults of the calls.
private let defaults = TraceOptions()

/// How looks are traced.
struct TracingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("score_sum (2024), relative_attention (2025) or softmax_greedy (2026).", valueName: "mode"))
    var mode = defaults.mode
    @Option(help: ArgumentHelp("The share of the score that a signal's terms have to exceed.", valueName: "share")) var phi =
        defaults
        .phi
    @Option(help: ArgumentHelp("The share of a signal that links have to exceed.", valueName: "share")) var share = defaults.share
    @Option(
        help: ArgumentHelp("The attention below which a look is not taken apart; the mode's own if absent.", valueName: "share"))
    var threshold: Double?
    @Option(help: ArgumentHelp("How many links away from where it begins.", valueName: "n")) var depth = defaults.max_depth
    @Option(help: ArgumentHelp("The most links of each side of a look.", valueName: "n")) var links = defaults.max_links
    @Option(help: ArgumentHelp("With so many nodes nothing more is taken apart.", valueName: "n")) var nodes = defaults.max_nodes
    @Flag(name: .customLong("compat2024"), help: "Count biases as the code of 2024 did.") var compat2024 = false

    /// The options as the daemon takes them.
    var options: TraceOptions {
        TraceOptions(
            mode: mode, phi: phi, share: share, attention_threshold: threshold, max_depth: depth, max_links: links,
            max_nodes: nodes, compat2024: compat2024)
    }
}

/// A look on a command line: `1.3`, `1.3@END`, `1.3@END:S2` or `1.3@-1:7`.
struct LookName: ExpressibleByArgument {
    let root: TraceRoot

    init?(argument: String) {
        let parts = argument.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let head = HeadName(argument: String(parts[0])) else { return nil }
        var root = TraceRoot(layer: head.layer, head: head.head)
        if parts.count == 2 {
            let ends = parts[1].split(separator: ":", omittingEmptySubsequences: false).map {
                TracePosition(argument: String($0))
            }
            guard ends.count <= 2, let destination = ends.first.flatMap({ $0 }) else { return nil }
            root.destination = destination
            if ends.count == 2 {
                guard let source = ends[1] else { return nil }
                root.source = source
            }
        }
        self.root = root
    }
}

extension TracePosition: ExpressibleByArgument {
    /// A number, or the name of a place.
    public init?(argument: String) {
        if argument.isEmpty { return nil }
        self = Int(argument).map { .index($0) } ?? .place(argument)
    }
}

extension HeadName: ExpressibleByArgument {
    /// A layer and a head, as in 1.3.
    public init?(argument: String) {
        let parts = argument.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let layer = Int(parts[0]), let head = Int(parts[1]), layer >= 0, head >= 0 else { return nil }
        self.init(layer: layer, head: head)
    }
}

/// Where a trace begins.
struct RootOptions: ParsableArguments {
    @Option(name: [.long, .customShort("L")], help: ArgumentHelp("The layer of the head that looks.", valueName: "layer"))
    var layer: Int?
    @Option(name: [.long, .customShort("H")], help: ArgumentHelp("The head that looks.", valueName: "head")) var head: Int?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The token that looks: a number, -1 for the last, or a place such as END.", valueName: "token"))
    var destination: TracePosition?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The token that is looked at; where the head looks most if absent.", valueName: "token"))
    var source: TracePosition?
    @Option(
        help: ArgumentHelp("A look in one word, as in 1.3@END:S2; may be given several times.", valueName: "look"))
    var look: [LookName] = []

    func validate() throws {
        guard (layer == nil) == (head == nil) else { throw ValidationError("--layer and --head go together.") }
        guard layer != nil || (destination == nil && source == nil) else {
            throw ValidationError("--destination and --source are those of --layer and --head.")
        }
    }

    /// The looks; nil for what makes the answer likely.
    var roots: [TraceRoot]? {
        var roots = look.map(\.root)
        if let layer, let head {
            roots.insert(TraceRoot(layer: layer, head: head, destination: destination ?? .index(-1), source: source), at: 0)
        }
        return roots.isEmpty ? nil : roots
    }
}

/// Why heads looked where they looked.
struct Trace: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trace a look to what makes it: heads, MLPs and embeddings that write what it reads.",
        discussion: """
            Examples: qklens trace "When John and Mary met, John gave a key to" --layer 1 --head 3
                      qklens trace "When John and Mary met, John gave a key to" --answer Mary --wrong John
                      qklens trace --task indirect_object --look 1.3@END:S2 --mode score_sum
            Without a look it begins with what makes the answer likely.
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var questions: TraceQuestion
    @OptionGroup var begin: RootOptions
    @OptionGroup var tracing: TracingOptions

    func run() throws {
        let params = TracesRun.Params(
            model: questions.model, text: questions.plainText, prepend_bos: questions.prependBOS, prompts: questions.prompts,
            task: questions.task.map(TaskOptions.name), count: questions.count, seed: questions.seed, roots: begin.roots,
            options: tracing.options)
        try global.run(TracesRun.self, params) { result, style in
            guard result.graphs.count > 1 else { return result.graphs.map { TraceReport($0).text(style) }.joined() }
            return TraceEdgeReport(result.edges, prompts: result.graphs.count).text(style)
        }
    }
}

/// What is traced, or changed, and with which model.
struct TraceQuestion: ParsableArguments {
    @Argument(help: "A text; instead of --task.") var text: String?
    @Option(help: ArgumentHelp("What should follow the text; a space goes before it.", valueName: "word")) var answer: String?
    @Option(help: ArgumentHelp("What would be wrong; may be given several times.", valueName: "word")) var wrong: [String] = []
    @Option(help: ArgumentHelp("A task, or the path of a .jsonl file.", valueName: "name")) var task: String?
    @Option(help: ArgumentHelp("How many prompts of a task.", valueName: "n")) var count = 16
    @Option(help: ArgumentHelp("What the choice of prompts follows from.", valueName: "n")) var seed = 0
    @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
    @Flag(name: .customLong("prepend-bos"), inversion: .prefixedNo, help: "Put a BOS token in front of each.") var prependBOS =
        true

    func validate() throws {
        guard (text == nil) != (task == nil) else { throw ValidationError("Give a text or --task.") }
        guard (answer == nil) == wrong.isEmpty, answer == nil || text != nil else {
            throw ValidationError("--answer and --wrong go together, with a text.")
        }
    }

    /// The text, where nothing is asked of it.
    var plainText: String? { answer == nil ? text : nil }

    /// The text with its answers.
    var prompts: [CausalPrompt]? {
        guard let text, let answer else { return nil }
        let word = { (text: String) in text.hasPrefix(" ") ? text : " " + text }
        return [CausalPrompt(text: text, answer: word(answer), wrong: wrong.map(word))]
    }
}

/// Traces of tasks, which are kept.
struct Traces: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Traces of a task's prompts: create, list, show, export, delete.",
        subcommands: [Create.self, List.self, Show.self, Export.self, Delete.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trace a task's prompts and keep the graphs.",
            discussion: "Example: qklens traces create ioi --look 1.3@END:S2 --mode score_sum")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The task, or the path of a .jsonl file.", completion: .file(extensions: ["jsonl"])) var task: String
        @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
        @Option(help: ArgumentHelp("How many prompts.", valueName: "n")) var count = 256
        @Option(help: ArgumentHelp("What the choice of prompts follows from.", valueName: "n")) var seed = 0
        @Flag(name: .customLong("prepend-bos"), inversion: .prefixedNo, help: "Put a BOS token in front of each.")
        var prependBOS = true
        @OptionGroup var begin: RootOptions
        @OptionGroup var tracing: TracingOptions
        @OptionGroup var job: JobOptions

        func run() throws {
            let session = try global.connect()
            let params = TracesCreate.Params(
                model: model, task: TaskOptions.name(task), count: count, seed: seed, prepend_bos: prependBOS, roots: begin.roots,
                options: tracing.options, dry_run: job.dryRun)
            if let ended = try session.submit(TracesCreate.self, params, job.effectiveAttendance) {
                try session.showResult(of: ended)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the traces that are kept, newest first.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @Option(help: ArgumentHelp("Only those of this model.", valueName: "name")) var model: String?

        func run() throws {
            let params = TracesList.Params(model: model, limit: paging.limit, cursor: paging.cursor)
            try global.run(TracesList.self, params) { result, style in
                var table = Table([
                    .words("trace"), .words("model"), .words("task"), .words("mode"), .numbers("prompts"), .numbers("fired"),
                    .numbers("edges"), .words("finished (UTC)"),
                ])
                for entry in result.traces {
                    table.add([
                        Table.Cell(entry.trace, .bold), Table.Cell(entry.model), Table.Cell(entry.task ?? "–"),
                        Table.Cell(entry.options.mode.rawValue), Table.Cell(entry.prompts.grouped),
                        Table.Cell(entry.fired.grouped), Table.Cell(entry.edges.grouped), Table.Cell(entry.created_ms.date),
                    ])
                }
                return table.text(style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a trace's prompts have in common, or one prompt's graph.", aliases: ["get"])
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The trace, as in t3.") var trace: String
        @Option(help: ArgumentHelp("The graph of this prompt, from 0.", valueName: "n")) var prompt: Int?
        @Option(help: ArgumentHelp("Only edges that so many prompts have.", valueName: "n")) var minPrompts = 1
        @Option(help: ArgumentHelp("How many edges at most.", valueName: "n")) var limit = 40

        func run() throws {
            let params = TracesGet.Params(trace: trace, prompt: prompt, min_prompts: minPrompts, limit: limit)
            try global.run(TracesGet.self, params) { $0.text($1) }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a trace to a file that other programs read.",
            discussion: "Example: qklens traces export t3 ./t3.dot --format dot --min-prompts 10")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The trace, as in t3.") var trace: String
        @Argument(help: "The file, which must not be there yet.", completion: .file()) var file: String
        @Option(help: "json (circuit-tracer's names), graphml or dot.") var format = TracesExport.Format.json
        @Option(help: ArgumentHelp("The graph of this prompt, from 0; what all have in common if absent.", valueName: "n"))
        var prompt: Int?
        @Option(help: ArgumentHelp("Only edges that so many prompts have.", valueName: "n")) var minPrompts = 1

        func run() throws {
            let params = TracesExport.Params(
                trace: trace, path: Terminal.absolute(file), format: format, prompt: prompt, min_prompts: minPrompts)
            try global.run(TracesExport.self, params) { result, _ in
                "\(result.nodes.grouped) nodes and \(result.links.grouped) links of \(result.trace) are in \(result.path)\n"
            }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a trace with its graphs.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The trace, as in t3.") var trace: String

        func run() throws {
            try global.run(TracesDelete.self, TracesDelete.Params(trace: trace)) { result, _ in "\(result.trace) deleted\n" }
        }
    }
}

extension TracesGet.Result {
    /// The graph, if one was asked for, else the trace as facts and its edges.
    func text(_ style: Style) -> String {
        if let graph { return TraceReport(graph).text(style) }
        return trace.sheet.text(style) + "\n" + TraceEdgeReport(edges, prompts: trace.prompts).text(style)
    }
}

extension TraceInfo {
    /// The trace as facts.
    var sheet: FactSheet {
        var sheet = FactSheet()
        sheet.add("trace", trace)
        sheet.add("of", "\(model) (\(model_fingerprint)), \(task ?? "prompts given")")
        sheet.add("mode", options.mode.rawValue)
        let looks = roots?.map { root in
            "\(root.layer).\(root.head) from \(root.destination)" + (root.source.map { " at \($0)" } ?? "")
        }
        sheet.add("begins with", looks?.joined(separator: ", ") ?? "what makes the answers likely")
        sheet.add(
            "prompts",
            "\(prompts.grouped), links in \(fired.grouped)" + (passed_over > 0 ? ", \(passed_over.grouped) passed over" : ""))
        sheet.add("graphs", "\(nodes.grouped) nodes, \(links.grouped) links, \(edges.grouped) that differ")
        sheet.add("finished", "\(created_ms.date) UTC, by \(job)")
        return sheet
    }
}
