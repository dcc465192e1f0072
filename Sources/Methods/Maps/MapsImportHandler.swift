import API
import Artifacts
import JSON
import Store

/// `maps.import`.
struct MapsImportHandler: MethodHandler {
    typealias M = MapsImport
    let dictionaries: DictionaryLibrary
    let compute: Compute
    let rights: Rights
    let now: @Sendable () -> Int

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let path = try rights.place(params.path, in: call)
        let dictionary = try await dictionaries.dictionary(params.dictionary)
        // In two pieces, so that a caller who has gone away does not keep the second from being dropped.
        let folder = try await compute.run {
            let folder = try MapFolder(path, of: dictionary.info)
            try folder.check(dictionary.info, dictionary.pair, path: path)
            return folder
        }
        return try await compute.run { [dictionaries, now] in
            // It may have been deleted while the files were read.
            _ = try dictionaries.archive.info(dictionary.info.dictionary)
            var info = described(folder, dictionary.info)
            (info.created_ms, info.job, info.imported_from) = (now(), nil, params.path)
            info.owner_uid = Int(call.peer.uid)
            info.map = try dictionaries.maps.write(folder.entries)
            do {
                try dictionaries.maps.publish(info)
            } catch {
                try? dictionaries.maps.delete(info.map)
                throw error
            }
            return info
        }
    }

    /// What the folder says of the map, under the names of this store and with its own counts.
    private func described(_ folder: MapFolder, _ dictionary: DictionaryInfo) -> MapInfo {
        var info = folder.description
        let count = folder.entries.count
        (info.dictionary, info.model, info.layer) = (dictionary.dictionary, dictionary.model, dictionary.layer)
        info.surviving_entries = count
        info.surviving_pairs = Set(folder.entries.map { UInt64($0.query) << 32 | UInt64($0.key) }).count
        info.entries_by_head = Array(repeating: 0, count: dictionary.n_heads)
        for entry in folder.entries { info.entries_by_head[Int(entry.head)] += 1 }
        if !folder.isAsDescribed {
            (info.evaluation, info.search) = ([:], nil)
            info.support_entries = max(info.support_entries, count)
            let all = dictionary.d_sae_query * dictionary.d_sae_key * dictionary.n_heads
            let before = Double(max(1, folder.description.surviving_entries))
            // Both are counts of the same wholes, so the share moves with the count.
            info.sparsity = MapSparsity(
                of_all: Double(count) / Double(all), of_live: min(1, info.sparsity.of_live * Double(count) / before),
                of_support: Double(count) / Double(max(1, info.support_entries)))
        }
        return info
    }
}
