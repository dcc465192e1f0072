import API
import Artifacts

/// `traces.get`.
struct TracesGetHandler: MethodHandler {
    typealias M = TracesGet
    let traces: TraceArchive
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try await compute.run {
            let info = try traces.info(params.trace)
            let edges = try traces.edges(info.trace).filter { $0.prompts >= params.min_prompts }
            return M.Result(
                trace: info, edges: Array(edges.prefix(params.limit)),
                graph: try params.prompt.map { try traces.graph(info, prompt: $0) })
        }
    }
}
