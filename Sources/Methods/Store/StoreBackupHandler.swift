import API
import Store
import Tensors

/// `store.backup`.
struct StoreBackupHandler: MethodHandler {
    typealias M = StoreBackup
    let store: Store
    let care: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try checkAbsolute(params.path)
        return try await care.run { [store] in
            var file = try ReplacementFile(params.path)
            try store.backUp(to: file)
            try file.commit()
            return M.Result(path: params.path, bytes: try ReadableFile(params.path).size)
        }
    }
}
