import API
import ArgumentParser
import Presentation

extension Dictionaries {
    struct Compare: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say which features, and which pairs of their maps, several dictionaries share.",
            discussion: """
                Features are matched by what they do on the same text, so seeds, sizes and layers may differ.

                Example: qklens dictionaries compare d1 d2 d3 --maps m1,m2,m3
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The dictionaries, as in d1 d2; two to eight, of one model.") var dictionaries: [String]
        @Option(help: ArgumentHelp("A map of each, in the same order, with commas between.", valueName: "maps")) var maps: String?
        @OptionGroup var corpus: CorpusOptions
        @Option(help: ArgumentHelp("Contexts from the beginning of the text.", valueName: "n")) var contexts = 64
        @Option(help: ArgumentHelp("The least correlation of two features that count as the same.", valueName: "r"))
        var minCorrelation = 0.7
        @Flag(help: "List each match.") var matches = false

        func run() throws {
            let params = DictionariesCompare.Params(
                dictionaries: dictionaries, maps: maps?.split(separator: ",").map(String.init), corpus: corpus.path,
                text_field: corpus.textField, contexts: contexts, min_correlation: minCorrelation, include_matches: matches)
            try global.run(DictionariesCompare.self, params) { ComparisonReport($0).text($1) }
        }
    }
}
