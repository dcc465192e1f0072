public import API
public import ArgumentParser
import Presentation

extension InterventionsRank.Measure: ExpressibleByArgument {}
extension InterventionsRank.Source: ExpressibleByArgument {}
extension InterventionsRank.Destination: ExpressibleByArgument {}
extension ControlParams.Strength: ExpressibleByArgument {}
extension ReconstructionStage.Name: ExpressibleByArgument {}

/// What happens without a pair, a feature or a head.
struct Interventions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Interventions in the running model: run, rank, signal, features.",
        subcommands: [Run.self, Rank.self, Signal.self, Features.self])

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove or scale pairs, features, heads or patterns, and see what that does.",
            discussion: """
                Examples: qklens interventions run --map m1 --head 2 --pair 17:301 --task indirect_object --control 10
                          qklens interventions run "When John and Mary met, John gave a key to" --answer Mary --wrong John \\
                                                   --layer 0 --head 2 --whole-head
                          qklens interventions run --map m1 --stage masked_map --corpus demo
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var target: TargetOptions
        @OptionGroup var what: EditOptions
        @OptionGroup var questions: QuestionOptions
        @OptionGroup var options: TaskOptions
        @Option(
            parsing: .unconditional,
            help: ArgumentHelp("Only where these positions look; -1 is the last.", valueName: "list"), transform: Numbers.list)
        var destinations: [Int]?
        @Option(
            parsing: .unconditional,
            help: ArgumentHelp("Only where these positions are looked at.", valueName: "list"), transform: Numbers.list)
        var sources: [Int]?
        @Option(help: ArgumentHelp("Compare the pairs with so many draws of random ones.", valueName: "draws")) var control: Int?
        @Option(help: ArgumentHelp("What makes random pairs equally strong.", valueName: "measure"))
        var strength = ControlParams.Strength.expected_contribution
        @Flag(help: "Show every prompt that has an answer.") var prompts = false

        func run() throws {
            let session = try global.connect()
            let edits = what.edits(layer: target.layer)
            // Heads of a named layer need neither map nor dictionary.
            let needsFeatures = edits.contains { $0.target != .head }
            let found: (map: String?, dictionary: String?) =
                needsFeatures ? try target.resolved(session, model: options.model) : (target.map, target.dictionary)
            let params = InterventionsRun.Params(
                model: options.model, map: found.map, dictionary: found.dictionary, edits: edits, destinations: destinations,
                sources: sources, text: questions.plainText, prompts: questions.prompts,
                task: questions.task.map(TaskOptions.name), corpus: questions.corpus.path,
                text_field: questions.corpus.textField, contexts: questions.contexts,
                count: options.count, seed: options.seed, prepend_bos: options.prependBOS,
                control: control.map { ControlParams(draws: $0, seed: options.seed, strength: strength) },
                include_prompts: prompts)
            try session.show(InterventionsRun.self, params) { InterventionReport($0).text($1) }
        }
    }

    struct Rank: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Name the pairs that a head's part in a task rests on, and prove it by removing them.",
            discussion: "Example: qklens interventions rank m1 --head 2 --task indirect_object")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The map, as in m1.") var map: String
        @Option(
            name: [.long, .customLong("head"), .customShort("H")],
            help: ArgumentHelp("The heads; all if absent.", valueName: "list"), transform: Numbers.list)
        var heads: [Int]?
        @Option(help: ArgumentHelp("The task, or the path of a .jsonl file.", valueName: "name")) var task: String
        @OptionGroup var options: TaskOptions
        @Option(help: ArgumentHelp("How many pairs of each head.", valueName: "n")) var top = 10
        @Option(help: ArgumentHelp("What pairs are ranked by.", valueName: "measure")) var by = InterventionsRank.Measure.drop
        @Option(help: ArgumentHelp("At which sources that is measured.", valueName: "source"))
        var source = InterventionsRank.Source.any
        @Option(help: ArgumentHelp("At which destinations that is measured.", valueName: "destination"))
        var destination = InterventionsRank.Destination.end
        @Option(help: ArgumentHelp("How many draws of random pairs.", valueName: "draws")) var control = 10
        @Option(help: ArgumentHelp("What makes random pairs equally strong.", valueName: "measure"))
        var strength = ControlParams.Strength.expected_contribution

        func run() throws {
            let params = InterventionsRank.Params(
                model: options.model, map: map, heads: heads, task: TaskOptions.name(task), count: options.count,
                seed: options.seed, prepend_bos: options.prependBOS, top: top, by: by, source: source, destination: destination,
                control: ControlParams(draws: control, seed: options.seed, strength: strength))
            try global.run(InterventionsRank.self, params) { RankReport($0).text($1) }
        }
    }
}

/// What is scaled, and by what.
struct EditOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A pair, as in 17:301; may be given several times.", valueName: "query:key")) var pair:
        [PairName] = []
    @Option(help: ArgumentHelp("A feature of the query side; may be given several times.", valueName: "feature"))
    var queryFeature: [Int] = []
    @Option(help: ArgumentHelp("A feature of the key side; may be given several times.", valueName: "feature"))
    var keyFeature: [Int] = []
    @Flag(help: "All pairs of the heads, in the map or not.") var allPairs = false
    @Flag(help: "All pairs of the heads that the map keeps.") var survivingPairs = false
    @Flag(help: "The heads' patterns.") var wholeHead = false
    @Option(help: ArgumentHelp("Rebuild the heads' scores: transcoders, map or masked_map.", valueName: "stage"))
    var stage: ReconstructionStage.Name?
    @Option(
        name: [.long, .customLong("head"), .customShort("H")],
        help: ArgumentHelp("In which heads; all if absent.", valueName: "list"), transform: Numbers.list)
    var heads: [Int]?
    @Option(parsing: .unconditional, help: ArgumentHelp("What they are multiplied by; 0 removes.", valueName: "x")) var factor:
        Float = 0

    /// A pair on a command line.
    struct PairName: ExpressibleByArgument {
        let query: Int
        let key: Int

        init?(argument: String) {
            let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let query = Int(parts[0]), let key = Int(parts[1]) else { return nil }
            (self.query, self.key) = (query, key)
        }
    }

    func validate() throws {
        guard !edits(layer: nil).isEmpty else {
            throw ValidationError(
                "Say what to remove: --pair, --query-feature, --key-feature, --all-pairs, --surviving-pairs, --whole-head or --stage."
            )
        }
    }

    /// The edits; heads bring the layer, since they may do without a map.
    func edits(layer: Int?) -> [InterventionEdit] {
        func edit(_ target: InterventionEdit.Target, query: Int? = nil, key: Int? = nil) -> InterventionEdit {
            InterventionEdit(
                target: target, query_feature: query, key_feature: key, stage: target == .pattern ? stage : nil, heads: heads,
                factor: factor, layer: target == .head ? layer : nil)
        }
        var edits = pair.map { edit(.pair, query: $0.query, key: $0.key) }
        edits += queryFeature.map { edit(.query_feature, query: $0) } + keyFeature.map { edit(.key_feature, key: $0) }
        if allPairs { edits.append(edit(.all_pairs)) }
        if survivingPairs { edits.append(edit(.surviving_pairs)) }
        if wholeHead { edits.append(edit(.head)) }
        if stage != nil { edits.append(edit(.pattern)) }
        return edits
    }
}

/// On what an intervention is tried.
struct QuestionOptions: ParsableArguments {
    @Argument(help: "A text; instead of --task or --corpus.") var text: String?
    @Option(help: ArgumentHelp("What should follow the text; a space goes before it.", valueName: "word")) var answer: String?
    @Option(help: ArgumentHelp("What would be wrong; may be given several times.", valueName: "word")) var wrong: [String] = []
    @Option(help: ArgumentHelp("A task, or the path of a .jsonl file.", valueName: "name")) var task: String?
    @OptionGroup var corpus: CorpusOptions
    @Option(help: ArgumentHelp("How many contexts of the text file.", valueName: "n")) var contexts = 8

    func validate() throws {
        guard [text, task, corpus.path].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("Give one of a text, --task and --corpus.")
        }
        guard (answer == nil) == wrong.isEmpty, answer == nil || text != nil else {
            throw ValidationError("--answer and --wrong go together, with a text.")
        }
    }

    /// The text, where nothing is asked of it.
    var plainText: String? { answer == nil ? text : nil }

    /// The text with its answers.
    var prompts: [CausalPrompt]? {
        guard let text, let answer else { return nil }
        let word = { (text: String) in text.hasPrefix(" ") ? text : " " + text }
        return [CausalPrompt(text: text, answer: word(answer), wrong: wrong.map(word))]
    }
}
