import JSON
import API
import Artifacts

/// `pairs.top`: a map's entries by expected contribution, of a feature or a head or all.
struct PairsTopHandler: MethodHandler {
    typealias M = PairsTop
    let dictionaries: DictionaryLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let map = try dictionaries.maps.info(params.map)
        let dictionary = try dictionaries.archive.info(map.dictionary)
        if let feature = params.query_feature { try dictionary.check(feature: feature, side: .query) }
        if let feature = params.key_feature { try dictionary.check(feature: feature, side: .key) }
        if let head = params.head, !(0..<dictionary.n_heads).contains(head) {
            throw APIError(
                .headOutOfRange, "head \(head) is out of range for map '\(map.map)' (n_heads = \(dictionary.n_heads))",
                facts: ["head": .integer(head), "n_heads": .integer(dictionary.n_heads)])
        }
        let start = try start(params.cursor)
        let found = try dictionaries.maps.top(
            map, query: params.query_feature, key: params.key_feature, head: params.head, start: start, limit: params.limit + 1)
        let shown = Array(found.prefix(params.limit))
        return M.Result(map: map.map, pairs: shown, next_cursor: found.count > shown.count ? String(start + shown.count) : nil)
    }

    /// How many entries came before: the cursor.
    private func start(_ cursor: String?) throws -> Int {
        guard let cursor else { return 0 }
        guard let start = Int(cursor), start >= 0 else {
            throw APIError(.cursorInvalid, "'\(cursor)' is not a cursor of this list", facts: ["cursor": .string(cursor)])
        }
        return start
    }
}
