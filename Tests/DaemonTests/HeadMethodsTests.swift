import API
import Checkpoints
import Foundation
import JSON
import JSONRPC
import Tensors
import Testing

/// Facts of heads and the self-test on the real daemon.
@Suite(.timeLimit(.minutes(2))) struct HeadMethodsTests {
    @Test func `pairs of heads come strongest first, page by page, each once`() throws {
        let daemon = try LiveDaemon()
        for kind in HeadInput.allCases {
            let whole = try daemon.call(HeadsComposition.self, ["kind": .string(kind.rawValue), "limit": 1000])
            #expect(whole.total == 96 && whole.pairs.count == 96 && whole.next_cursor == nil)
            #expect(zip(whole.pairs, whole.pairs.dropFirst()).allSatisfy { $0.score >= $1.score })
            #expect(whole.pairs.allSatisfy { $0.from_layer < $0.to_layer && $0.score > 0 && $0.score < 1 })
            var paged: [CompositionPair] = [], cursor: JSON = nil
            repeat {
                var params: JSONObject = ["kind": .string(kind.rawValue), "limit": 40]
                if !cursor.isNull { params["cursor"] = cursor }
                let page = try daemon.call(HeadsComposition.self, .object(params))
                paged += page.pairs
                cursor = page.next_cursor.map { .string($0) } ?? nil
            } while !cursor.isNull
            #expect(paged == whole.pairs)
            let some = try daemon.call(
                HeadsComposition.self, ["kind": .string(kind.rawValue), "from_layers": [1], "to_layers": [0, 2], "limit": 1000])
            #expect(some.pairs == whole.pairs.filter { $0.from_layer == 1 && $0.to_layer == 2 } && some.total == 16)
        }
        #expect(try daemon.error("heads.composition", ["to_layers": [4]]).kind == "layer_out_of_range")
        #expect(try daemon.error("heads.composition", ["cursor": "x"]).kind == "cursor_invalid")
    }

    @Test func `components and spaces agree with the scores of whole heads`() throws {
        let daemon = try LiveDaemon()
        let pair: JSON = [
            "kind": "k", "from_layer": 1, "from_head": 2, "to_layer": 2, "to_head": 2, "reads": 32, "limit": 1000,
        ]
        let components = try daemon.call(HeadsComponents.self, pair)
        #expect(components.total == 32 && components.components.count == 32)
        #expect(zip(components.components, components.components.dropFirst()).allSatisfy { $0.z >= $1.z })
        for entry in components.components {
            let sum = entry.reads.reduce(0) { $0 + Double($1.score) * Double($1.score) }.squareRoot()
            #expect(abs(sum - Double(entry.score)) < 1e-4 && entry.reads.count == 32, "component \(entry.component)")
            #expect(abs(Double(entry.baseline + entry.z * entry.baseline_sd - entry.score)) < 1e-4)
        }
        #expect(try daemon.call(HeadsComponents.self, pair) == components, "the seed makes it repeatable")
        let all = try daemon.call(HeadsComponents.self, ["kind": "v", "order": "score", "limit": 5])
        #expect(all.total == 96 * 32 && zip(all.components, all.components.dropFirst()).allSatisfy { $0.score >= $1.score })
        #expect(try daemon.error("heads.components", ["to_head": 2]).code == -32602)
        #expect(try daemon.error("heads.components", ["to_layer": 1, "to_head": 4]).kind == "head_out_of_range")

        let overlap = try daemon.call(HeadsOverlap.self, ["kind": "q", "limit": 1000])
        #expect(overlap.total == 96 && abs(overlap.random_mean - 32 * 32 / 127) < 0.5)
        #expect(zip(overlap.pairs, overlap.pairs.dropFirst()).allSatisfy { $0.overlap >= $1.overlap })
        #expect(overlap.pairs.allSatisfy { $0.overlap > 0 && $0.overlap < 32 && $0.from_dimension == 32 })
    }

    @Test func `metrics find the induction heads, on made texts, corpora and tasks`() throws {
        let daemon = try LiveDaemon()
        let made = try daemon.call(HeadsMetrics.self, ["contexts": 8])
        #expect(made.heads.count == 16 && made.contexts == 8 && made.tokens == 8 * 127)
        let strongest = try #require(made.heads.max { ($0.induction ?? 0) < ($1.induction ?? 0) })
        #expect(try daemon.call(HeadsMetrics.self, ["contexts": 8]) == made)
        let corpus = try daemon.call(HeadsMetrics.self, ["corpus": "demo", "contexts": 4, "context_length": 32])
        #expect(corpus.text == "demo" && corpus.tokens == 128)
        // Random tokens are no language of this model's; in its own texts its induction head shows.
        let own = try daemon.call(HeadsMetrics.self, ["corpus": "demo", "contexts": 32])
        let induction = try #require(own.heads.max { ($0.induction ?? 0) < ($1.induction ?? 0) })
        #expect(induction.layer == 2 && induction.head == 2 && induction.induction ?? 0 > 0.1, "\(induction)")
        let task = try daemon.call(HeadsMetrics.self, ["task": "indirect_object", "contexts": 10])
        #expect(task.contexts == 10 && task.heads.allSatisfy { $0.duplicate_token != nil })
        #expect(try daemon.error("heads.metrics", ["context_length": 129]).kind == "text_too_long")
        #expect(try daemon.error("heads.metrics", ["corpus": "demo", "task": "ioi"]).code == -32602)

        let table = try daemon.call(HeadsTable.self, ["contexts": 8, "sort": "induction"])
        #expect(table.heads.count == 16 && table.heads.first?.head == strongest.head)
        #expect(zip(table.heads, table.heads.dropFirst()).allSatisfy { $0.induction ?? -1 >= $1.induction ?? -1 })
        for head in table.heads {
            #expect((head.layer == 0) == (head.q_input == nil) && head.retrieval != nil && head.rank90 <= 32)
        }
    }

    @Test func `retrieval heads are found, and a model that answers too rarely is told`() throws {
        let daemon = try LiveDaemon()
        let question: JSONObject = [
            "needle": " They read aloud: island mirror winter marble shadow meadow.", "question": " Again:",
            "answer": " island mirror winter marble shadow meadow.", "depths": [1], "lengths": [39],
        ]
        let found = try daemon.call(HeadsRetrieval.self, .object(question))
        let trial = try #require(found.trials.first)
        #expect(trial.length == 39 && trial.recall == 1 && found.answered == 1 && found.note == nil)
        let copying = found.heads.filter { $0.teacher_forced ?? 0 > 0.5 }
        #expect(copying.contains { $0.layer == 2 && $0.head == 2 } && copying.allSatisfy(\.is_retrieval_head))
        var again = question
        again["variant"] = "teacher_forced"
        let fed = try daemon.call(HeadsRetrieval.self, .object(again))
        #expect(fed.answered == nil && fed.note == nil && fed.trials.first?.answer == nil)
        #expect(fed.heads.map(\.teacher_forced) == found.heads.map(\.teacher_forced))
        let strange = try daemon.call(
            HeadsRetrieval.self,
            [
                "needle": " The harbor is gray.", "question": " Follow us", "depths": [0.5], "lengths": [60],
                "variant": "generated",
            ])
        #expect(strange.answered == 0 && strange.note?.contains("0 of 1") == true)
        #expect(strange.heads.allSatisfy { $0.generated == nil && !$0.is_retrieval_head })
        #expect(try daemon.error("heads.retrieval", ["lengths": [100]]).code == -32602)
    }

    @Test func `the self-test passes on the embedded model, and names what is wrong with another`() throws {
        let daemon = try LiveDaemon()
        let own = try daemon.call(ModelsSelftest.self)
        #expect(own.verdict == .passed && own.known_as == "demo-4l" && own.checks.count == 9, "\(own)")
        #expect(own.left_out.isEmpty)

        let copy = try daemon.copyOfModel("spoilt"), weights = copy.appending(path: "model.safetensors").path
        let file = try SafetensorsFile(weights)
        var tensors = try file.header.tensors.map { (name: $0.name, tensor: try file.tensor($0.name)) }
        let place = try #require(tensors.firstIndex { $0.name.hasSuffix("h.1.attn.c_attn.bias") })
        for key in 128..<256 { tensors[place].tensor.values[key] = 0 }
        try SafetensorsWriter.write(tensors, to: weights)
        _ = try daemon.call(ModelsLoad.self, ["path": .string(copy.path)])
        let spoilt = try daemon.call(ModelsSelftest.self, ["model": "spoilt"])
        let wrong = Set(spoilt.checks.filter { !$0.is_passed }.map(\.check))
        #expect(
            spoilt.verdict == .failed && wrong.subtracting(["trace_edges"]) == ["attention_scores", "trace_contributions"],
            "\(wrong)")
        // Prompts that the numbers are not of: fewer are left out with the reason, others come to other figures.
        let few = daemon.home.appending(path: "few.jsonl")
        try Data(#"{"prompt": "When John and Mary met, John gave a key to", "answer": " Mary", "wrong": " John"}"#.utf8).write(
            to: few)
        let left = try daemon.call(ModelsSelftest.self, ["task": .string(few.path)])
        #expect(
            left.verdict == .passed && left.checks.count == 6 && left.left_out.first?.contains("has 1") == true,
            "\(left.left_out)")
        let others = try daemon.call(ModelsSelftest.self, ["task": "ioi"])
        let unlike = Set(others.checks.filter { !$0.is_passed }.map(\.check))
        #expect(unlike.isSuperset(of: ["logit_differences", "trace_edges"]) && unlike.isDisjoint(with: ["attention_scores"]))

        // A daemon that knows no numbers of this shape says so and compares nothing.
        let goldens = LiveDaemon.root.appending(path: "Sources/Daemon/Models/goldens/gpt2.safetensors").path
        let other = try daemon.call(ModelsSelftest.self, ["goldens": .string(goldens)])
        #expect(other.verdict == .other_model && other.checks.isEmpty && other.reason?.contains("d_model 768") == true)
        #expect(try daemon.error("models.selftest", ["goldens": "/nowhere.safetensors"]).kind == "file_not_found")
        #expect(try daemon.error("models.selftest", ["goldens": .string(weights)]).kind == "text_unreadable")

        #expect(try status(of: ["selftest"], daemon) == 0)
        #expect(try status(of: ["selftest", "spoilt"], daemon) == 1)
        #expect(try status(of: ["selftest", "--json", "spoilt"], daemon) == 1)
        for command in [["table"], ["metrics"], ["composition"], ["components"], ["overlap"], ["retrieval"]] {
            #expect(try status(of: ["heads"] + command, daemon) == 0, "\(command)")
        }
    }

    /// The exit status of the client.
    private func status(of arguments: [String], _ daemon: LiveDaemon) throws -> Int32 {
        let process = Process()
        process.executableURL = LiveDaemon.programs.appending(path: "qklens")
        process.arguments = arguments + ["--socket", daemon.socket]
        (process.standardOutput, process.standardError) = (Pipe(), Pipe())
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
