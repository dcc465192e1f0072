import ArgumentParser
import Kernels

/// Times our own kernels and caches on the shapes of the published runs; `bench.py` sets the figures beside PyTorch's.
@main struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qklens-bench", abstract: "Times the kernels and the caches; prints one JSON line per figure.",
        subcommands: [
            Environment.self, Forward.self, Products.self, Step.self, SAEStep.self, Mask.self, Examples.self, Caches.self,
            Lookups.self, Load.self, Decompositions.self, FeatureGraphs.self, Traces.self,
        ])
}

/// How many threads the kernels use, as every bench takes it.
struct ThreadOptions: ParsableArguments {
    @Option(help: "How many threads the kernels use.") var threads = 2

    /// Puts it into force.
    func apply() { setThreads(threads) }
}
