import API
import JSON
import Artifacts
import Store
import Tensors

/// `store.backup`.
struct StoreBackupHandler: MethodHandler {
    typealias M = StoreBackup
    let store: Store
    let care: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let path = try rights.place(params.path, in: call)
        return try await care.run { [store] in
            do {
                var file = try ReplacementFile(path, replacing: false, isPrivate: true)
                let bytes = try store.backUp(to: file)
                try file.commit()
                return M.Result(path: path.path, bytes: bytes)
            } catch StoreError.full {
                // The disk that is full is the backup's.
                throw APIError(.fileUnwritable, "cannot write \(path): its disk is full", facts: ["path": .string(path.path)])
            } catch {
                throw APIError.unwritable(path, error)
            }
        }
    }
}
