public import API
public import ArgumentParser
import Presentation

extension TrainingPreset: ExpressibleByArgument {}
extension FeatureActivation: ExpressibleByArgument {}
extension FeaturePenalty: ExpressibleByArgument {}
extension DecoderNormRule: ExpressibleByArgument {}

/// The text that is trained on.
struct CorpusOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A .txt file (one document per line), .jsonl (one object per line) or .npy (token ids), or 'demo' for the embedded model's own.",
            valueName: "file"),
        completion: .file())
    var corpus: String?
    @Option(help: ArgumentHelp("Which field of a .jsonl file's objects is the text.", valueName: "name")) var textField: String?

    /// The corpus as the daemon, which works elsewhere, finds it.
    var path: String? { corpus.map { $0 == "demo" ? $0 : Terminal.absolute($0) } }
}

/// What is not said on the command line; the very defaults of the call.
private let defaults = DictionariesTrain.Params(layers: [0])

/// How a dictionary is trained.
struct DictionaryTrainingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
    @Option(
        name: [.long, .customLong("layer"), .customShort("L")],
        help: ArgumentHelp("The layers, from 0, as in 0 or 0-11 or 2,6,10; trained in one pass.", valueName: "layers"))
    var layers: IntegerList
    @OptionGroup var corpus: CorpusOptions
    @Option(help: ArgumentHelp("An activation cache to train on instead of a text, as in c1.", valueName: "cache")) var cache:
        String?
    @Option(
        name: .customLong("d-sae"),
        help: ArgumentHelp(
            "Features on the query side, and on the key side too if that is not given; several sizes as in 512,1024; the preset's if absent.",
            valueName: "n"))
    var d_sae_query: IntegerList?
    @Option(name: .customLong("d-sae-key"), help: ArgumentHelp("Features on the key side, as many sizes.", valueName: "n"))
    var d_sae_key: IntegerList?
    @Option(
        help: ArgumentHelp("Settings that go together: demo, recommended, as-published or published-2024-08.", valueName: "name"))
    var preset = defaults.preset
    @Option(help: ArgumentHelp("How many steps; the preset's if absent.", valueName: "n")) var steps: Int?
    @Option(help: ArgumentHelp("Contexts per step; the preset's if absent.", valueName: "n")) var batchSequences: Int?
    @Option(help: ArgumentHelp("Tokens per context; the model's own, at most 256, if absent.", valueName: "n")) var context: Int?
    @Option(help: ArgumentHelp("Adam's step size; the preset's if absent.", valueName: "x")) var learningRate: Double?
    @Option(help: ArgumentHelp("The penalty's weight per token; the preset's if absent.", valueName: "x")) var sparsity: Double?
    @Option(help: ArgumentHelp("How features are chosen; the preset's way if absent.", valueName: "way")) var activation:
        FeatureActivation?
    @Option(help: ArgumentHelp("What keeps relu's features few, root or l1.", valueName: "penalty")) var penalty: FeaturePenalty?
    @Option(name: .customLong("k"), help: ArgumentHelp("Active features per token, for topk and batchtopk.", valueName: "n"))
    var k: Int?
    @Option(help: ArgumentHelp("Norms of the decoder's rows, free or unit.", valueName: "rule")) var decoderNorm: DecoderNormRule?
    @Option(help: ArgumentHelp("Dead features that learn from each token's error; 0 for none.", valueName: "n")) var auxiliaryK:
        Int?
    @Option(help: ArgumentHelp("Steps after which dead features begin again; 0 for never.", valueName: "n")) var resampleEvery:
        Int?
    @Option(help: ArgumentHelp("The weight of the squared error, at the start.", valueName: "x")) var mse = defaults.mse
    @Option(
        name: [.long, .customLong("seed")],
        help: ArgumentHelp("The seeds of all randomness, as in 0 or 0-2; one dictionary for each.", valueName: "n"))
    var seeds = IntegerList(defaults.seeds)
    @Option(
        help: ArgumentHelp(
            "Every how many steps held-out contexts are looked at; a 25th of all if absent, 0 for never.", valueName: "n"))
    var evaluateEvery: Int?
    @Option(help: ArgumentHelp("Contexts kept apart for the evaluation.", valueName: "n")) var heldOutContexts = defaults
        .held_out_contexts

    /// The parameters of the call.
    func params(dryRun: Bool) -> DictionariesTrain.Params {
        DictionariesTrain.Params(
            model: model, layers: layers.values, corpus: corpus.path, text_field: corpus.textField, cache: cache,
            d_sae_query: d_sae_query?.values,
            d_sae_key: d_sae_key?.values, preset: preset, steps: steps,
            batch_sequences: batchSequences, context: context, learning_rate: learningRate, sparsity: sparsity,
            activation: activation, penalty: penalty, k: k, decoder_norm: decoderNorm, auxiliary_k: auxiliaryK,
            resample_every: resampleEvery, mse: mse,
            seeds: seeds.values,
            held_out_contexts: heldOutContexts, evaluate_every: evaluateEvery, dry_run: dryRun)
    }
}
