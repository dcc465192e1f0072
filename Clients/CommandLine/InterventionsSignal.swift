public import API
public import ArgumentParser
import Presentation

extension InterventionsSignal.Scope: ExpressibleByArgument {}

extension Interventions {
    struct Signal: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove or scale what heads and MLPs carry of the signal that a look reads.",
            discussion: """
                Examples: qklens interventions signal --task indirect_object --look 1.3@END:S2 --source --upstream 0.3
                          qklens interventions signal "When John and Mary met, John gave a key to" --answer Mary --wrong John \\
                                                      --look 1.3@-1:8 --upstream 0.2 --factor 2 --scope local
                          qklens interventions signal --task indirect_object --look 2.2@END --mlps 0 1
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var questions: TraceQuestion
        @Option(help: ArgumentHelp("The look, as in 1.3@END:S2.", valueName: "look")) var look: LookName
        @Flag(help: "Which of its tokens reads the signal.") var side = Side.destination
        @Option(
            parsing: .upToNextOption,
            help: ArgumentHelp("The heads that carry it, as in 0.2 0.3.", valueName: "heads"))
        var upstream: [HeadName] = []
        @Option(parsing: .upToNextOption, help: ArgumentHelp("Layers whose MLPs carry it, as in 0 1.", valueName: "layers"))
        var mlps: [Int] = []
        @Option(parsing: .unconditional, help: ArgumentHelp("What the signal is multiplied by; 0 removes.", valueName: "x"))
        var factor: Float = 0
        @Option(help: "What sees the change: global, everything; local, the looking head alone.") var scope =
            InterventionsSignal.Scope.global
        @Option(help: ArgumentHelp("How many random directions are compared.", valueName: "n")) var draws = 5
        @Flag(help: "Change prompts too in which the head does not look there.") var includeSilent = false
        @Flag(help: "Show every prompt.") var prompts = false
        @OptionGroup var tracing: TracingOptions

        /// Which of a look's tokens, as flags: --destination (the default), --source.
        enum Side: String, EnumerableFlag {
            case destination, source
        }

        func run() throws {
            let params = InterventionsSignal.Params(
                model: questions.model, text: questions.plainText, prepend_bos: questions.prependBOS, prompts: questions.prompts,
                task: questions.task.map(TaskOptions.name), count: questions.count, seed: questions.seed, look: look.root,
                side: side == .source ? .source : .destination, upstream: upstream.isEmpty ? nil : upstream,
                mlps: mlps.isEmpty ? nil : mlps, factor: factor, scope: scope,
                options: tracing.options, include_silent: includeSilent, draws: draws, control_seed: questions.seed,
                include_prompts: prompts)
            try global.run(InterventionsSignal.self, params) { SignalInterventionReport($0).text($1) }
        }
    }
}
