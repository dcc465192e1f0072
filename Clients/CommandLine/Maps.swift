public import API
public import ArgumentParser
import Presentation

/// What is not said on the command line; the very defaults of the call.
private let defaults = MapsTrain.Params(dictionary: "")

extension MapsExport.Format: ExpressibleByArgument {}

/// Trained maps.
struct Maps: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Maps: list, get, heads, report, train, export, import, delete.",
        subcommands: [
            List.self, Get.self, Heads.self, Report.self, Train.self, Export.self, Import.self, Delete.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the maps, newest first.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @Option(help: ArgumentHelp("Only those of this dictionary.", valueName: "name")) var dictionary: String?
        @Option(help: ArgumentHelp("Only those of this model.", valueName: "name")) var model: String?
        @Option(name: [.long, .customShort("L")], help: ArgumentHelp("Only those of this layer.", valueName: "layer")) var layer:
            Int?

        func run() throws {
            let params = MapsList.Params(
                dictionary: dictionary, model: model, layer: layer, limit: paging.limit, cursor: paging.cursor)
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

    struct Heads: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Sum up what each head of a map uses.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The map, as in m1.") var map: String

        func run() throws {
            try global.run(MapsHeads.self, MapsHeads.Params(map: map)) { result, style in
                var table = Table([
                    .words("head"), .numbers("pairs"), .numbers("shared"), .numbers("query"), .numbers("key features"),
                    .numbers("share"), .numbers("effective pairs"), .words("strongest pair"),
                ])
                for head in result.heads {
                    let top = head.top.map {
                        "q\($0.query_feature) → k\($0.key_feature) (\($0.expected_contribution.fixed(4)))"
                    }
                    table.add([
                        Table.Cell("\(result.layer).\(head.head)", .bold), Table.Cell(head.pairs.grouped),
                        Table.Cell(head.shared_pairs.grouped), Table.Cell(head.query_features.grouped),
                        Table.Cell(head.key_features.grouped), Table.Cell(head.share.percent()),
                        Table.Cell(head.effective_pairs.fixed(1)), Table.Cell(top ?? "–"),
                    ])
                }
                return table.text(style)
            }
        }
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

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a map to a folder as a list of coordinates.",
            discussion: "Example: qklens maps export m1 ./m1 --format npy")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The map, as in m1.") var map: String
        @Argument(help: "The folder, which must not be there yet.", completion: .directory) var folder: String
        @Option(help: "One safetensors file, or a .npy file for each array.") var format = MapsExport.Format.safetensors

        func run() throws {
            let params = MapsExport.Params(map: map, path: Terminal.absolute(folder), format: format)
            try global.run(MapsExport.self, params) { result, _ in
                "\(result.entries.grouped) entries of \(result.map) are in \(result.path)\n"
            }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a map from a folder that 'maps export' has written.",
            discussion: "The map belongs to one dictionary, which must be here: 'qklens dictionaries import' brings it.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The folder, with map.json in it.", completion: .directory) var folder: String
        @Argument(help: "The dictionary that it is a map of, as in d1.") var dictionary: String

        func run() throws {
            let params = MapsImport.Params(path: Terminal.absolute(folder), dictionary: dictionary)
            try global.run(MapsImport.self, params) { $0.sheet.text($1) }
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
        sheet.add("for", "\(dictionary) (\(model), layer \(layer)), by \(job ?? "others")")
        if let imported_from { sheet.add("imported from", imported_from) }
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
        let change = KL_map > 0 ? KL_masked / KL_map - 1 : 0
        let rise = change == 0 ? "" : " (\(change.magnitude.percent(1)) \(change > 0 ? "more" : "less") than the whole map's)"
        let polished = KL_polished.map { ", polished \($0.scientific)" } ?? ""
        return "\(lambda.scientific)\(origin ?? ""); KL of the pattern \(KL_masked.scientific)\(rise)\(polished)"
    }
}
