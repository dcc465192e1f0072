import API
import Client
import Foundation
import JSON
import JSONRPC
import Testing

/// Tasks and interventions on the real daemon.
@Suite(.timeLimit(.minutes(3))) struct InterventionTests {
    @Test func `the embedded model is asked its own task, others, and a file of one's own`() throws {
        let daemon = try LiveDaemon()
        let tasks = try daemon.call(TasksList.self).tasks
        #expect(tasks.map(\.task) == ["ioi", "colored_objects", "indirect_object"] && tasks.allSatisfy(\.is_available))

        let own = try daemon.call(TasksRun.self, ["task": "indirect_object", "count": 1024, "include_prompts": true])
        // The model's description: on unseen prompts the left-out name wins every time, by 9.8 in the mean.
        #expect(
            own.prompts == 200 && own.answers.accuracy == 1 && abs(own.answers.logit_difference - 9.8) < 0.7, "\(own.answers)")
        let prompts = try #require(own.by_prompt)
        let mean = prompts.reduce(0) { $0 + Double($1.logit_difference) } / 200
        #expect(abs(mean - Double(own.answers.logit_difference)) < 1e-4)
        for prompt in prompts.prefix(3) {
            #expect(prompt.positions["END"] == prompt.tokens.count - 1 && prompt.tokens.first == 0)
            let wrong = prompt.logits_wrong.reduce(0, +) / Float(prompt.logits_wrong.count)
            #expect(abs(prompt.logit - wrong - prompt.logit_difference) < 1e-4)
            // The answer is what the model expects most, and its logit is that of tokens.predict.
            let predicted = try daemon.call(TokensPredict.self, ["text": .string(prompt.text), "top_k": 1]).predictions.first
            #expect(predicted?.piece == prompt.answer && abs((predicted?.logit ?? 0) - prompt.logit) < 1e-3)
        }

        let ioi = try daemon.call(TasksRun.self, ["task": "ioi", "count": 30, "seed": 5])
        #expect(try daemon.call(TasksRun.self, ["task": "ioi", "count": 30, "seed": 5]) == ioi && ioi.prompts == 30)
        #expect(try daemon.call(TasksRun.self, ["task": "ioi", "count": 30, "seed": 6]) != ioi)

        let file = daemon.home.appending(path: "mine.jsonl")
        try Data("{\"prompt\": \"When John\", \"answer\": \" and\", \"wrong\": \",\"}\n".utf8).write(to: file)
        #expect(try daemon.call(TasksRun.self, ["task": .string(file.path)]).answers.accuracy == 1)
        try Data("{\"prompt\": \"When John\", \"answer\": \" and then\", \"wrong\": \",\"}\n".utf8).write(to: file)
        #expect(try daemon.error("tasks.run", ["task": .string(file.path)]).kind == "task_unsuited")
        #expect(try daemon.error("tasks.run", ["task": "/nonexistent.jsonl"]).kind == "file_not_found")
        let unknown = try daemon.error("tasks.run", ["task": "iou"])
        #expect(unknown.kind == "task_not_found" && unknown.message.contains("colored_objects"))
    }

    @Test func `a head, its pairs and its strongest pairs are removed from the running model`() throws {
        let daemon = try LiveDaemon()
        // Heads need no dictionary: what the model's description says of head 0.2, and nothing for a factor of one.
        let head: JSON = ["target": "head", "layer": 0, "heads": [2]]
        let removed = try daemon.call(InterventionsRun.self, ["edits": [head], "task": "indirect_object", "count": 200])
        let (own, changed) = (try #require(removed.answers), try #require(removed.answers_changed))
        #expect(own.logit_difference - changed.logit_difference > 5 && removed.KL_logits > 0.1, "\(removed)")
        #expect(abs(try #require(removed.drop) - (own.logit_difference - changed.logit_difference)) < 1e-4)
        let kept = try daemon.call(
            InterventionsRun.self,
            ["edits": [["target": "head", "layer": 0, "heads": [2], "factor": 1]], "task": "indirect_object", "count": 20])
        #expect(kept.drop == 0 && kept.KL_logits == 0)

        let training: JSON = [
            "layers": [0], "d_sae_query": [96], "d_sae_key": [96], "steps": 200, "learning_rate": 0.01, "held_out_contexts": 4,
        ]
        let job = try daemon.run(DictionariesTrain.self, training)
        #expect(job.state == .finished, "\(job.error ?? "")")
        let mapJob = try daemon.run(
            MapsTrain.self, ["dictionary": "d1", "steps": 20, "support_contexts": 64, "held_out_contexts": 4])
        #expect(mapJob.result?.map == "m1", "\(mapJob.error ?? "")")

        let ranked = try daemon.call(
            InterventionsRank.self, ["map": "m1", "heads": [2], "task": "indirect_object", "count": 60, "top": 5])
        let found = try #require(ranked.heads.first)
        #expect(
            ranked.heads.count == 1 && found.pairs.count == 5 && found.drop_head > 5
                && found.acting_pairs <= found.surviving_pairs)
        #expect(zip(found.pairs, found.pairs.dropFirst()).allSatisfy { $0.drop >= $1.drop })
        #expect(found.pairs[0].drop == found.pairs[0].drop_cumulative && found.pairs.allSatisfy { !$0.key_tokens.isEmpty })
        let control = try #require(found.control)
        #expect(control.draws == 10 && control.pairs == 5)

        // The same pairs by interventions.run: the same drop, beside the same control.
        let edits = found.pairs.map { pair -> JSON in
            [
                "target": "pair", "query_feature": .integer(pair.query_feature), "key_feature": .integer(pair.key_feature),
                "heads": [2],
            ]
        }
        let run = try daemon.call(
            InterventionsRun.self,
            [
                "map": "m1", "edits": .array(edits), "task": "indirect_object", "count": 60, "control": [:],
                "include_prompts": true,
            ])
        #expect(abs(try #require(run.drop) - found.pairs[4].drop_cumulative) < 1e-4)
        #expect(abs(try #require(run.control?.drop) - (try #require(control.drop))) < 1e-4 && run.control?.CE_difference != nil)
        #expect(run.by_prompt?.count == 60)

        // Several layers at once, a stage, and a text without answers.
        let both = try daemon.call(
            InterventionsRun.self,
            [
                "map": "m1", "edits": [["target": "pattern", "stage": "masked_map"], head],
                "text": "When John and Mary met, John",
            ],
        )
        #expect(both.layers == [0] && both.answers == nil && both.CE_changed != nil)
        let corpus = try daemon.call(
            InterventionsRun.self,
            ["map": "m1", "edits": [["target": "all_pairs"], ["target": "head", "layer": 2]], "corpus": "demo", "contexts": 2])
        #expect(corpus.layers == [0, 2] && corpus.tokens == 256 && corpus.prompts == 2)
    }

    @Test(
        arguments: [
            ("[]", nil), ("[{\"target\": \"pair\", \"query_feature\": 1, \"key_feature\": 1}]", "edits[0].map"),
            ("[{\"target\": \"head\"}]", "edits[0].layer"),
            ("[{\"target\": \"head\", \"layer\": 9}]", "layer_out_of_range"),
            ("[{\"target\": \"head\", \"layer\": 0, \"heads\": [4]}]", "head_out_of_range"),
            ("[{\"target\": \"pair\", \"query_feature\": 1, \"key_feature\": 1, \"map\": \"m9\"}]", "map_not_found"),
        ] as [(String, String?)])
    func `edits that cannot be made are refused with the place`(_ edits: String, _ expected: String?) throws {
        let daemon = try LiveDaemon()
        let error = try daemon.error(
            "interventions.run", ["edits": try JSON(parsing: Array(edits.utf8)), "text": "When John and Mary"])
        if let expected, !expected.contains("[") {
            #expect(error.kind == expected, "\(error)")
        } else {
            #expect(error.code == -32602 && error.data?["path"]?.string == "params." + (expected ?? "edits"), "\(error)")
        }
    }
}
