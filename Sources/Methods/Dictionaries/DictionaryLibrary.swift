import Checkpoints
import GPT2
import JSON
import API
import Artifacts
import Attribution
import Dictionaries
public import Store
private import Synchronization

/// The dictionaries and maps that calls can name; those used last stay resident.
public final class DictionaryLibrary: Sendable {
    /// How many dictionaries, and how many maps, stay resident: at GPT-2 small's size 32 dictionaries are one gigabyte.
    private static let residentLimit = 32

    let archive: DictionaryArchive
    let maps: MapArchive
    let examples: ExampleArchive
    private let models: ModelLibrary
    private let compute: Compute
    private let residentPairs = Mutex(RecentlyUsed<TranscoderPair>(limit: residentLimit))
    private let residentMaps = Mutex(RecentlyUsed<FeatureMap>(limit: residentLimit))
    /// What lookups check their numbers against, of every map that was asked for: a map never changes.
    private let knownSizes = Mutex([String: MapSizes]())

    /// A library over a store.
    public init(store: Store, models: ModelLibrary, compute: Compute) {
        archive = DictionaryArchive(store: store)
        maps = MapArchive(store: store)
        examples = ExampleArchive(store: store)
        self.models = models
        self.compute = compute
    }

    /// A dictionary with its weights and its model.
    ///
    /// - Parameters:
    ///   - id: The dictionary.
    ///   - modelName: The model that the call names, if any; it must be the dictionary's own.
    /// - Throws: `dictionary_not_found`, `dictionary_model_mismatch`.
    func dictionary(_ id: String, modelName: String? = nil) async throws -> LoadedDictionary {
        let info = try archive.info(id)
        let model = try await models.model(modelName ?? info.model)
        guard model.fingerprint == info.model_fingerprint else {
            throw APIError(
                .dictionaryModelMismatch,
                "dictionary \(id) was trained on '\(info.model)' with fingerprint \(info.model_fingerprint); '\(model.name)' has "
                    + model.fingerprint,
                facts: [
                    "dictionary": .string(id), "model": .string(model.name), "model_fingerprint": .string(info.model_fingerprint),
                    "fingerprint": .string(model.fingerprint),
                ])
        }
        if let pair = residentPairs.withLock({ $0[id] }) { return LoadedDictionary(info: info, model: model, pair: pair) }
        let pair = try await compute.run { [archive] in try archive.weights(info) }
        residentPairs.withLock { $0[id] = pair }
        return LoadedDictionary(info: info, model: model, pair: pair)
    }

    /// The dictionary, and the map if there is one, that a call names by either.
    ///
    /// - Throws: `map_not_found`, `dictionary_not_found` also if neither is named.
    func named(map: String?, dictionary: String?, modelName: String?) async throws -> (LoadedDictionary, LoadedMap?) {
        guard let map else {
            guard let dictionary else {
                throw APIError(
                    .dictionaryNotFound,
                    "name a 'map' or a 'dictionary'; `maps.list` and `dictionaries.list` name those there are")
            }
            return (try await self.dictionary(dictionary, modelName: modelName), nil)
        }
        let info = try maps.info(map)
        if let dictionary, dictionary != info.dictionary {
            throw APIError(
                .dictionaryModelMismatch, "map \(map) belongs to dictionary \(info.dictionary), not to \(dictionary)",
                facts: ["map": .string(map), "dictionary": .string(info.dictionary)])
        }
        let loaded = try await self.dictionary(info.dictionary, modelName: modelName)
        if let featureMap = residentMaps.withLock({ $0[map] }) { return (loaded, LoadedMap(info: info, featureMap: featureMap)) }
        let attn_scale = loaded.model.gpt2.configuration.attn_scale(info.layer)
        let featureMap = try await compute.run { [maps] in try maps.featureMap(info, of: loaded.pair, attn_scale: attn_scale) }
        residentMaps.withLock { $0[map] = featureMap }
        return (loaded, LoadedMap(info: info, featureMap: featureMap))
    }

    /// A map's sizes.
    ///
    /// They may outlive the map by a moment: whoever reads entries is told by the archive whether the map is still there.
    /// - Throws: `map_not_found`.
    func sizes(ofMap id: String) throws -> MapSizes {
        if let known = knownSizes.withLock({ $0[id] }) { return known }
        let info = try maps.info(id), dictionary = try archive.info(info.dictionary)
        let sizes = MapSizes(
            map: id, dictionary: info.dictionary, d_sae_query: dictionary.d_sae_query, d_sae_key: dictionary.d_sae_key,
            n_heads: dictionary.n_heads)
        knownSizes.withLock { $0[id] = sizes }
        return sizes
    }

    /// Removes a map and its examples.
    func deleteMap(_ id: String) throws {
        try maps.check(id)
        residentMaps.withLock { $0[id] = nil }
        try maps.delete(id)
        knownSizes.withLock { $0[id] = nil }
        try examples.delete(map: id)
    }

    /// Removes a dictionary and its maps.
    ///
    /// - Parameter check: Given each thing that would be removed, and its owner if that is known; what it throws keeps them all.
    /// - Returns: The maps removed.
    func deleteDictionary(_ id: String, check: (_ thing: String, _ owner: Int?) throws -> Void) throws -> [String] {
        try check("dictionary \(id)", try unlessDamaged { try archive.info(id).owner_uid })
        let infos = try maps.all().filter { $0.dictionary == id }
        for info in infos { try check("map \(info.map) over dictionary \(id)", info.owner_uid) }
        let dependent = infos.map(\.map)
        for map in dependent { try deleteMap(map) }
        residentPairs.withLock { $0[id] = nil }
        try archive.delete(id)
        return dependent
    }
}

/// A dictionary with everything that using it takes.
struct LoadedDictionary: Sendable {
    let info: DictionaryInfo
    let model: LoadedModel
    let pair: TranscoderPair

    /// - Throws: `feature_out_of_range`.
    func check(feature: Int, side: FeatureSide) throws {
        try info.check(feature: feature, side: side)
    }
}

/// A map with everything that using it takes.
struct LoadedMap: Sendable {
    let info: MapInfo
    let featureMap: FeatureMap
}

extension DictionaryInfo {
    /// - Throws: `feature_out_of_range`.
    func check(feature: Int, side: FeatureSide) throws {
        try checkFeature(feature, side, of: dictionary, d_sae: side == .query ? d_sae_query : d_sae_key)
    }
}

/// The numbers that a map's features and heads stay below.
struct MapSizes: Sendable {
    let map: String, dictionary: String
    let d_sae_query: Int, d_sae_key: Int, n_heads: Int

    /// - Throws: `feature_out_of_range`.
    func check(feature: Int, side: FeatureSide) throws {
        try checkFeature(feature, side, of: dictionary, d_sae: side == .query ? d_sae_query : d_sae_key)
    }

    /// - Throws: `head_out_of_range`.
    func check(head: Int) throws {
        guard (0..<n_heads).contains(head) else {
            throw APIError(
                .headOutOfRange, "head \(head) is out of range for map '\(map)' (n_heads = \(n_heads))",
                facts: ["head": .integer(head), "n_heads": .integer(n_heads)])
        }
    }
}

private func checkFeature(_ feature: Int, _ side: FeatureSide, of dictionary: String, d_sae: Int) throws {
    guard (0..<d_sae).contains(feature) else {
        throw APIError(
            .featureOutOfRange,
            "\(side.rawValue) feature \(feature) is out of range for dictionary '\(dictionary)' (d_sae = \(d_sae))",
            facts: ["feature": .integer(feature), "d_sae": .integer(d_sae), "side": .string(side.rawValue)])
    }
}
