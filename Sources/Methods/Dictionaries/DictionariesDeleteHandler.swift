import API

/// `dictionaries.delete`.
struct DictionariesDeleteHandler: MethodHandler {
    typealias M = DictionariesDelete
    let dictionaries: DictionaryLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        // Deleting writes, which may wait for the worker's transaction: not on the pool that serves.
        let maps = try await compute.run {
            try dictionaries.deleteDictionary(params.dictionary) { thing, owner in
                try rights.checkOwner(of: thing, owner, in: call)
            }
        }
        return M.Result(dictionary: params.dictionary, deleted_maps: maps)
    }
}
