import API
import ArgumentParser
import Presentation

/// What is not said on the command line; the very defaults of the call.
private let defaults = StudiesRun.Params(kind: .families)

/// Studies of attention-output features, which are kept.
struct Studies: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Studies of attention-output features: families, heads, answers, prefixes, list, show, delete.",
        subcommands: [Families.self, Heads.self, Answers.self, Prefixes.self, List.self, Show.self, Delete.self])

    struct Families: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Which features are local, long-range or induction features, by their sources.",
            discussion: "Example: qklens studies families s1 s2")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "Autoencoders of z, as in s1 s2.") var saes: [String]
        @OptionGroup var text: StudyTextOptions
        @Option(help: ArgumentHelp("How far back a source is local, in tokens.", valueName: "n")) var localDistance = defaults
            .local_distance
        @Option(help: ArgumentHelp("How many features of each autoencoder are told.", valueName: "n")) var limit = 100
        @OptionGroup var job: JobOptions

        func run() throws {
            try Studies.submit(
                StudiesRun.Params(
                    kind: .families, saes: saes, corpus: text.corpus.path, text_field: text.corpus.textField,
                    contexts: text.contexts, local_distance: localDistance, limit: limit, dry_run: job.dryRun), global, job)
        }
    }

    struct Heads: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether the features that each head writes do one thing or several.",
            discussion: "Example: qklens studies heads s1 s2 s3")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "Autoencoders of z, as in s1 s2.") var saes: [String]
        @OptionGroup var text: StudyTextOptions
        @Option(help: ArgumentHelp("Of how many features of each head.", valueName: "n")) var top = defaults.top_features
        @Option(help: ArgumentHelp("How alike two features of a group are at least, 0 to 1.", valueName: "x")) var likeness =
            defaults.likeness
        @OptionGroup var job: JobOptions

        func run() throws {
            try Studies.submit(
                StudiesRun.Params(
                    kind: .polysemanticity, saes: saes, corpus: text.corpus.path, text_field: text.corpus.textField,
                    contexts: text.contexts, top_features: top, likeness: likeness, dry_run: job.dryRun), global, job)
        }
    }

    struct Answers: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What features do for a task's answer, and which of its tokens they point to.",
            discussion: "Example: qklens studies answers s1 s2 --task indirect_object")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "Autoencoders of z, as in s1 s2.") var saes: [String]
        @Option(help: ArgumentHelp("The task, or the path of a .jsonl file.", valueName: "name")) var task: String
        @Option(help: ArgumentHelp("How many prompts.", valueName: "n")) var count = defaults.count
        @Option(help: ArgumentHelp("What the choice of prompts follows from.", valueName: "n")) var seed = defaults.seed
        @Flag(name: .customLong("prepend-bos"), inversion: .prefixedNo, help: "Put a BOS token in front of each.")
        var prependBOS = defaults.prepend_bos
        @Option(
            name: [.customLong("place")], parsing: .upToNextOption,
            help: ArgumentHelp("At which places of the prompts, as in S2 END.", valueName: "places"))
        var places: [String] = defaults.places
        @Option(help: ArgumentHelp("How many features at each place.", valueName: "n")) var limit = 10
        @Option(help: ArgumentHelp("The words that are changed in the prompts.", valueName: "text")) var replace = defaults
            .replace
        @Option(name: .customLong("by"), help: ArgumentHelp("What they are changed to.", valueName: "text")) var replacement =
            defaults.replacement
        @OptionGroup var job: JobOptions

        func run() throws {
            try Studies.submit(
                StudiesRun.Params(
                    kind: .answers, saes: saes, limit: limit, task: TaskOptions.name(task), count: count, seed: seed,
                    prepend_bos: prependBOS, places: places, replace: replace, replacement: replacement, dry_run: job.dryRun),
                global, job)
        }
    }

    struct Prefixes: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How long a repeated prefix heads need before they look where it was followed.",
            discussion: "Example: qklens studies prefixes --samples 400")
        @OptionGroup var global: GlobalOptions
        @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
        @Option(help: ArgumentHelp("How many texts for each length.", valueName: "n")) var samples = defaults.samples
        @Option(help: ArgumentHelp("Tokens of a text, BOS included.", valueName: "n")) var length: Int?
        @Option(help: ArgumentHelp("The longest prefix.", valueName: "n")) var longest = defaults.longest
        @Option(help: ArgumentHelp("What the texts follow from.", valueName: "n")) var seed = defaults.seed
        @OptionGroup var job: JobOptions

        func run() throws {
            try Studies.submit(
                StudiesRun.Params(
                    kind: .prefixes, model: model, seed: seed, samples: samples, length: length, longest: longest,
                    dry_run: job.dryRun), global, job)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the studies, newest first.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @Option(help: ArgumentHelp("Only those of this model.", valueName: "name")) var model: String?

        func run() throws {
            let params = StudiesList.Params(model: model, limit: paging.limit, cursor: paging.cursor)
            try global.run(StudiesList.self, params) { result, style in
                var table = Table([
                    .words("study"), .words("kind"), .words("model"), .words("autoencoders"), .words("finished (UTC)"),
                ])
                for entry in result.studies {
                    table.add([
                        Table.Cell(entry.study, .bold), Table.Cell(entry.kind.rawValue), Table.Cell(entry.model),
                        Table.Cell(entry.saes.isEmpty ? "–" : entry.saes.joined(separator: " ")),
                        Table.Cell(entry.created_ms.date),
                    ])
                }
                return table.text(style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what a study has found.", aliases: ["get"])
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The study, as in y3.") var study: String

        func run() throws {
            try global.run(StudiesGet.self, StudiesGet.Params(study: study)) { StudyReport($0).text($1) }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a study.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The study, as in y3.") var study: String

        func run() throws {
            try global.run(StudiesDelete.self, StudiesDelete.Params(study: study)) { result, _ in "\(result.study) deleted\n" }
        }
    }

    /// Starts a study and attends it as asked.
    fileprivate static func submit(_ params: StudiesRun.Params, _ global: GlobalOptions, _ job: JobOptions) throws {
        let session = try global.connect()
        if let ended = try session.submit(StudiesRun.self, params, job.effectiveAttendance) {
            try session.showResult(of: ended)
        }
    }
}

/// The text of a study.
struct StudyTextOptions: ParsableArguments {
    @OptionGroup var corpus: CorpusOptions
    @Option(help: ArgumentHelp("Contexts from the beginning of the text.", valueName: "n")) var contexts = 32
}
