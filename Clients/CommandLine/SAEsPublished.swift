public import API
public import ArgumentParser
import Presentation

extension SAEsImport.Processing: ExpressibleByArgument {}

/// What published autoencoders are read and asked by.
extension SAEs {
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a published autoencoder, and measure whether it does here what its authors say.",
            discussion: """
                A folder with cfg.json and sae_weights.safetensors of sae-lens, or NAME.pt with NAME_cfg.json. What does not fit the \
                published figures is told as a warning, here and in 'qklens saes get'.

                Example: qklens saes import ./blocks.8.hook_resid_pre --model gpt2 --corpus texts.jsonl
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The folder, or the .pt file.", completion: .file()) var path: String
        @Option(help: ArgumentHelp("The model that it is for; the one that it names if absent.", valueName: "name"))
        var model: String?
        @Option(
            help: ArgumentHelp(
                "How that model's weights were processed: none, centred or folded; as it says if absent.", valueName: "way"))
        var processing: SAEsImport.Processing?
        @Option(help: ArgumentHelp("What inputs were multiplied by.", valueName: "x")) var scalingFactor: Double?
        @Option(name: .customLong("published-l0"), help: ArgumentHelp("What its authors say of L0.", valueName: "x"))
        var publishedL0: Double?
        @Option(help: ArgumentHelp("What its authors say of the explained variance.", valueName: "x"))
        var publishedExplainedVariance: Double?
        @OptionGroup var corpus: CorpusOptions
        @Option(help: ArgumentHelp("Contexts that it is measured on.", valueName: "n")) var contexts = 8

        func run() throws {
            let params = SAEsImport.Params(
                path: Terminal.absolute(path), model: model, processing: processing, scaling_factor: scalingFactor,
                published_L0: publishedL0, published_explained_variance: publishedExplainedVariance, corpus: corpus.path,
                text_field: corpus.textField, contexts: contexts)
            try global.run(SAEsImport.self, params) { $0.sheet.text($1) }
        }
    }

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Explain a look by features of the residual stream, without a dictionary of queries and keys.",
            discussion: "Example: qklens saes explain \"When John and Mary went\" --sae s1 --head 2")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var prompt: PromptOptions
        @Option(help: ArgumentHelp("An autoencoder of resid_pre, as in s1.", valueName: "sae")) var sae: String
        @Option(
            name: [.long, .customShort("H")],
            help: ArgumentHelp("The head, from 0; all of the layer if absent.", valueName: "head"))
        var head: Int?
        @Option(
            name: [.customLong("dest"), .customLong("destination")], parsing: .unconditional,
            help: ArgumentHelp("The position that looks; -1 is the last.", valueName: "position"))
        var destination = -1
        @Option(
            name: [.customLong("src"), .customLong("source")], parsing: .unconditional,
            help: ArgumentHelp("The position that is looked at; the strongest if absent.", valueName: "position"))
        var source: Int?
        @Option(help: ArgumentHelp("How many pairs.", valueName: "n")) var topK = 10

        func run() throws {
            let params = SAEsExplainLook.Params(
                model: prompt.model, text: prompt.readText(), tokens: prompt.tokens, prepend_bos: prompt.prependBOS, sae: sae,
                head: head, destination: destination, source: source, top_k: topK)
            try global.run(SAEsExplainLook.self, params) { LookReport($0).text($1, width: Terminal.columns) }
        }
    }

    struct Attribute: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Where attention-output features at a token come from, and what they do to the logits.",
            discussion: "Example: qklens saes attribute \"When John and Mary went\" --sae s1 --residual-sae s2 --logits")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var prompt: PromptOptions
        @Option(help: ArgumentHelp("An autoencoder of z, as in s1.", valueName: "sae")) var sae: String
        @Option(
            name: .customLong("residual-sae"),
            help: ArgumentHelp("An autoencoder of resid_pre of the same layer, for one hop further.", valueName: "sae"))
        var residual: String?
        @Option(
            name: [.customLong("dest"), .customLong("destination")], parsing: .unconditional,
            help: ArgumentHelp("The token whose features are asked about; -1 is the last.", valueName: "position"))
        var destination = -1
        @Option(
            help: ArgumentHelp("The features, as in 3,17; the most active ones if absent.", valueName: "list"),
            transform: Numbers.list)
        var features: [Int]?
        @Option(help: ArgumentHelp("How many features, sources and tokens.", valueName: "n")) var topK = 5
        @Flag(help: "Tell the direct effect on the logits.") var logits = false

        func run() throws {
            let params = SAEsAttribute.Params(
                model: prompt.model, text: prompt.readText(), tokens: prompt.tokens, prepend_bos: prompt.prependBOS, sae: sae,
                residual_sae: residual, destination: destination, features: features, top_k: topK, logits: logits)
            try global.run(SAEsAttribute.self, params) { SourcesReport($0).text($1, width: Terminal.columns) }
        }
    }
}
