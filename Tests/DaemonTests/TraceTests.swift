import API
import Client
import Foundation
import JSON
import JSONRPC
import Testing

/// Traces and interventions on signals, on the real daemon.
@Suite(.timeLimit(.minutes(3))) struct TraceTests {
    /// The trained model's head that looks from the end of a prompt at who acts.
    static let root: JSON = ["layer": 1, "head": 3, "destination": "END", "source": "S2"]
    static let task: JSONObject = ["task": "indirect_object", "roots": [root], "options": ["mode": "score_sum"]]

    private static func params(_ more: JSONObject) -> JSON {
        var params = task
        for (name, value) in more { params[name] = value }
        return .object(params)
    }

    @Test func `a look is traced in one prompt, in a few, and kept over a task`() throws {
        let daemon = try LiveDaemon()
        let one = try daemon.call(
            TracesRun.self, ["text": "When John and Mary met, John gave a key to", "roots": [["layer": 2, "head": 2]]])
        let graph = try #require(one.graphs.first)
        #expect(one.mode == .relative_attention && graph.pieces.count == graph.tokens.count && graph.roots == [0])
        #expect(graph.nodes[0].kind == .look && graph.nodes[0].position == graph.tokens.count - 1 && !graph.links.isEmpty)
        for reading in graph.nodes.flatMap(\.readings) {
            #expect(abs(reading.residual) < 1e-4 * max(1, abs(reading.total)), "\(reading)")
            #expect(abs(reading.total - reading.offset - reading.kept - reading.remainder) < 1e-3)
        }
        // Without roots: what makes the answer likely, and the logit difference is the task's.
        let prompt: JSON = ["text": "When John and Mary met, John gave a key to", "answer": " Mary", "wrong": [" John"]]
        let seeded = try daemon.call(TracesRun.self, ["prompts": [prompt]])
        let logits = try #require(seeded.graphs.first?.nodes.first)
        let told = try daemon.call(
            InterventionsRun.self, ["prompts": [prompt], "edits": [["target": "head", "layer": 0, "factor": 1]]])
        let difference = try #require(told.answers?.logit_difference)
        #expect(logits.kind == .logits && abs((logits.readings.first?.total ?? 0) - difference) < 1e-3, "\(logits)")

        let few = try daemon.call(TracesRun.self, Self.params(["count": 12]))
        #expect(few.graphs.count == 12 && few.edges.allSatisfy { $0.prompts <= 12 && $0.kind == .head })
        #expect(few.graphs[0].nodes[0].role == "END" && few.graphs[0].nodes[0].source_role == "S2")

        let job = try daemon.run(TracesCreate.self, Self.params(["count": 60]))
        let name = try #require(job.result?.trace, "\(job.error ?? "")")
        #expect(name == "t" + job.job.dropFirst())
        let kept = try daemon.call(TracesGet.self, ["trace": .string(name)])
        #expect(kept.trace.prompts == 60 && kept.trace.passed_over == 0 && kept.edges.count == min(100, kept.trace.edges))
        // The figures of the maths' own test: half of the prompts fire, head 0.0 writes at the end, head 0.3 at the name.
        #expect((15...45).contains(kept.trace.fired), "\(kept.trace.fired)")
        let strongest = kept.edges.prefix(2).map { "0.\($0.head ?? -1) \($0.role) \($0.side.rawValue)" }.sorted()
        #expect(strongest == ["0.0 END destination", "0.3 S2 source"], "\(kept.edges.prefix(3))")
        // A prompt's graph is the one that a call gives.
        let linked = try #require(few.graphs.firstIndex { !$0.links.isEmpty })
        let first = try daemon.call(TracesGet.self, ["trace": .string(name), "prompt": .integer(linked)])
        #expect(first.graph == few.graphs[linked])
        #expect(try daemon.call(TracesList.self).traces == [kept.trace])

        for format in TracesExport.Format.allCases {
            for prompt in [nil, linked] as [Int?] {
                let path = daemon.home.appending(path: "t\(prompt ?? -1).\(format.rawValue)").path
                var params: JSONObject = ["trace": .string(name), "path": .string(path), "format": .string(format.rawValue)]
                if let prompt { params["prompt"] = .integer(prompt) }
                let written = try daemon.call(TracesExport.self, .object(params))
                let data = try Data(contentsOf: URL(filePath: path))
                #expect(data.count == written.bytes && written.nodes > 1 && written.links > 0)
                try Self.check(data, format, written)
                #expect(try daemon.error("traces.export", .object(params)).kind == "file_exists")
            }
        }
        _ = try daemon.call(TracesDelete.self, ["trace": .string(name)])
        #expect(try daemon.error("traces.get", ["trace": .string(name)]).kind == "trace_not_found")
        #expect(try daemon.call(StoreVerify.self).sound && daemon.call(TracesList.self).traces.isEmpty)
    }

    /// A file is what its readers take: JSON with circuit-tracer's names, well-formed XML, balanced dot.
    private static func check(_ data: Data, _ format: TracesExport.Format, _ written: TracesExport.Result) throws {
        let text = String(decoding: data, as: UTF8.self)
        switch format {
        case .json:
            let json = try JSON(parsing: Array(data))
            let nodes = try #require(json["nodes"]?.array), links = try #require(json["links"]?.array)
            let names = Set(nodes.compactMap { $0["node_id"]?.string })
            #expect(nodes.count == written.nodes && names.count == written.nodes && links.count == written.links)
            for link in links {
                #expect(names.contains(link["source"]?.string ?? "") && names.contains(link["target"]?.string ?? ""))
            }
            for name in ["feature", "layer", "ctx_idx", "feature_type", "run_idx", "jsNodeId", "clerp", "influence"] {
                #expect(nodes.allSatisfy { $0[name] != nil }, "\(name)")
            }
            #expect(nodes.contains { ($0["influence"]?.number ?? 0) == 1 }, "the root's influence is its own")
        case .graphml:
            #expect(text.contains("<graphml") && text.components(separatedBy: "<node ").count - 1 == written.nodes)
            #expect(text.components(separatedBy: "<edge ").count - 1 == written.links)
            #expect(text.components(separatedBy: "<data ").count == text.components(separatedBy: "</data>").count)
        case .dot:
            #expect(text.hasPrefix("digraph ") && text.hasSuffix("}\n"))
            #expect(text.components(separatedBy: " -> ").count - 1 == written.links)
        }
    }

    @Test func `what a head carries of a signal is removed, beside as much of something else`() throws {
        let daemon = try LiveDaemon()
        func remove(_ side: String, _ head: Int, _ more: JSONObject = [:]) throws -> InterventionsSignal.Result {
            var params: JSONObject = [
                "look": Self.root, "side": .string(side), "upstream": [["layer": 0, "head": .integer(head)]],
                "task": "indirect_object", "count": 60, "options": ["mode": "score_sum"],
            ]
            for (name, value) in more { params[name] = value }
            return try daemon.call(InterventionsSignal.self, .object(params))
        }
        for (side, head) in [("destination", 0), ("source", 3)] {
            let found = try remove(side, head), control = try #require(found.control)
            let fall = found.effect.attention - found.effect.attention_changed
            let other = control.attention - control.attention_changed
            #expect(found.prompts == 60 && found.changed > 10 && found.changed < 60 && found.terms >= 1)
            #expect(fall > 0.025 && fall > 5 * abs(other), "\(side): \(fall) beside \(other)")
            #expect(found.effect.attn_score_change < 0 && found.effect.drop != nil && found.norm_ratio < 1)
            // The looking head alone sees it: less, and the answer moves too.
            let local = try remove(side, head, ["scope": "local", "draws": 0])
            #expect(local.control == nil && local.effect.attention_changed < local.effect.attention)
        }
        let kept = try remove("source", 3, ["factor": 1, "draws": 1])
        // Nothing is added, but the pass begins at a layer in place of the tokens: the same up to rounding.
        #expect(abs(kept.effect.attention - kept.effect.attention_changed) < 1e-5 && abs(kept.effect.drop ?? 1) < 1e-4)
        #expect(abs(kept.cosine - 1) < 1e-5)
        let doubled = try remove("source", 3, ["factor": 2, "include_prompts": true, "include_silent": true])
        #expect(doubled.effect.attention_changed > doubled.effect.attention && doubled.by_prompt?.count == 60)
        #expect(doubled.changed == 60 && doubled.by_prompt?.contains { !$0.fires } == true)
    }

    @Test(
        arguments: [
            ("traces.run", "{\"text\": \"When John\"}", "params.roots"),
            ("traces.run", "{\"text\": \"When\", \"task\": \"ioi\"}", "params.task"),
            ("traces.run", "{\"text\": \"When\", \"roots\": [{\"layer\": 9, \"head\": 0}]}", "layer_out_of_range"),
            ("traces.run", "{\"text\": \"When\", \"roots\": [{\"layer\": 1, \"head\": 9}]}", "head_out_of_range"),
            (
                "traces.run", "{\"text\": \"When\", \"roots\": [{\"layer\": 1, \"head\": 0, \"source\": \"S2\"}]}",
                "position_out_of_range"
            ),
            (
                "traces.run", "{\"text\": \"When\", \"roots\": [{\"layer\": 1, \"head\": 0, \"destination\": 0, \"source\": 1}]}",
                "position_out_of_range"
            ),
            ("traces.create", "{\"task\": \"iou\", \"roots\": [{\"layer\": 1, \"head\": 0}]}", "task_not_found"),
            ("traces.create", "{}", "params.task"),
            ("traces.create", "{\"prompts\": [{\"text\": \"When John\"}]}", "params.roots"),
            ("traces.get", "{\"trace\": \"t9\"}", "trace_not_found"),
            ("traces.delete", "{\"trace\": \"t9\"}", "trace_not_found"),
            ("traces.export", "{\"trace\": \"t9\", \"path\": \"t9.dot\"}", "path_refused"),
            (
                "interventions.signal",
                "{\"text\": \"When\", \"look\": {\"layer\": 1, \"head\": 0}, \"upstream\": [{\"layer\": 1, \"head\": 0}]}",
                "params.upstream[0].layer"
            ),
        ] as [(String, String, String)])
    func `what cannot be traced is refused with the reason`(_ method: String, _ params: String, _ expected: String) throws {
        let daemon = try LiveDaemon()
        let error = try daemon.error(method, try JSON(parsing: Array(params.utf8)))
        if expected.hasPrefix("params") {
            #expect(error.code == -32602 && error.data?["path"]?.string == expected, "\(error)")
        } else {
            #expect(error.kind == expected, "\(error)")
        }
    }

    @Test func `a worker that is killed goes on with the prompt at which it was, and the trace is that of one left alone`() throws
    {
        func trace(_ daemon: LiveDaemon, attempts: Int) throws -> (edges: [TraceEdge], graph: TraceGraphInfo?, nodes: Int) {
            let job = try daemon.run(TracesCreate.self, Self.params(["count": 20]))
            #expect(job.state == .finished && job.attempts == attempts, "\(job)")
            let found = try daemon.call(
                TracesGet.self, ["trace": .string(job.result?.trace ?? ""), "limit": 1000, "prompt": 11])
            #expect(try daemon.call(StoreVerify.self).sound)
            return (found.edges, found.graph, found.trace.nodes)
        }
        let undisturbed = try trace(LiveDaemon(), attempts: 1)
        for event in ["trace-kept:1", "trace-kept:12", "before-publication:1"] {
            let marker = NSTemporaryDirectory() + "qklens-killed-\(UUID().uuidString.prefix(8))"
            defer { try? FileManager.default.removeItem(atPath: marker) }
            let killed = try trace(LiveDaemon(environment: ["QKLENS_KILL_AT": "\(event):\(marker)"]), attempts: 2)
            #expect(FileManager.default.fileExists(atPath: marker), "the worker never came to \(event)")
            #expect(killed == undisturbed, "\(event)")
        }
        // The variable alone does nothing: it takes a service that was started for tests.
        let marker = NSTemporaryDirectory() + "qklens-killed-\(UUID().uuidString.prefix(8))"
        let shipped = try LiveDaemon(environment: ["QKLENS_KILL_AT": "trace-kept:1:\(marker)"], obeysFaults: false)
        #expect(try trace(shipped, attempts: 1) == undisturbed && !FileManager.default.fileExists(atPath: marker))
    }

    @Test func `a trace that is cancelled ends within a second and leaves nothing`() throws {
        let daemon = try LiveDaemon()
        let job = try #require(
            try daemon.call(TracesCreate.self, ["task": "ioi", "count": 4096, "options": ["mode": "softmax_greedy"]]).job)
        try JobLifeTests().follow(daemon, job.job) { ($0.progress?.step ?? 0) > 0 }
        let clock = ContinuousClock()
        let duration = try clock.measure {
            let ended = try daemon.call(JobsCancel.self, ["job": .string(job.job)])
            #expect(ended.state == .cancelled)
        }
        // One second is the promise; a machine busy with other tests is given more.
        #expect(duration < .seconds(5), "\(duration)")
        #expect(try daemon.call(TracesList.self).traces.isEmpty)
        // What its worker had kept goes when the service starts again.
        #expect(try (daemon.call(StoreStats.self).records["trace_graphs"] ?? 0) > 0)
        daemon.end()
        try daemon.start()
        #expect(try daemon.call(StoreStats.self).records["trace_graphs"] == 0)
    }
}
