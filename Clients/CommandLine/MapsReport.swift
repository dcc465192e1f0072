import API
import ArgumentParser
import Presentation

/// What is not said on the command line; the very defaults of the call.
private let defaults = MapsReport.Params(map: "")

extension Maps {
    struct Report: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Report a map in numbers: sparsity, attention sinks, reconstruction.",
            discussion: "Example: qklens maps report m1 --contexts 32")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The map, as in m1.") var map: String
        @OptionGroup var corpus: CorpusOptions
        @Option(help: ArgumentHelp("Contexts from the beginning of the text.", valueName: "n")) var contexts = defaults.contexts
        @Option(help: ArgumentHelp("Mean attention to position 0 from which a head has a sink.", valueName: "x"))
        var sinkThreshold = defaults.sink_threshold
        @Option(help: ArgumentHelp("Share of tokens from which a query feature is dense.", valueName: "x"))
        var denseDensity = defaults.dense_density

        func run() throws {
            let params = MapsReport.Params(
                map: map, corpus: corpus.path, text_field: corpus.textField, contexts: contexts, sink_threshold: sinkThreshold,
                dense_density: denseDensity)
            try global.run(MapsReport.self, params) { Presentation.MapReport($0).text($1) }
        }
    }
}
