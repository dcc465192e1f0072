import API
import Artifacts
import Attribution
import Checkpoints
import Dictionaries
import GPT2
import JSON

/// The edits of a call, checked and brought together layer by layer.
struct InterventionPlan: Sendable {
    /// What is changed in one layer.
    struct Layer: Sendable {
        let layer: Int
        let dictionary: LoadedDictionary?
        var map: LoadedMap?
        var edits: [Intervention.Edit] = []
        /// The edits as the call gave them.
        var given: [InterventionEdit] = []
    }

    /// The model that is changed.
    let model: LoadedModel
    /// By layer.
    let layers: [Layer]
    private let window: Intervention.Window

    /// Resolves the edits of a call.
    ///
    /// - Throws: What naming maps, dictionaries and models throws, `layer_out_of_range`, `head_out_of_range`, `feature_out_of_range`.
    init(_ params: InterventionsRun.Params, _ dictionaries: DictionaryLibrary, _ models: ModelLibrary) async throws {
        // The model is that of the first map or dictionary that is named, wherever it stands.
        let references = params.edits.map { ($0.map, $0.dictionary) } + [(params.map, params.dictionary)]
        var model: LoadedModel?
        if let (map, dictionary) = references.first(where: { $0.0 != nil || $0.1 != nil }) {
            model = try await dictionaries.named(map: map, dictionary: dictionary, modelName: params.model).0.model
        }
        var found: [Int: Layer] = [:]
        for (number, edit) in params.edits.enumerated() {
            let names = edit.map == nil && edit.dictionary == nil ? (params.map, params.dictionary) : (edit.map, edit.dictionary)
            var dictionary: LoadedDictionary?
            var map: LoadedMap?
            if names.0 != nil || names.1 != nil {
                (dictionary, map) = try await dictionaries.named(
                    map: names.0, dictionary: names.1, modelName: params.model ?? model?.name)
            } else if edit.target != .head {
                throw ParameterError(
                    "edits[\(number)].map", "name a map or a dictionary: the target '\(edit.target.rawValue)' is one of its")
            }
            // A head of another layer than the call's dictionary needs none.
            if edit.target == .head, let layer = edit.layer, layer != dictionary?.info.layer { (dictionary, map) = (nil, nil) }
            if model == nil { model = try await models.model(params.model) }
            guard let model else { continue }
            let layer = try Self.layer(edit, number, dictionary, model)
            var place = found[layer] ?? Layer(layer: layer, dictionary: dictionary, map: map)
            try place.join(dictionary, map, number)
            try place.add(edit, number, model)
            found[layer] = place
        }
        guard let model else { throw ParameterError("edits", "there is nothing to change") }
        self.model = model
        layers = found.values.sorted { $0.layer < $1.layer }
        window = Intervention.Window(destinations: params.destinations, sources: params.sources)
        if params.sources != nil, params.edits.contains(where: { $0.target == .pattern }) {
            throw ParameterError("sources", "a stage replaces whole rows of scores; restrict 'destinations' only")
        }
    }

    private static func layer(
        _ edit: InterventionEdit, _ number: Int, _ dictionary: LoadedDictionary?, _ model: LoadedModel
    ) throws -> Int {
        guard let layer = edit.layer ?? dictionary?.info.layer else {
            throw ParameterError("edits[\(number)].layer", "name the layer of the heads, or a map or dictionary of it")
        }
        try model.check(layer: layer)
        if let dictionary, dictionary.info.layer != layer {
            throw APIError(
                .layerOutOfRange, "dictionary \(dictionary.info.dictionary) is of layer \(dictionary.info.layer), not \(layer)",
                facts: ["layer": .integer(layer), "dictionary_layer": .integer(dictionary.info.layer)])
        }
        return layer
    }

    /// The interventions, with other edits in the place of a layer's if they are given.
    func interventions(replacing: (layer: Int, edits: [Intervention.Edit])? = nil) -> [Intervention] {
        layers.map { place in
            place.intervention(
                model, edits: replacing.flatMap { $0.layer == place.layer ? $0.edits : nil } ?? place.edits, window: window)
        }
    }

    /// Checks that every prompt has the positions asked for.
    ///
    /// - Throws: `position_out_of_range`.
    func checkPositions(_ questions: [Question]) throws {
        let shortest = questions.map(\.tokens.count).min() ?? 0
        for position in (window.destinations ?? []) + (window.sources ?? []) where !(-shortest..<shortest).contains(position) {
            throw APIError(
                .positionOutOfRange, "position \(position) is out of range for the shortest prompt, which has \(shortest) tokens",
                facts: ["position": .integer(position), "tokens": .integer(shortest)])
        }
    }
}

extension InterventionPlan.Layer {
    /// Sees to it that a layer has one dictionary and one map.
    fileprivate mutating func join(_ other: LoadedDictionary?, _ otherMap: LoadedMap?, _ number: Int) throws {
        if let other, let dictionary, other.info.dictionary != dictionary.info.dictionary {
            throw ParameterError(
                "edits[\(number)]",
                "layer \(layer) is changed by features of \(dictionary.info.dictionary) already; \(other.info.dictionary) would be a second"
            )
        }
        if let map, let otherMap, map.info.map != otherMap.info.map {
            throw ParameterError(
                "edits[\(number)]",
                "layer \(layer) is changed by pairs of \(map.info.map) already; \(otherMap.info.map) would be a second")
        }
        if dictionary == nil, other != nil {
            self = InterventionPlan.Layer(layer: layer, dictionary: other, map: otherMap, edits: edits, given: given)
        } else if map == nil {
            map = otherMap
        }
    }

    /// Checks an edit and takes it in.
    fileprivate mutating func add(_ edit: InterventionEdit, _ number: Int, _ model: LoadedModel) throws {
        let heads = try model.heads(edit.heads)
        let target = try target(edit, number)
        let replaced = given.filter { $0.target == .pattern }.flatMap { $0.heads ?? heads }
        let changed = given.filter { $0.target != .pattern && $0.target != .head }.flatMap { $0.heads ?? heads }
        let clash = edit.target == .pattern ? changed : edit.target == .head ? [] : replaced
        if let head = heads.first(where: clash.contains) {
            throw ParameterError(
                "edits[\(number)]",
                "the scores of head \(layer).\(head) are rebuilt by a stage; its own pairs are not in the model any more")
        }
        edits.append(Intervention.Edit(target, heads: heads, factor: edit.factor))
        given.append(edit)
    }

    private func target(_ edit: InterventionEdit, _ number: Int) throws -> Intervention.Target {
        func feature(_ value: Int?, _ side: FeatureSide) throws -> Int32 {
            guard let value else {
                throw ParameterError(
                    "edits[\(number)].\(side.rawValue)_feature",
                    "the target '\(edit.target.rawValue)' needs \(side.rawValue)_feature")
            }
            try dictionary?.check(feature: value, side: side)
            return Int32(value)
        }
        func needsMap(_ what: String) throws {
            if map == nil { throw ParameterError("edits[\(number)].map", "\(what) are those of a map; name one") }
        }
        switch edit.target {
        case .pair:
            return .pair(FeaturePair(query: try feature(edit.query_feature, .query), key: try feature(edit.key_feature, .key)))
        case .query_feature: return .queryFeature(try feature(edit.query_feature, .query))
        case .key_feature: return .keyFeature(try feature(edit.key_feature, .key))
        case .all_pairs: return .allPairs
        case .surviving_pairs:
            try needsMap("surviving pairs")
            return .survivingPairs
        case .head: return .head
        case .pattern:
            guard let stage = edit.stage.flatMap({ PatternStage(rawValue: $0.rawValue) }) else {
                throw ParameterError("edits[\(number)].stage", "the target 'pattern' needs a stage")
            }
            if stage == .masked_map { try needsMap("the scores of masked_map") }
            return .pattern(stage)
        }
    }

    /// The layer's intervention.
    func intervention(_ model: LoadedModel, edits: [Intervention.Edit], window: Intervention.Window = .init()) -> Intervention {
        let c = model.gpt2.configuration
        return Intervention(
            layer: layer, n_heads: c.n_heads, dictionary: dictionary?.pair, map: map?.featureMap, attn_scale: c.attn_scale(layer),
            edits: edits, window: window)
    }
}
