import API
import Artifacts

/// `studies.get`.
struct StudiesGetHandler: MethodHandler {
    typealias M = StudiesGet
    let studies: StudyArchive
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try await compute.run { try studies.info(params.study) }
    }
}
