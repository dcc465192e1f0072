import API
import ArgumentParser
import JSON
import Presentation

/// Trained dictionaries.
struct Dictionaries: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Dictionaries: list, get, train, evaluate, compare, export, import, delete.",
        subcommands: [
            List.self, Get.self, Train.self, Evaluate.self, Compare.self, Export.self, Import.self, Delete.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the dictionaries, newest first.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @Option(help: ArgumentHelp("Only those of this model.", valueName: "name")) var model: String?
        @Option(name: [.long, .customShort("L")], help: ArgumentHelp("Only those of this layer.", valueName: "layer")) var layer:
            Int?

        func run() throws {
            let params = DictionariesList.Params(model: model, layer: layer, limit: paging.limit, cursor: paging.cursor)
            try global.run(DictionariesList.self, params) { result, style in
                var table = Table([
                    .words("dictionary"), .words("model"), .numbers("layer"), .numbers("d_sae query"), .numbers("key"),
                    .numbers("tokens"),
                    .numbers("L0 query"), .numbers("key"), .words("finished (UTC)"),
                ])
                for entry in result.dictionaries {
                    table.add([
                        Table.Cell(entry.dictionary, .bold), Table.Cell(entry.model), Table.Cell("\(entry.layer)"),
                        Table.Cell("\(entry.d_sae_query)"),
                        Table.Cell("\(entry.d_sae_key)"), Table.Cell(entry.tokens.grouped),
                        Table.Cell(entry.evaluation["L0_query"]?.number?.fixed(1) ?? "–"),
                        Table.Cell(entry.evaluation["L0_key"]?.number?.fixed(1) ?? "–"), Table.Cell(entry.created_ms.date),
                    ])
                }
                return table.text(style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Describe a dictionary.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The dictionary, as in d1.") var dictionary: String

        func run() throws {
            let session = try global.connect(), params = DictionariesGet.Params(dictionary: dictionary)
            // A person sees the way there too; not from a daemon that does not tell it.
            let history =
                global.json
                ? nil : try? session.call(DictionariesHistory.self, DictionariesHistory.Params(dictionary: dictionary))
            let curves = history.map { TrainingCurves($0.metrics) }
            try session.show(DictionariesGet.self, params) { info, style in
                let curves = curves?.text(style, width: Terminal.columns) ?? ""
                return info.sheet.text(style) + (curves.isEmpty ? "" : "\n" + curves)
            }
        }
    }

    struct Train: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Train a dictionary for one layer.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var training: DictionaryTrainingOptions
        @OptionGroup var job: JobOptions

        func run() throws {
            let session = try global.connect()
            let params = training.params(dryRun: job.dryRun)
            if let ended = try session.submit(DictionariesTrain.self, params, job.effectiveAttendance) {
                try session.showResult(of: ended)
            }
        }
    }

    struct Evaluate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure anew what a dictionary reaches, on its own text or another.",
            discussion: "The figures take the place of those that the dictionary had.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The dictionary, as in d1.") var dictionary: String
        @Option(help: ArgumentHelp("A map over it, as in m1, evaluated too.", valueName: "map")) var map: String?
        @OptionGroup var corpus: CorpusOptions
        @Option(help: ArgumentHelp("Contexts from the beginning of the text.", valueName: "n")) var contexts = 64
        @OptionGroup var job: JobOptions

        func run() throws {
            let session = try global.connect()
            let params = DictionariesEvaluate.Params(
                dictionary: dictionary, map: map, corpus: corpus.path, text_field: corpus.textField, contexts: contexts,
                dry_run: job.dryRun)
            if let ended = try session.submit(DictionariesEvaluate.self, params, job.effectiveAttendance) {
                try session.showResult(of: ended)
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a dictionary to a folder in SAELens's layout.",
            discussion: "Example: qklens dictionaries export d1 ./d1")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The dictionary, as in d1.") var dictionary: String
        @Argument(help: "The folder, which must not be there yet.", completion: .directory) var folder: String

        func run() throws {
            let params = DictionariesExport.Params(dictionary: dictionary, path: Terminal.absolute(folder))
            try global.run(DictionariesExport.self, params) { result, _ in "\(result.dictionary) is in \(result.path)\n" }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a dictionary from a folder in SAELens's layout.",
            discussion: "'qklens dictionaries evaluate' then measures what it reaches here.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The folder, with 'query' and 'key' in it.", completion: .directory) var folder: String
        @Option(help: ArgumentHelp("The model that it is for; the one that the folder names if absent.", valueName: "name"))
        var model: String?

        func run() throws {
            let params = DictionariesImport.Params(path: Terminal.absolute(folder), model: model)
            try global.run(DictionariesImport.self, params) { $0.sheet.text($1) }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a dictionary and its maps.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The dictionary, as in d1.") var dictionary: String

        func run() throws {
            try global.run(DictionariesDelete.self, DictionariesDelete.Params(dictionary: dictionary)) { result, _ in
                let maps = result.deleted_maps.isEmpty ? "" : " with \(result.deleted_maps.joined(separator: ", "))"
                return "\(result.dictionary) deleted\(maps)\n"
            }
        }
    }
}

extension DictionaryInfo {
    /// The dictionary as facts.
    var sheet: FactSheet {
        var sheet = FactSheet()
        sheet.add("dictionary", dictionary)
        sheet.add("fingerprint", fingerprint)
        sheet.add("for", "\(model) (\(model_fingerprint)), layer \(layer)")
        sheet.add("features", "\(d_sae_query.grouped) query, \(d_sae_key.grouped) key")
        sheet.add(
            "trained on", "\(tokens.grouped) tokens of \(corpus) in \(steps.grouped) steps, seed \(seed), by \(job ?? "others")")
        if let imported_from { sheet.add("imported from", imported_from) }
        sheet.add("finished", "\(created_ms.date) UTC")
        sheet.add(figures: evaluation)
        return sheet
    }
}

extension FactSheet {
    /// Adds the figures of an evaluation as they are named on the wire, those of nested objects with their path.
    mutating func add(figures: JSON, under path: String = "") {
        for (name, value) in figures.object ?? [:] {
            let name = path.isEmpty ? name : "\(path).\(name)"
            switch value {
            case .integer(let count): add(name, count.grouped)
            case .real, .float: add(name, value.number.map { $0.magnitude < 1e-3 ? $0.scientific : $0.fixed(4) } ?? "–")
            case .object: add(figures: value, under: name)
            case .string(let text): add(name, text)
            case .bool(let truth): add(name, truth ? "yes" : "no")
            case .null, .array: break
            }
        }
    }
}
