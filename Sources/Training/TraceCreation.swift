import API
import Artifacts
import Circuits
import JSON
import Jobs
import Store
import Systemd
import Tasks
import Tensors
import Tokenizer

// `traces.create`:
//
// 1. The prompts, which follow from the parameters alone.
// 2. Prompt by prompt, its graph, kept under the job's number at once. A worker that goes on finds those that are there.
// 3. What they have in common is counted, and becomes visible with the description and the job's end in one transaction.

/// The work of a `traces.create` job.
struct TraceCreation {
    let workplace: Workplace
    let params: TracesCreate.Params

    /// Runs the job to its end.
    func run() throws {
        let archive = TraceArchive(store: workplace.store), id = TraceArchive.id(ofJob: workplace.job)
        let model = try workplace.model(params.model), all = try prompts(model)
        let kept = all.filter(hasRoots)
        let library = Decompositions(model, DecompositionArchive(store: workplace.store))
        let tracer = PromptTracer(model, roots: params.roots, params.options) { try library.layer($0, $1) }
        var edges = TraceEdges(mode: params.options.mode), figures = (nodes: 0, links: 0, fired: 0)
        let tokens = kept.reduce(0) { $0 + $1.tokens.count } / max(kept.count, 1)
        var reporter = ProgressReporter(stage: "traces", steps: kept.count, tokensPerStep: tokens)
        for (number, prompt) in kept.enumerated() {
            try Termination.check()
            let graph: TraceGraphInfo
            if let known = try archive.kept(id, prompt: number) {
                graph = known
            } else {
                graph = try tracer.graph(prompt)
                try workplace.whenThereIsRoom { try archive.keep(graph, id, prompt: number) }
                FaultPoint.reached("trace-kept")
            }
            edges.add(graph)
            figures = (
                figures.nodes + graph.nodes.count, figures.links + graph.links.count,
                figures.fired + (graph.links.isEmpty ? 0 : 1)
            )
            try reporter.report(number + 1, metrics: ["nodes": Double(figures.nodes), "links": Double(figures.links)])
        }
        let found = edges.edges
        let info = TraceInfo(
            trace: id, model: model.name, model_fingerprint: model.fingerprint, n_layers: model.info.n_layers, task: params.task,
            prompts: kept.count, passed_over: all.count - kept.count, fired: figures.fired, seed: params.seed,
            prepend_bos: params.prepend_bos, roots: params.roots, options: params.options, nodes: figures.nodes,
            links: figures.links, edges: found.count, created_ms: workplace.now(), job: workplace.job, owner_uid: workplace.owner)
        try workplace.finish(JobResult(trace: id)) { writer in try TraceArchive.publish(info, found, in: &writer) }
    }

    private func prompts(_ model: LoadedModel) throws -> [TracedPrompt] {
        if let prompts = params.prompts {
            return try prompts.enumerated().map {
                try TracedPrompt($1, number: $0, model: model, prependsBOS: params.prepend_bos)
            }
        }
        let tasks = TaskPrompts(model: model, access: workplace.access)
        return try tasks.prompts(
            params.task ?? "", count: params.count, seed: params.seed, prependsBOS: params.prepend_bos
        ).map { TracedPrompt($0) }
    }

    /// Whether a prompt has every token that the roots name, and the looks can be.
    private func hasRoots(_ prompt: TracedPrompt) -> Bool {
        (params.roots ?? []).allSatisfy { root in
            guard let destination = try? prompt.position(root.destination) else { return false }
            guard let source = root.source else { return true }
            return (try? prompt.position(source)).map { $0 <= destination } ?? false
        }
    }

    /// Decompositions as they are asked for: from the store, or made and kept there.
    private final class Decompositions {
        private let model: LoadedModel
        private let archive: DecompositionArchive
        private var known: [String: LayerDecompositions] = [:]

        init(_ model: LoadedModel, _ archive: DecompositionArchive) { (self.model, self.archive) = (model, archive) }

        func layer(_ layer: Int, _ form: QKForm) throws -> LayerDecompositions {
            let key = "\(form.rawValue).\(layer)"
            if let found = known[key] { return found }
            var found = try archive.layer(model, layer, form)
            if found == nil {
                let made = try LayerDecompositions(model.gpt2, layer: layer, form: form)
                // The trace needs no room for them.
                try? archive.keep(made, of: model)
                found = made
            }
            known[key] = found
            guard let found else { preconditionFailure("layer \(layer) was neither kept nor made") }
            return found
        }
    }
}
