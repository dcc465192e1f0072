import API
import Artifacts
import Store

/// `maps.export`.
struct MapsExportHandler: MethodHandler {
    typealias M = MapsExport
    let dictionaries: DictionaryLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let path = try rights.place(params.path, in: call)
        let info = try dictionaries.maps.info(params.map)
        let dictionary = try await dictionaries.dictionary(info.dictionary)
        let count = try await compute.run { [maps = dictionaries.maps] in
            var entries: [StoredEntry] = []
            entries.reserveCapacity(info.surviving_entries)
            try maps.forEachPair(params.map) { entries += $0 }
            try MapFolder.write(info, entries, of: (dictionary.info, dictionary.pair), params.format, to: path)
            return entries.count
        }
        return M.Result(map: params.map, path: params.path, entries: count)
    }
}
