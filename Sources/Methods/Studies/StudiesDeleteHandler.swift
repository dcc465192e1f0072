import API
import Artifacts

/// `studies.delete`.
struct StudiesDeleteHandler: MethodHandler {
    typealias M = StudiesDelete
    let studies: StudyArchive
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try await compute.run {
            try rights.checkOwner(of: "study \(params.study)", try studies.info(params.study).owner_uid, in: call)
            try studies.delete(params.study)
        }
        return M.Result(study: params.study)
    }
}
