public import API
public import ArgumentParser
import JSON
import Presentation

extension SAESite: ExpressibleByArgument {}
extension SAEPreset: ExpressibleByArgument {}

/// What is not said on the command line; the very defaults of the call.
private let defaults = SAEsTrain.Params(layers: [0])

/// Sparse autoencoders of attention outputs and other activations.
struct SAEs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "saes",
        abstract:
            "Sparse autoencoders: list, get, train, evaluate, export, import, explain, attribute, explore, trace, chain, delete.",
        subcommands: [
            List.self, Get.self, Train.self, Evaluate.self, Export.self, Import.self, Explain.self, Attribute.self, Explore.self,
            Trace.self, Chain.self, Delete.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the sparse autoencoders, newest first.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @Option(help: ArgumentHelp("Only those of this model.", valueName: "name")) var model: String?
        @Option(name: [.long, .customShort("L")], help: ArgumentHelp("Only those of this layer.", valueName: "layer")) var layer:
            Int?
        @Option(help: ArgumentHelp("Only those of this activation.", valueName: "site")) var site: SAESite?

        func run() throws {
            let params = SAEsList.Params(model: model, layer: layer, site: site, limit: paging.limit, cursor: paging.cursor)
            try global.run(SAEsList.self, params) { result, style in
                var table = Table([
                    .words("sae"), .words("model"), .words("site"), .numbers("layer"), .words("activation"), .numbers("d_in"),
                    .numbers("d_sae"), .numbers("tokens"), .numbers("L0"), .numbers("CE recovered"), .words("finished (UTC)"),
                    .words("warnings"),
                ])
                for entry in result.saes {
                    table.add([
                        Table.Cell(entry.sae, .bold), Table.Cell(entry.model), Table.Cell(entry.site.rawValue),
                        Table.Cell("\(entry.layer)"), Table.Cell(entry.activation.rawValue), Table.Cell("\(entry.d_in)"),
                        Table.Cell("\(entry.d_sae)"), Table.Cell(entry.tokens.grouped),
                        Table.Cell(entry.evaluation["L0"]?.number?.fixed(1) ?? "–"),
                        Table.Cell(entry.evaluation["CE_recovered"]?.number?.fixed(4) ?? "–"), Table.Cell(entry.created_ms.date),
                        Table.Cell(entry.warnings.map { "\($0.count), see saes get" } ?? "", .bad),
                    ])
                }
                return table.text(style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Describe a sparse autoencoder.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The autoencoder, as in s1.") var sae: String

        func run() throws { try global.run(SAEsGet.self, SAEsGet.Params(sae: sae)) { $0.sheet.text($1) } }
    }

    struct Train: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Train sparse autoencoders of one or several layers in one pass.",
            discussion: "Example: qklens saes train --layers 0-3 --site z --dry-run")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var training: SAETrainingOptions
        @OptionGroup var job: JobOptions

        func run() throws {
            let session = try global.connect()
            let params = training.params(dryRun: job.dryRun)
            if let ended = try session.submit(SAEsTrain.self, params, job.effectiveAttendance) {
                try session.showResult(of: ended)
            }
        }
    }

    struct Evaluate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure anew what a sparse autoencoder reaches, on its own text or another.",
            discussion: "The figures take the place of those that it had.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The autoencoder, as in s1.") var sae: String
        @OptionGroup var corpus: CorpusOptions
        @Option(help: ArgumentHelp("Contexts from the beginning of the text.", valueName: "n")) var contexts = 64
        @OptionGroup var job: JobOptions

        func run() throws {
            let session = try global.connect()
            let params = SAEsEvaluate.Params(
                sae: sae, corpus: corpus.path, text_field: corpus.textField, contexts: contexts, dry_run: job.dryRun)
            if let ended = try session.submit(SAEsEvaluate.self, params, job.effectiveAttendance) {
                try session.showResult(of: ended)
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a sparse autoencoder to a folder in SAELens's layout.",
            discussion: "Example: qklens saes export s1 ./s1")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The autoencoder, as in s1.") var sae: String
        @Argument(help: "The folder, which must not be there yet.", completion: .directory) var folder: String

        func run() throws {
            let params = SAEsExport.Params(sae: sae, path: Terminal.absolute(folder))
            try global.run(SAEsExport.self, params) { result, _ in "\(result.sae) is in \(result.path)\n" }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a sparse autoencoder.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The autoencoder, as in s1.") var sae: String

        func run() throws {
            try global.run(SAEsDelete.self, SAEsDelete.Params(sae: sae)) { result, _ in "\(result.sae) deleted\n" }
        }
    }
}

/// How sparse autoencoders are trained.
struct SAETrainingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
    @Option(
        name: [.long, .customLong("layer"), .customShort("L")],
        help: ArgumentHelp("The layers, from 0, as in 0 or 0-11 or 2,6,10; trained in one pass.", valueName: "layers"))
    var layers: IntegerList
    @Option(help: ArgumentHelp("The activation: z, attn_out, ln1_x or resid_pre.", valueName: "site")) var site = defaults.site
    @OptionGroup var corpus: CorpusOptions
    @Option(help: ArgumentHelp("An activation cache to train on instead of a text, as in c1.", valueName: "cache")) var cache:
        String?
    @Option(name: .customLong("d-sae"), help: ArgumentHelp("How many features; the preset's if absent.", valueName: "n"))
    var d_sae: Int?
    @Option(
        help: ArgumentHelp("Settings that go together: demo, kissane-2024, topk, batchtopk or jumprelu.", valueName: "name"))
    var preset = defaults.preset
    @Option(help: ArgumentHelp("How many steps; the preset's if absent.", valueName: "n")) var steps: Int?
    @Option(help: ArgumentHelp("Contexts per step; the preset's if absent.", valueName: "n")) var batchSequences: Int?
    @Option(help: ArgumentHelp("From how many steps' contexts a step's tokens are drawn.", valueName: "n")) var shuffleSteps: Int?
    @Option(help: ArgumentHelp("Tokens per context; the model's own, at most 128, if absent.", valueName: "n")) var context: Int?
    @Option(help: ArgumentHelp("Adam's step size; the preset's if absent.", valueName: "x")) var learningRate: Double?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("The penalty's weight per token, one for all layers or one for each.", valueName: "x"))
    var sparsity: [Double] = []
    @Option(help: ArgumentHelp("How features are chosen; the preset's way if absent.", valueName: "way")) var activation:
        FeatureActivation?
    @Option(name: .customLong("k"), help: ArgumentHelp("Active features per token, for topk and batchtopk.", valueName: "n"))
    var k: Int?
    @Option(help: ArgumentHelp("Dead features that learn from each token's error; 0 for none.", valueName: "n")) var auxiliaryK:
        Int?
    @Option(help: ArgumentHelp("Steps after which dead features begin again; 0 for never.", valueName: "n")) var resampleEvery:
        Int?
    @Option(help: ArgumentHelp("The seed of all randomness.", valueName: "n")) var seed = defaults.seed
    @Option(help: ArgumentHelp("Contexts kept apart for the evaluation.", valueName: "n")) var heldOutContexts = defaults
        .held_out_contexts

    /// The parameters of the call.
    func params(dryRun: Bool) -> SAEsTrain.Params {
        SAEsTrain.Params(
            model: model, layers: layers.values, site: site, corpus: corpus.path, text_field: corpus.textField, cache: cache,
            d_sae: d_sae, preset: preset, steps: steps, batch_sequences: batchSequences, shuffle_steps: shuffleSteps,
            context: context, learning_rate: learningRate, sparsity: sparsity.isEmpty ? nil : sparsity, activation: activation,
            k: k, auxiliary_k: auxiliaryK, resample_every: resampleEvery, seed: seed, held_out_contexts: heldOutContexts,
            dry_run: dryRun)
    }
}

extension SAEInfo {
    /// The autoencoder as facts.
    var sheet: FactSheet {
        var sheet = FactSheet()
        sheet.add("sae", sae)
        sheet.add("fingerprint", fingerprint)
        sheet.add("for", "\(model) (\(model_fingerprint)), \(site.rawValue) of layer \(layer)")
        sheet.add("features", "\(d_sae.grouped) by \(activation.rawValue), of \(d_in) dimensions")
        if steps > 0 {
            sheet.add(
                "trained on",
                "\(tokens.grouped) tokens of \(corpus) in \(steps.grouped) steps, seed \(seed), by \(job ?? "others")")
        }
        if let imported_from { sheet.add("imported from", imported_from) }
        sheet.add("finished", "\(created_ms.date) UTC")
        if let conventions = settings["conventions"] {
            sheet.add(figures: conventions)
            for step in conventions["folded"]?.array ?? [] { sheet.add("folded", step.string ?? "") }
        }
        sheet.add(figures: evaluation)
        for warning in warnings ?? [] { sheet.add("WARNING", warning) }
        return sheet
    }
}
