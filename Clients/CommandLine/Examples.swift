import API
import ArgumentParser
import Presentation

/// What is not said on the command line; the very defaults of the call.
private let defaults = ExamplesCollect.Params(map: "")

/// Collected examples of maps.
struct Examples: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Examples of a map's pairs and features: collect, get.", subcommands: [Collect.self, Get.self])

    struct Collect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Walk over a text and keep where a map's pairs and features act.",
            discussion: """
                'qklens pairs examples' and 'qklens features examples' then show them at once. A later collection takes the place of \
                the earlier one.

                Example: qklens examples collect m1 --contexts 4096
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The map, as in m1.") var map: String
        @OptionGroup var corpus: CorpusOptions
        @Option(help: ArgumentHelp("Contexts from the beginning of the text.", valueName: "n")) var contexts = defaults.contexts
        @Option(help: ArgumentHelp("Places kept of each list.", valueName: "n")) var examples = defaults.examples
        @Option(help: ArgumentHelp("Only the strongest entries of the map; all if absent.", valueName: "n")) var entries: Int?
        @Option(help: ArgumentHelp("The seed of the samples.", valueName: "n")) var seed = defaults.seed
        @OptionGroup var job: JobOptions

        func run() throws {
            let session = try global.connect()
            let params = ExamplesCollect.Params(
                map: map, corpus: corpus.path, text_field: corpus.textField, contexts: contexts, examples: examples,
                entries: entries, seed: seed, dry_run: job.dryRun)
            guard let ended = try session.submit(ExamplesCollect.self, params, job.effectiveAttendance) else { return }
            if session.printsJSON { return try session.show(ended) { _ in "" } }
            try session.show(ExamplesGet.self, ExamplesGet.Params(map: map)) { $0.sheet.text($1) }
        }
    }

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Describe the examples that were collected for a map.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The map, as in m1.") var map: String

        func run() throws { try global.run(ExamplesGet.self, ExamplesGet.Params(map: map)) { $0.sheet.text($1) } }
    }
}

extension Pairs {
    struct Examples: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show where a feature pair acts.",
            discussion: """
                From the examples that 'qklens examples collect' has kept.

                Example: qklens pairs examples m1 17 301
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The map, as in m1.") var map: String
        @Argument(help: "The query feature.") var queryFeature: Int
        @Argument(help: "The key feature.") var keyFeature: Int
        @Option(
            name: [.long, .customShort("H")],
            help: ArgumentHelp("The head; the one with the greatest effects if absent.", valueName: "head"))
        var head: Int?
        @Option(help: ArgumentHelp("How many examples of each list.", valueName: "n")) var limit = 5
        @Option(help: ArgumentHelp("How many tokens either side.", valueName: "n")) var window = 6

        func run() throws {
            let params = PairsExamples.Params(
                map: map, query_feature: queryFeature, key_feature: keyFeature, head: head, limit: limit, window: window)
            try global.run(PairsExamples.self, params) { PairExamplesReport($0).text($1) }
        }
    }
}

extension ExamplesInfo {
    /// The collection as facts.
    var sheet: FactSheet {
        var sheet = FactSheet()
        sheet.add("examples of", "\(map) (\(dictionary) of \(model), layer \(layer)), by \(job)")
        sheet.add("finished", "\(created_ms.date) UTC")
        sheet.add("from", origin)
        sheet.add("pairs", "\(active_pairs.grouped) of \(followed_pairs.grouped) were active")
        sheet.add("features", "\(live_query.grouped) query and \(live_key.grouped) key features were active")
        sheet.add("kept", "\(examples) places of each list, samples by seed \(seed)")
        return sheet
    }
}
