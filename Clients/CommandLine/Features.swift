public import API
public import ArgumentParser
import Presentation

extension FeatureSide: ExpressibleByArgument {}

/// What features fire on.
struct Features: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Features: get, examples, partners.", subcommands: [Get.self, Examples.self, Partners.self])

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what features read and write, from their weights alone.",
            discussion: """
                Which tokens' embeddings raise a feature, which heads it writes to, what it attracts there, and what the direction \
                that it reads promotes at the model's output.

                Example: qklens features get d1 key 301 17
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The dictionary, as in d1.") var dictionary: String
        @Argument(help: "The side: query or key.") var side: FeatureSide
        @Argument(help: "The features.") var features: [Int]
        @Option(help: ArgumentHelp("How many tokens of each list.", valueName: "n")) var limit = 8

        func run() throws {
            let params = FeaturesGet.Params(dictionary: dictionary, side: side, features: features, limit: limit)
            try global.run(FeaturesGet.self, params) { result, style in
                result.features.map { FeatureWeightsReport($0, result.side).text(style) }.joined(separator: "\n")
            }
        }
    }

    struct Examples: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show where features are most active.",
            discussion: """
                From the examples that 'qklens examples collect' has kept for a map of the dictionary, or else from a text that is \
                read on the spot: give a corpus or contexts to read one in any case.

                Example: qklens features examples d1 key 301 17
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var corpus: CorpusOptions
        @Argument(help: "The dictionary, as in d1.") var dictionary: String
        @Argument(help: "The side: query or key.") var side: FeatureSide
        @Argument(help: "The features.") var features: [Int]
        @Option(help: ArgumentHelp("The map whose collected examples are shown.", valueName: "map")) var map: String?
        @Option(help: ArgumentHelp("How many contexts are read on the spot.", valueName: "n")) var contexts: Int?
        @Option(help: ArgumentHelp("How many examples per feature.", valueName: "n")) var limit = 10
        @Option(help: ArgumentHelp("How many tokens either side.", valueName: "n")) var window = 5

        func run() throws {
            let params = FeaturesExamples.Params(
                dictionary: dictionary, side: side, features: features, map: map, corpus: corpus.path,
                text_field: corpus.textField, contexts: contexts, limit: limit, window: window)
            try global.run(FeaturesExamples.self, params) { result, style in
                let origin = result.collected.map { "from \($0.origin)" }
                return result.features.map { Self.text($0, result.side, style) }.joined(separator: "\n")
                    + (origin.map { style.apply(.dim, to: "(\($0))") + "\n" } ?? "")
            }
        }

        private static func text(_ feature: FeatureExamples, _ side: FeatureSide, _ style: Style) -> String {
            let emphasis: Style.Emphasis = side == .query ? .query : .key
            let name = style.apply(emphasis, to: "\(side == .query ? "q" : "k")\(feature.feature)")
            let tokens = feature.top_tokens.prefix(8).filter { $0.share >= 0.005 }.map {
                "\($0.piece.visiblePiece) \($0.share.percent(0))"
            }.joined(
                separator: ", ")
            var text =
                "\(name)  active on \(feature.density.percent(2)) of tokens, mean \(feature.mean_activation.fixed(2)), largest \(feature.max_activation.fixed(2))\n"
            if !tokens.isEmpty { text += "fires on \(tokens)\n" }
            if let bins = feature.histogram, feature.density > 0 { text += Histogram(bins).text(style) }
            text += table(feature.examples, emphasis).text(style, indent: 2)
            if let sample = feature.quantiles, !sample.isEmpty {
                text += "an even sample, strongest first:\n" + table(sample, emphasis).text(style, indent: 2)
            }
            return text
        }

        private static func table(_ examples: [FeatureExample], _ emphasis: Style.Emphasis) -> Table {
            var table = Table([.numbers(""), .numbers(""), .words(""), .words("")])
            for example in examples {
                table.add([
                    Table.Cell(example.activation.fixed(2), .bold), Table.Cell(example.before.map(\.visiblePiece).joined(), .dim),
                    Table.Cell(example.piece.visiblePiece, emphasis),
                    Table.Cell(example.after.map(\.visiblePiece).joined(), .dim),
                ])
            }
            return table
        }
    }
}
