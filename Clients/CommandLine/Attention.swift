import API
import ArgumentParser
import Presentation

/// Where heads look, and why.
struct Attention: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Attention: pattern, reconstruct, explain.", subcommands: [Pattern.self, Reconstruct.self, Explain.self])

    struct Pattern: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the attention patterns of a layer.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var prompt: PromptOptions
        @Option(name: [.long, .customShort("L")], help: ArgumentHelp("The layer, from 0.", valueName: "layer")) var layer: Int
        @Option(
            name: [.long, .customLong("head"), .customShort("H")],
            help: ArgumentHelp("The heads; all if absent.", valueName: "list"), transform: Numbers.list)
        var heads: [Int]?
        @OptionGroup var output: OutputOption

        func run() throws {
            let params = AttentionPattern.Params(
                model: prompt.model, text: prompt.readText(), tokens: prompt.tokens, prepend_bos: prompt.prependBOS, layer: layer,
                heads: heads, tensors: output.delivery.tensors, format: output.delivery.format)
            if let out = output.out {
                return try global.connect().save(AttentionPattern.self, params, to: out) { $0.tensors }
            }
            try global.run(AttentionPattern.self, params) { result, style in
                result.heads.map { head in
                    style.apply(.bold, to: "head \(result.layer).\(head.head)") + "\n"
                        + HeatMap(pieces: result.pieces, pattern: head.pattern ?? []).text(
                            style, width: Terminal.hasOutput ? Terminal.columns : .max)
                }.joined(separator: "\n")
            }
        }
    }

    struct Reconstruct: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace a layer's patterns by their reconstructions, and say what that costs.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var prompt: PromptOptions
        @OptionGroup var target: TargetOptions
        @Option(
            name: [.long, .customLong("head"), .customShort("H")],
            help: ArgumentHelp("The heads; all if absent.", valueName: "list"), transform: Numbers.list)
        var heads: [Int]?
        @Flag(help: "Return the patterns too (with --json).") var patterns = false
        @OptionGroup var output: OutputOption

        func run() throws {
            let session = try global.connect()
            let target = try target.resolved(session, model: prompt.model)
            let params = AttentionReconstruct.Params(
                model: prompt.model, text: prompt.readText(), tokens: prompt.tokens, prepend_bos: prompt.prependBOS,
                map: target.map,
                dictionary: target.dictionary, heads: heads, include_patterns: patterns, tensors: output.delivery.tensors,
                format: output.delivery.format)
            if let out = output.out {
                return try session.save(AttentionReconstruct.self, params, to: out) { $0.tensors }
            }
            try session.show(AttentionReconstruct.self, params) { ReconstructReport($0).text($1) }
        }
    }
}

/// Which map explains: one that is named, or the newest for a layer.
struct TargetOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The map; the newest of the model's layer if absent.", valueName: "name")) var map: String?
    @Option(help: ArgumentHelp("A dictionary without a map.", valueName: "name")) var dictionary: String?
    @Option(name: [.long, .customShort("L")], help: ArgumentHelp("The layer, from 0.", valueName: "layer")) var layer: Int?

    func validate() throws {
        guard map == nil || dictionary == nil else { throw ValidationError("Give --map or --dictionary, not both.") }
        guard map != nil || dictionary != nil || layer != nil else {
            throw ValidationError("Give --layer, --map or --dictionary.")
        }
    }

    /// The map or the dictionary to ask for.
    func resolved(_ session: Session, model: String?) throws -> (map: String?, dictionary: String?) {
        guard map == nil, dictionary == nil, let layer else { return (map, dictionary) }
        let models = try session.call(ModelsList.self, ModelsList.Params()).models
        guard let name = model ?? models.first(where: \.is_embedded)?.model else {
            throw CommandFailure(message: "this daemon has no embedded model; give --model", status: .usage)
        }
        return (try newestMap(session, model: name, layer: layer), nil)
    }

    private func newestMap(_ session: Session, model: String, layer: Int) throws -> String {
        var newest: MapInfo?
        var cursor: String?
        repeat {
            let page = try session.call(MapsList.self, MapsList.Params(model: model, layer: layer, cursor: cursor))
            for map in page.maps where map.created_ms > newest?.created_ms ?? -1 { newest = map }
            cursor = page.next_cursor
        } while cursor != nil
        if let newest { return newest.map }
        let known = try session.call(DictionariesList.self, DictionariesList.Params(model: model, layer: layer, limit: 1))
            .dictionaries.first
        let advice =
            if let known {
                "'qklens maps train \(known.dictionary)' trains one; --dictionary \(known.dictionary) does without"
            } else {
                "'qklens train --layer \(layer) --model \(model) --map' trains one"
            }
        throw CommandFailure(message: "there is no map for layer \(layer) of \(model) yet; \(advice)", status: .refused)
    }
}
