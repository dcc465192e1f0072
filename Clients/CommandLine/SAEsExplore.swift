public import API
public import ArgumentParser
import Presentation

extension SAEsExplore.Order: ExpressibleByArgument {}
extension SAEsChain.Share: ExpressibleByArgument {}

/// What is not said on the command line; the very defaults of the calls.
private let defaults = FeatureTraceOptions()

/// How features are traced.
struct FeatureTracingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The most links into a node.", valueName: "n")) var links = defaults.max_links
    @Option(help: ArgumentHelp("The least magnitude of a link's share.", valueName: "share")) var threshold = defaults.threshold
    @Option(help: ArgumentHelp("How many links away from where it begins.", valueName: "n")) var depth = defaults.max_depth
    @Option(help: ArgumentHelp("With so many nodes nothing more is taken apart.", valueName: "n")) var nodes = defaults.max_nodes

    /// The options as the daemon takes them.
    var options: FeatureTraceOptions {
        FeatureTraceOptions(max_links: links, threshold: threshold, max_depth: depth, max_nodes: nodes)
    }
}

/// Which logit, and by which autoencoders.
struct LogitOptions: ParsableArguments {
    @Option(
        name: .customLong("sae"),
        help: ArgumentHelp(
            "An autoencoder of z or resid_pre, as in s1; may be given several times. The newest of each layer if absent.",
            valueName: "sae"))
    var saes: [String] = []
    @Option(help: ArgumentHelp("What should follow the text; a space goes before it.", valueName: "word")) var answer: String?
    @Option(help: ArgumentHelp("What would be wrong; its logit is subtracted.", valueName: "word")) var wrong: String?

    /// Nil for the newest.
    var names: [String]? { saes.isEmpty ? nil : saes }

    /// A word as the token that follows a text.
    static func token(_ word: String?) -> String? { word.map { $0.first == " " ? $0 : " " + $0 } }
}

/// A feature at a token, as in s1:17 or s1:17@4.
struct RootName: ExpressibleByArgument {
    let root: FeatureRoot

    init?(argument: String) {
        let parts = argument.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0].split(separator: ":", omittingEmptySubsequences: false)
        guard name.count == 2, !name[0].isEmpty, let feature = Int(name[1]), feature >= 0 else { return nil }
        var root = FeatureRoot(sae: String(name[0]), feature: feature)
        if parts.count == 2 {
            guard let position = Int(parts[1]) else { return nil }
            root.position = position
        }
        self.root = root
    }
}

/// What a prompt's features are, where they come from, and what makes them.
extension SAEs {
    struct Explore: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "A prompt's features: by activation or by what they add to a logit, with their sources and what makes them.",
            discussion: """
                Examples: qklens saes explore "When John and Mary went to the store, John gave a drink to"
                          qklens saes explore "When John and Mary met, John gave a key to" --answer Mary --wrong John --trace
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var prompt: PromptOptions
        @OptionGroup var logit: LogitOptions
        @Option(help: ArgumentHelp("activation, or logit, which --answer implies.", valueName: "order")) var by:
            SAEsExplore.Order?
        @Option(parsing: .unconditional, help: ArgumentHelp("The token; -1 is the last.", valueName: "position")) var position:
            Int?
        @Option(help: ArgumentHelp("How many features of each activation and token.", valueName: "n")) var topK = 5
        @Flag(help: "Trace the logit, or the most active attention-output feature of the last token.") var trace = false
        @OptionGroup var tracing: FeatureTracingOptions

        func run() throws {
            let params = SAEsExplore.Params(
                model: prompt.model, text: prompt.readText(), tokens: prompt.tokens, prepend_bos: prompt.prependBOS,
                saes: logit.names, by: by ?? (logit.answer == nil && logit.wrong == nil ? .activation : .logit),
                position: position, answer: LogitOptions.token(logit.answer), wrong: LogitOptions.token(logit.wrong), top_k: topK,
                trace: trace, options: tracing.options)
            try global.run(SAEsExplore.self, params) { ExploreReport($0).text($1, width: Terminal.columns) }
        }
    }

    struct Trace: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trace features or a logit, feature by feature, down to the embeddings.",
            discussion: """
                Examples: qklens saes trace "When John and Mary met, John gave a key to" --answer Mary --wrong John
                          qklens saes trace "When John and Mary met, John gave a key to" --root s3:17@-1 --output graph.dot --format dot
                Without a root and an answer it begins with the token that the model expects most.
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var prompt: PromptOptions
        @OptionGroup var logit: LogitOptions
        @Option(
            help: ArgumentHelp(
                "A feature to begin with: autoencoder, feature and token, as in s3:17@-1; may be given several times.",
                valueName: "feature"))
        var root: [RootName] = []
        @Option(
            parsing: .unconditional, help: ArgumentHelp("Where the answer would follow; -1 is the last.", valueName: "position"))
        var position = -1
        @OptionGroup var tracing: FeatureTracingOptions
        @Option(help: ArgumentHelp("A file to write the graph to besides.", valueName: "file"), completion: .file())
        var output: String?
        @Option(help: ArgumentHelp("json (circuit-tracer's names), graphml or dot.", valueName: "format"))
        var format = TracesExport.Format.json

        func run() throws {
            let params = SAEsTrace.Params(
                model: prompt.model, text: prompt.readText(), tokens: prompt.tokens, prepend_bos: prompt.prependBOS,
                saes: logit.names, roots: root.isEmpty ? nil : root.map(\.root), answer: LogitOptions.token(logit.answer),
                wrong: LogitOptions.token(logit.wrong), position: position, options: tracing.options,
                path: output.map(Terminal.absolute), format: format)
            try global.run(SAEsTrace.self, params) { result, style in
                FeatureGraphReport(result.graph, answer: result.answer, wrong: result.wrong).text(style)
            }
        }
    }

    struct Chain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "From query-key pairs to what the attended position contributes through features, and back.",
            discussion: """
                Examples: qklens saes chain "When John and Mary went" --sae s1 --map m1 --head 3
                          qklens saes chain "When John and Mary went" --sae s1 --map m1 --feature 17
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var prompt: PromptOptions
        @Option(help: ArgumentHelp("An autoencoder of z, as in s1.", valueName: "sae")) var sae: String
        @Option(help: ArgumentHelp("A map of the same layer, as in m1.", valueName: "map")) var map: String
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
            help: ArgumentHelp("The position that is looked at; where each head looks most if absent.", valueName: "position"))
        var source: Int?
        @Option(help: ArgumentHelp("A feature: the looks that make it, and the pairs that make those.", valueName: "feature"))
        var feature: Int?
        @Option(help: ArgumentHelp("Shares by what moves the pattern, or by the score's parts.", valueName: "way"))
        var share = SAEsChain.Share.pattern
        @Option(help: ArgumentHelp("How many looks, pairs and features.", valueName: "n")) var topK = 5

        func run() throws {
            let params = SAEsChain.Params(
                model: prompt.model, text: prompt.readText(), tokens: prompt.tokens, prepend_bos: prompt.prependBOS, sae: sae,
                map: map, destination: destination, head: head, source: source, feature: feature, share: share, top_k: topK)
            try global.run(SAEsChain.self, params) { ChainReport($0).text($1, width: Terminal.columns) }
        }
    }
}
