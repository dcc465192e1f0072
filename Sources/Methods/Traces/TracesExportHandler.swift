import API
import Artifacts

/// `traces.export`.
struct TracesExportHandler: MethodHandler {
    typealias M = TracesExport
    let traces: TraceArchive
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let path = try rights.place(params.path, in: call)
        return try await compute.run {
            let info = try traces.info(params.trace), file: TraceFile
            if let prompt = params.prompt {
                file = TraceFile(try traces.graph(info, prompt: prompt), name: "\(info.trace)-\(prompt)", of: info)
            } else {
                file = TraceFile(try traces.edges(info.trace).filter { $0.prompts >= params.min_prompts }, of: info)
            }
            let bytes = try file.write(params.format, to: path)
            return M.Result(
                trace: info.trace, path: params.path, nodes: file.nodeCount, links: file.linkCount, bytes: bytes)
        }
    }
}
