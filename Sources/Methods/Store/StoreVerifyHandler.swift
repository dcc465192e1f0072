import API
import Artifacts
import Store

/// `store.verify`.
struct StoreVerifyHandler: MethodHandler {
    typealias M = StoreVerify
    let store: Store
    let care: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let cancellation = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await care.run { [store] in
                let report = try store.verify { _ in if cancellation.isCancelled { throw CancellationError() } }
                let findings = report.findings + (try store.verifyDocuments())
                return M.Result(
                    sound: findings.isEmpty, records: report.records, bytes: report.bytes,
                    findings: findings.map {
                        M.Finding(table: $0.database, key: $0.key, what: $0.what, advice: $0.advice)
                    })
            }
        } onCancel: {
            cancellation.cancel()
        }
    }
}
