import API
import Artifacts

/// `traces.run`: prompt by prompt, so other calls get their turn in between.
struct TracesRunHandler: MethodHandler {
    typealias M = TracesRun
    let models: ModelLibrary
    let decompositions: DecompositionLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        try TracedPrompts.check(params.roots ?? [], model)
        let access = rights.access(of: call)
        let prompts = try await compute.run {
            try TracedPrompts.list(
                params, prompts: params.prompts, task: params.task.map { ($0, params.count, params.seed) },
                prependsBOS: params.prepend_bos, model, access)
        }
        var graphs: [TraceGraphInfo] = [], edges = TraceEdges(mode: params.options.mode)
        for prompt in prompts {
            let graph = try await compute.run {
                try PromptTracer(model, roots: params.roots, params.options) { try decompositions.layer(model, $0, $1) }.graph(
                    prompt)
            }
            edges.add(graph)
            graphs.append(graph)
        }
        return M.Result(model: model.name, mode: params.options.mode, graphs: graphs, edges: edges.edges)
    }
}
