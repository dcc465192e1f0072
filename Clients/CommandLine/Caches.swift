public import API
public import ArgumentParser
import Presentation

extension CacheElement: ExpressibleByArgument {}

/// What is not said on the command line; the very defaults of the call.
private let defaults = CachesCreate.Params(activations: [])

/// Activations kept on disk.
struct Caches: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Activation caches: list, show, create, delete.", subcommands: [List.self, Show.self, Create.self, Delete.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the activation caches, newest first.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @Option(help: ArgumentHelp("Only those of this model.", valueName: "name")) var model: String?

        func run() throws {
            let params = CachesList.Params(model: model, limit: paging.limit, cursor: paging.cursor)
            try global.run(CachesList.self, params) { result, style in
                var table = Table([
                    .words("cache"), .words("model"), .numbers("contexts"), .numbers("of"), .words("dtype"), .numbers("disk"),
                    .words("finished (UTC)"), .words("activations"),
                ])
                for entry in result.caches {
                    table.add([
                        Table.Cell(entry.cache, .bold), Table.Cell(entry.model), Table.Cell(entry.contexts.grouped),
                        Table.Cell("\(entry.context)"), Table.Cell(entry.dtype.rawValue), Table.Cell(entry.disk_bytes.bytes),
                        Table.Cell(entry.created_ms.date),
                        Table.Cell(entry.activations.map(\.name).joined(separator: " ")),
                    ])
                }
                return table.text(style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Describe an activation cache.", aliases: ["get"])
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The cache, as in c1.") var cache: String

        func run() throws { try global.run(CachesGet.self, CachesGet.Params(cache: cache)) { $0.sheet.text($1) } }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write activations of a text to disk.",
            discussion: "Example: qklens caches create blocks.0.ln1.hook_x --contexts 4096 --dry-run")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The activations, by TransformerLens's names.") var activations: [String]
        @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
        @OptionGroup var corpus: CorpusOptions
        @Option(help: ArgumentHelp("Tokens per context; the model's own, at most 256, if absent.", valueName: "n")) var context:
            Int?
        @Option(help: ArgumentHelp("How many contexts at most; all if absent.", valueName: "n")) var contexts: Int?
        @Option(help: "How numbers are kept: float16 or float32.") var dtype = defaults.dtype
        @Option(help: ArgumentHelp("Contexts that go through the model at once.", valueName: "n")) var batchSequences = defaults
            .batch_sequences
        @OptionGroup var job: JobOptions

        func run() throws {
            let session = try global.connect()
            let params = CachesCreate.Params(
                model: model, corpus: corpus.path, text_field: corpus.textField, activations: activations, context: context,
                contexts: contexts, dtype: dtype, batch_sequences: batchSequences, dry_run: job.dryRun)
            if let ended = try session.submit(CachesCreate.self, params, job.effectiveAttendance) {
                try session.showResult(of: ended)
            }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete an activation cache.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The cache, as in c1.") var cache: String

        func run() throws {
            try global.run(CachesDelete.self, CachesDelete.Params(cache: cache)) { result, _ in
                "\(result.cache) deleted, \(result.freed_bytes.bytes) freed\n"
            }
        }
    }
}

extension CacheInfo {
    /// The cache as facts.
    var sheet: FactSheet {
        var sheet = FactSheet()
        sheet.add("cache", cache)
        sheet.add("of", "\(model) (\(model_fingerprint)) on \(corpus)")
        sheet.add("activations", activations.map { "\($0.name) (\($0.width))" }.joined(separator: ", "))
        sheet.add("contexts", "\(contexts.grouped) of \(context) tokens")
        sheet.add("kept as", "\(dtype.rawValue), \(disk_bytes.bytes) in \(path)")
        sheet.add("finished", "\(created_ms.date) UTC, by \(job)")
        return sheet
    }
}
