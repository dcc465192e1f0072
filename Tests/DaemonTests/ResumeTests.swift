import API
import Foundation
import JSON
import Testing

/// A job that is killed, wherever that happens, ends with the weights and the metrics of one that was left alone.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ResumeTests {
    /// Two dictionaries from one pass, a checkpoint after every step.
    static let training: JSON = [
        "layers": [0, 1], "d_sae_query": [24], "d_sae_key": [16], "steps": 12, "batch_sequences": 4, "held_out_contexts": 2,
        "seeds": [7], "evaluate_every": 3,
    ]

    /// What a job leaves.
    struct Outcome: Equatable {
        let fingerprints: [String]
        let evaluations: [JSON]
        let metrics: [JSON]
    }

    /// Runs the job to its end.
    static func outcome(_ daemon: LiveDaemon, attempts: Int) throws -> Outcome {
        try outcome(of: try daemon.run(DictionariesTrain.self, training), on: daemon, attempts: attempts)
    }

    /// What an ended job has left.
    static func outcome(of job: JobInfo, on daemon: LiveDaemon, attempts: Int) throws -> Outcome {
        #expect(job.state == .finished && job.attempts == attempts, "\(job)")
        let made = try (job.result?.dictionaries ?? []).map {
            try daemon.call(DictionariesGet.self, ["dictionary": .string($0)])
        }
        let metrics = try daemon.call(JobsMetrics.self, ["job": .string(job.job)]).metrics
        #expect(made.count == 2 && metrics.count == 24)
        let left = try FileManager.default.contentsOfDirectory(atPath: daemon.home.appending(path: "state/jobs/\(job.job)").path)
        #expect(left == ["metrics.jsonl"], "files of an ended job: \(left)")
        return Outcome(fingerprints: made.map(\.fingerprint), evaluations: made.map(\.evaluation), metrics: metrics)
    }

    static let undisturbed = Result { try outcome(LiveDaemon(), attempts: 1) }

    @Test(arguments: [
        "step:1", "step:2", "step:7", "step:12", "progress:1", "progress:2", "metrics-appended:1", "metrics-appended:6",
        "metrics-appended:12", "metrics-synchronised:1", "metrics-synchronised:5", "checkpoint-half-written:1",
        "checkpoint-half-written:2", "checkpoint-half-written:9", "checkpoint-before-rename:1", "checkpoint-before-rename:3",
        "checkpoint-after-rename:1", "checkpoint-after-rename:12", "evaluation:1", "before-publication:1",
        "landmark:1", "landmark:3", "landmark:7", "landmark:20",
    ])
    func `a worker killed at an event leaves no trace in the results`(_ event: String) throws {
        let marker = NSTemporaryDirectory() + "qklens-killed-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: marker) }
        let daemon = try LiveDaemon(
            ["--checkpoint-interval-s", "0"], environment: ["QKLENS_KILL_AT": "\(event):\(marker)"])
        let outcome = try Self.outcome(daemon, attempts: 2)
        #expect(FileManager.default.fileExists(atPath: marker), "the worker never came to \(event)")
        #expect(try outcome == Self.undisturbed.get())
    }

    @Test func `a landmark that SIGTERM cuts off is made again with the same figures`() throws {
        var many = try #require(Self.training.object)
        (many["evaluate_every"], many["held_out_contexts"], many["steps"]) = (1, 16, 4)
        func figures(_ daemon: LiveDaemon, _ job: JobInfo) throws -> [JSON] {
            #expect(job.state == .finished, "\(job)")
            return try daemon.call(JobsMetrics.self, ["job": .string(job.job)]).metrics
        }
        let alone = try LiveDaemon(), expected = try figures(alone, try alone.run(DictionariesTrain.self, .object(many)))
        let marker = NSTemporaryDirectory() + "qklens-ended-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: marker) }
        let daemon = try LiveDaemon(environment: ["QKLENS_KILL_AT": "landmark-ended:70:\(marker)"])
        let job = try daemon.run(DictionariesTrain.self, .object(many))
        #expect(FileManager.default.fileExists(atPath: marker) && job.attempts == 2)
        #expect(expected.count == 8 && expected.allSatisfy { $0["sparsity/density_key"] != nil })
        #expect(try figures(daemon, job) == expected)
    }

    @Test func `landmarks change nothing of the training, and none are made where none are asked for`() throws {
        var none = try #require(Self.training.object), rounded = none
        none["evaluate_every"] = 0
        (rounded["evaluate_every"], rounded["metrics_every"]) = (3, 2)
        let landmark = "model_performance_preservation/ce_loss_without_sae", daemon = try LiveDaemon()
        var prints: [[String]] = [try Self.undisturbed.get().fingerprints], steps: [[Int]] = []
        for params in [none, rounded] {
            let job = try daemon.run(DictionariesTrain.self, .object(params))
            prints.append(
                try (job.result?.dictionaries ?? []).map {
                    try daemon.call(DictionariesGet.self, ["dictionary": .string($0)]).fingerprint
                })
            let metrics = try daemon.call(JobsMetrics.self, ["job": .string(job.job)]).metrics
            steps.append(metrics.filter { $0["layer"] == 0 && $0[landmark] != nil }.compactMap { $0["step"]?.integer })
        }
        #expect(prints[1] == prints[0] && prints[2] == prints[0])
        #expect(steps == [[], [4, 8, 12]])
    }

    @Test func `a worker killed after it has published its result is not started again`() throws {
        let marker = NSTemporaryDirectory() + "qklens-killed-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: marker) }
        let daemon = try LiveDaemon(environment: ["QKLENS_KILL_AT": "after-publication:1:\(marker)"])
        #expect(try Self.outcome(daemon, attempts: 1) == Self.undisturbed.get())
    }
}
