public import API
public import ArgumentParser
import Presentation

/// What is not said on the command line; the very defaults of the call.
private let defaults = MapsTrain.Params(dictionary: "")

/// Trained maps.
struct Maps: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Maps: list, get, report, train, delete.",
        subcommands: [List.self, Get.self, Report.self, Train.self, Delete.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the maps, newest first.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @Option(help: ArgumentHelp("Only those of this dictionary.", valueName: "name")) var dictionary: String?

        func run() throws {
            let params = MapsList.Params(dictionary: dictionary, limit: paging.limit, cursor: paging.cursor)
            try global.run(MapsList.self, params) { result, style in
                var table = Table([
                    .words("map"), .words("dictionary"), .words("model"), .numbers("layer"), .numbers("entries kept"),
                    .numbers("of support"),
                    .numbers("pairs kept"), .words("finished (UTC)"),
                ])
                for entry in result.maps {
                    table.add([
                        Table.Cell(entry.map, .bold), Table.Cell(entry.dictionary), Table.Cell(entry.model),
                        Table.Cell("\(entry.layer)"),
                        Table.Cell(entry.surviving_entries.grouped), Table.Cell(entry.sparsity.of_support.percent(2)),
                        Table.Cell(entry.surviving_pairs.grouped), Table.Cell(entry.created_ms.date),
                    ])
                }
                return table.text(style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Describe a map.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The map, as in m1.") var map: String

        func run() throws { try global.run(MapsGet.self, MapsGet.Params(map: map)) { $0.sheet.text($1) } }
    }

    struct Train: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Train the mask over a dictionary's feature pairs.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The dictionary, as in d1.") var dictionary: String
        @OptionGroup var corpus: CorpusOptions
        @Option(help: ArgumentHelp("How many steps, of each trial if the weight is searched.", valueName: "n"))
        var steps = defaults.steps
        @Option(help: ArgumentHelp("Contexts per step.", valueName: "n")) var batchSequences = defaults.batch_sequences
        @Option(help: ArgumentHelp("Adam's step size.", valueName: "x")) var learningRate = defaults.learning_rate
        @Option(help: ArgumentHelp("The penalty's weight per entry; searched if absent.", valueName: "x")) var sparsity: Double?
        @Option(help: ArgumentHelp("What the search may add to the pattern's KL, as a share of the whole map's.", valueName: "x"))
        var budget = defaults.budget
        @Option(help: ArgumentHelp("Weights the search may try.", valueName: "n")) var trials = defaults.trials
        @Option(help: "What is done to the surviving entries in the end: none, ones or refit.") var polish = defaults.polish
        @Option(help: ArgumentHelp("Steps of a refit.", valueName: "n")) var polishSteps = defaults.polish_steps
        @Option(help: ArgumentHelp("The seed of all randomness.", valueName: "n")) var seed = defaults.seed
        @Option(help: ArgumentHelp("Contexts from which active entries are collected; all if absent.", valueName: "n"))
        var supportContexts: Int?
        @Option(help: ArgumentHelp("Contexts kept apart for the evaluation.", valueName: "n")) var heldOutContexts = defaults
            .held_out_contexts
        @OptionGroup var job: JobOptions

        func run() throws {
            let session = try global.connect()
            let params = MapsTrain.Params(
                dictionary: dictionary, corpus: corpus.path, text_field: corpus.textField, steps: steps,
                batch_sequences: batchSequences,
                learning_rate: learningRate,
                sparsity: sparsity, budget: budget, trials: trials, polish: polish, polish_steps: polishSteps, seed: seed,
                support_contexts: supportContexts, held_out_contexts: heldOutContexts,
                dry_run: job.dryRun)
            if let ended = try session.submit(MapsTrain.self, params, job.effectiveAttendance) {
                try session.showResult(of: ended)
            }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a map.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The map, as in m1.") var map: String

        func run() throws {
            try global.run(MapsDelete.self, MapsDelete.Params(map: map)) { result, _ in "\(result.map) deleted\n" }
        }
    }
}

extension MapPolish: ExpressibleByArgument {}

extension MapInfo {
    /// The map as facts.
    var sheet: FactSheet {
        var sheet = FactSheet()
        sheet.add("map", map)
        sheet.add("for", "\(dictionary) (\(model), layer \(layer)), by \(job)")
        sheet.add("finished", "\(created_ms.date) UTC")
        sheet.add(
            "entries kept", "\(surviving_entries.grouped) of \(support_entries.grouped) that were ever active (pair × head)")
        sheet.add(
            "",
            "\(sparsity.of_support.percent(2)) of those, \(sparsity.of_live.percent(2)) of live, \(sparsity.of_all.percent(3)) of all"
        )
        sheet.add("pairs kept", surviving_pairs.grouped)
        sheet.add("by head", entries_by_head.enumerated().map { "\(layer).\($0) \($1.grouped)" }.joined(separator: ", "))
        sheet.add("bias entries", beta_entries.grouped)
        if let search { sheet.add("mask's weight", search.summary) }
        sheet.add(figures: evaluation)
        return sheet
    }
}

extension MapSearch {
    /// The weight, where it comes from, and what it costs.
    fileprivate var summary: String {
        let origin = trials.map {
            lambda > 0
                ? ", the greatest of \($0.count) tried within the budget" : ", none of \($0.count) tried was within the budget"
        }
        let rise = KL_map > 0 ? " (\((KL_masked / KL_map - 1).percent(1)) more than the whole map's)" : ""
        let polished = KL_polished.map { ", polished \($0.scientific)" } ?? ""
        return "\(lambda.scientific)\(origin ?? ""); KL of the pattern \(KL_masked.scientific)\(rise)\(polished)"
    }
}
