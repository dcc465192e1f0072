import API
import Artifacts
import Attribution
import Dictionaries
import GPT2
import JSON
import Store
import Tensors
import Tokenizer

/// `dictionaries.compare`: one forward pass over a text, then arithmetic on sparse activations.
struct DictionariesCompareHandler: MethodHandler {
    typealias M = DictionariesCompare
    let dictionaries: DictionaryLibrary
    let models: ModelLibrary
    let compute: Compute
    let rights: Rights

    /// Contexts that go through the model at once.
    private static let batchSize = 16
    /// Tokens whose features are held at once, those of each dictionary counted: at twenty features a token and side, a gigabyte.
    private static let mostTokens = 2 << 20

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        var loaded: [LoadedDictionary] = []
        for id in params.dictionaries { loaded.append(try await dictionaries.dictionary(id)) }
        let compared = loaded, first = loaded[0]
        try checkModels(compared)
        let maps = try params.maps.map { try checkMaps($0, compared) }
        let named = first.info.corpus(unless: params.corpus, field: params.text_field)
        let corpus = try Corpus(
            named.corpus, field: named.field, for: first.model, embeddedDirectory: models.embedded.path,
            access: rights.access(of: call))
        let T = first.info.context
        guard params.contexts * T * compared.count <= Self.mostTokens else {
            throw ParameterError(
                "contexts",
                "\(params.contexts) contexts of \(T) tokens of \(compared.count) dictionaries are more than \(Self.mostTokens) tokens in all"
            )
        }
        let contexts = try await compute.run { try corpus.contexts(first.model, T: T, limit: params.contexts).tokens() }
        let activations = try await self.activations(of: compared, contexts, T: T)
        // One piece of arithmetic for each pair of dictionaries, so that other calls get their turn.
        var matchings: [DictionaryComparison.Forward] = []
        for i in compared.indices {
            for j in compared.indices where j > i {
                let (one, other) = (activations[i], activations[j])
                matchings.append(
                    try await compute.run {
                        DictionaryComparison.Forward(
                            first: i, second: j,
                            query: FeatureMatching(one.query, other.query, threshold: params.min_correlation),
                            key: FeatureMatching(one.key, other.key, threshold: params.min_correlation))
                    })
            }
        }
        let comparison = DictionaryComparison(compared, matchings)
        return try await compute.run { [archive = dictionaries.maps] in
            var result = M.Result(
                dictionaries: params.dictionaries, tokens: activations.first?.query.tokens ?? 0,
                min_correlation: params.min_correlation, matchings: comparison.described(listing: params.include_matches))
            if let maps {
                let entries = try maps.map { try archive.overlapEntries($0) }
                result.overlaps = comparison.overlaps(maps, entries)
                result.in_all = comparison.inAll(maps, entries)
            }
            return result
        }
    }

    /// - Throws: `dictionary_model_mismatch` unless all are of one model.
    private func checkModels(_ compared: [LoadedDictionary]) throws {
        let first = compared[0].info
        for other in compared where other.info.model_fingerprint != first.model_fingerprint {
            throw APIError(
                .dictionaryModelMismatch,
                "dictionary \(first.dictionary) is of '\(first.model)', \(other.info.dictionary) of '\(other.info.model)'; features "
                    + "are compared by what they do in one model",
                facts: ["dictionary": .string(other.info.dictionary), "model": .string(other.info.model)])
        }
    }

    /// - Throws: `map_not_found`, `map_dictionary_mismatch`.
    private func checkMaps(_ maps: [String], _ compared: [LoadedDictionary]) throws -> [String] {
        guard maps.count == compared.count else {
            throw ParameterError("maps", "\(maps.count) maps for \(compared.count) dictionaries: name one for each")
        }
        for (map, dictionary) in zip(maps, compared) {
            let info = try dictionaries.maps.info(map)
            guard info.dictionary == dictionary.info.dictionary else {
                throw APIError(
                    .mapDictionaryMismatch,
                    "map \(map) belongs to dictionary \(info.dictionary), and stands where one of \(dictionary.info.dictionary) must",
                    facts: ["map": .string(map), "dictionary": .string(info.dictionary)])
            }
        }
        return maps
    }

    /// Both sides' activations of each dictionary on the same tokens.
    ///
    /// A batch at a time, so that other calls get their turn at the arithmetic.
    private func activations(
        of compared: [LoadedDictionary], _ tokens: [Int32], T: Int
    ) async throws -> [(query: ActivationColumns, key: ActivationColumns)] {
        let model = compared[0].model.gpt2
        var rows = compared.map { _ in (query: SparseRows(), key: SparseRows()) }
        let names = Set(compared.map { ActivationName(.ln1_x, $0.info.layer) })
        for start in stride(from: 0, to: tokens.count, by: Self.batchSize * T) {
            try Task.checkCancellation()
            let piece = Array(tokens[start..<min(start + Self.batchSize * T, tokens.count)])
            let encoded = try await compute.run {
                let found = try model.forward(TokenBatch(piece, B: piece.count / T, T: T), capture: names)
                return compared.map { dictionary in
                    let x = found[ActivationName(.ln1_x, dictionary.info.layer)].values
                    return (query: dictionary.pair.query.encode(x.span), key: dictionary.pair.key.encode(x.span))
                }
            }
            for (index, part) in encoded.enumerated() {
                rows[index].query.append(contentsOf: part.query)
                rows[index].key.append(contentsOf: part.key)
            }
        }
        let found = rows
        return try await compute.run {
            zip(found, compared).map { rows, dictionary in
                (
                    query: ActivationColumns(rows.query, d_sae: dictionary.info.d_sae_query),
                    key: ActivationColumns(rows.key, d_sae: dictionary.info.d_sae_key)
                )
            }
        }
    }
}

extension MapArchive {
    /// A map's entries, weighted by their expected contribution.
    fileprivate func overlapEntries(_ map: String) throws -> [OverlapEntry] {
        var found: [OverlapEntry] = []
        try forEachPair(map) { entries in
            for entry in entries {
                found.append(
                    OverlapEntry(
                        query: Int(entry.query), key: Int(entry.key), head: Int(entry.head),
                        weight: Double(abs(entry.contribution))))
            }
        }
        return found
    }
}
