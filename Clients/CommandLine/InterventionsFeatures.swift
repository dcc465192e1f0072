import API
import ArgumentParser
import Presentation

extension Interventions {
    struct Features: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove, scale or set features of sparse autoencoders, and see what that does to the logits.",
            discussion: """
                A change is SAE:FEATURE, which removes the feature; SAE:FEATURE*2 scales it, SAE:FEATURE=1.5 sets it; @ and tokens after \
                it say where, as in s1:17@S2 or s1:17=3@-1,-2.
                Examples: qklens interventions features --edit s2:17@S2 --task indirect_object
                          qklens interventions features "When John and Mary met, John gave a key to" --answer Mary --wrong John \\
                                                        --edit 's2:17*0' 's3:5=2@-1'
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var questions: TraceQuestion
        @Option(
            name: [.long, .customShort("e")], parsing: .upToNextOption,
            help: ArgumentHelp("The changes, as in s2:17, s2:17*2, s2:17=1.5 or s2:17@S2,-1.", valueName: "changes"))
        var edit: [FeatureEditName]
        @Flag(name: .customLong("drop-error"), help: "Go on with the reconstructions alone, without their errors.")
        var dropsError = false
        @Option(
            parsing: .unconditional,
            help: ArgumentHelp("After which token logits are compared: a number, or a place such as END.", valueName: "token"))
        var position: TracePosition = .index(-1)
        @Option(help: ArgumentHelp("A token whose logit is wanted in any case; may be given several times.", valueName: "word"))
        var logit: [String] = []
        @Option(help: ArgumentHelp("How many of the most raised and lowered tokens.", valueName: "n")) var top = 8
        @Flag(help: "Show every prompt that has an answer.") var prompts = false

        func validate() throws {
            if edit.isEmpty { throw ValidationError("Say what to change: --edit s1:17.") }
        }

        func run() throws {
            let params = InterventionsFeatures.Params(
                model: questions.model, text: questions.plainText, prepend_bos: questions.prependBOS, prompts: questions.prompts,
                task: questions.task.map(TaskOptions.name), count: questions.count, seed: questions.seed, edits: edit.map(\.edit),
                keep_error: !dropsError, position: position,
                logits: logit.isEmpty ? nil : logit.map { $0.hasPrefix(" ") ? $0 : " " + $0 }, top_k: top,
                include_prompts: prompts)
            try global.run(InterventionsFeatures.self, params) { FeatureInterventionReport($0).text($1) }
        }
    }
}

/// A change of a feature on a command line: `s1:17`, `s1:17*2`, `s1:17=1.5`, each with `@S2,-1` or without.
struct FeatureEditName: ExpressibleByArgument {
    let edit: SAEFeatureEdit

    init?(argument: String) {
        let parts = argument.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let what = parts[0].split(separator: ":", omittingEmptySubsequences: false)
        guard what.count == 2, !what[0].isEmpty else { return nil }
        let sign = what[1].firstIndex { $0 == "*" || $0 == "=" }
        guard let feature = Int(what[1][..<(sign ?? what[1].endIndex)]) else { return nil }
        var edit = SAEFeatureEdit(sae: String(what[0]), feature: feature)
        if let sign {
            guard let number = Float(what[1][what[1].index(after: sign)...]) else { return nil }
            if what[1][sign] == "*" { edit.factor = number } else { edit.value = number }
        }
        if parts.count == 2 {
            let names = parts[1].split(separator: ",", omittingEmptySubsequences: false)
            guard names.allSatisfy({ !$0.isEmpty }) else { return nil }
            edit.positions = names.map { Int($0).map { .index($0) } ?? .place(String($0)) }
        }
        self.edit = edit
    }
}
