import API
import ArgumentParser
import Presentation

/// Why a head looked there: the short form that people type.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Explain why a head looked at a token.",
        discussion: """
            The score is split into pairs of features, each with the tokens that it fires on, into biases, and into what the \
            dictionaries do not reproduce; together these parts are the model's own score.

            Without --head, one line for each head of the layer.

            Example: qklens explain "When John and Mary went to the store, John gave a drink to" --layer 0 --head 2
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var prompt: PromptOptions
    @OptionGroup var target: TargetOptions
    @Option(
        name: [.long, .customShort("H")], help: ArgumentHelp("The head, from 0; all of the layer if absent.", valueName: "head"))
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
    @Flag(inversion: .prefixedNo, help: "Say what each feature fires on (reads part of the training text).") var examples = true

    func run() throws {
        let session = try global.connect()
        let target = try target.resolved(session, model: prompt.model)
        let params = AttentionExplain.Params(
            model: prompt.model, text: prompt.readText(), tokens: prompt.tokens, prepend_bos: prompt.prependBOS, map: target.map,
            dictionary: target.dictionary, layer: self.target.layer, head: head, destination: destination, source: source,
            top_k: topK)
        guard !session.printsJSON else { return try session.show(AttentionExplain.self, params) { _, _ in "" } }
        let result = try session.call(AttentionExplain.self, params)
        let basis = [result.map.map { "map \($0)" }, "dictionary \(result.dictionary)"].compactMap { $0 }.joined(
            separator: " of ")
        // What fires is told of every pair of one head, or of the most effective pair of each.
        let shown = head == nil ? result.heads.compactMap(\.mostEffective) : result.heads.flatMap(\.pairs)
        let query = try examples(session, result.dictionary, .query, shown.map(\.query_feature))
        let key = try examples(session, result.dictionary, .key, shown.map(\.key_feature))
        let report = ExplainReport(result, basis: basis, query: query, key: key)
        Terminal.write(report.text(.ofOutput, width: Terminal.columns))
    }

    /// What features fire on: one call, whatever their number.
    private func examples(_ session: Session, _ dictionary: String, _ side: FeatureSide, _ features: [Int]) throws
        -> [FeatureExamples]
    {
        let mostAtOnce = 64
        var distinct: [Int] = []
        for feature in features where !distinct.contains(feature) && distinct.count < mostAtOnce { distinct.append(feature) }
        guard examples, !distinct.isEmpty else { return [] }
        let params = FeaturesExamples.Params(dictionary: dictionary, side: side, features: distinct, limit: 1)
        return try session.call(FeaturesExamples.self, params).features
    }
}
