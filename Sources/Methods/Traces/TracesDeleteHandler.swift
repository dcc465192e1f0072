import API
import Artifacts

/// `traces.delete`.
struct TracesDeleteHandler: MethodHandler {
    typealias M = TracesDelete
    let traces: TraceArchive
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try await compute.run {
            try rights.checkOwner(of: "trace \(params.trace)", try traces.info(params.trace).owner_uid, in: call)
            try traces.delete(params.trace)
        }
        return M.Result(trace: params.trace)
    }
}
