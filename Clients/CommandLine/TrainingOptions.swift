import API
import ArgumentParser
import Presentation

/// The text that is trained on.
struct CorpusOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A .txt file, one document per line, or 'demo' for the embedded model's own.", valueName: "file"),
        completion: .file())
    var corpus: String?

    /// The corpus as the daemon, which works elsewhere, finds it.
    var path: String? { corpus.map { $0 == "demo" ? $0 : Terminal.absolute($0) } }
}

/// What is not said on the command line; the very defaults of the call.
private let defaults = DictionariesTrain.Params(layer: 0)

/// How a dictionary is trained.
struct DictionaryTrainingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
    @Option(name: [.long, .customShort("L")], help: ArgumentHelp("The layer, from 0.", valueName: "layer")) var layer: Int
    @OptionGroup var corpus: CorpusOptions
    @Option(
        name: .customLong("d-sae"),
        help: ArgumentHelp("Features on the query side, and on the key side too if that is not given.", valueName: "n"))
    var d_sae_query = defaults.d_sae_query
    @Option(name: .customLong("d-sae-key"), help: ArgumentHelp("Features on the key side.", valueName: "n")) var d_sae_key: Int?
    @Option(help: ArgumentHelp("How many steps.", valueName: "n")) var steps = defaults.steps
    @Option(help: ArgumentHelp("Contexts per step.", valueName: "n")) var batchSequences = defaults.batch_sequences
    @Option(help: ArgumentHelp("Tokens per context; the model's own, at most 256, if absent.", valueName: "n")) var context: Int?
    @Option(help: ArgumentHelp("Adam's step size.", valueName: "x")) var learningRate = defaults.learning_rate
    @Option(help: ArgumentHelp("The penalty's weight per token.", valueName: "x")) var sparsity = defaults.sparsity
    @Option(help: ArgumentHelp("The weight of the squared error, at the start.", valueName: "x")) var mse = defaults.mse
    @Option(help: ArgumentHelp("The seed of all randomness.", valueName: "n")) var seed = defaults.seed
    @Option(help: ArgumentHelp("Contexts kept apart for the evaluation.", valueName: "n")) var heldOutContexts = defaults
        .held_out_contexts

    /// The parameters of the call.
    func params(dryRun: Bool) -> DictionariesTrain.Params {
        DictionariesTrain.Params(
            model: model, layer: layer, corpus: corpus.path, d_sae_query: d_sae_query, d_sae_key: d_sae_key, steps: steps,
            batch_sequences: batchSequences, context: context, learning_rate: learningRate, sparsity: sparsity, mse: mse,
            seed: seed,
            held_out_contexts: heldOutContexts, dry_run: dryRun)
    }
}
