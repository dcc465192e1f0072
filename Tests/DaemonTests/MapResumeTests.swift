import API
import Foundation
import JSON
import Testing

/// A map's training that is killed in any of its stages ends with the map of one that was left alone.
@Suite(.serialized, .timeLimit(.minutes(5))) struct MapResumeTests {
    /// What a job leaves.
    struct Outcome: Equatable {
        let pairs: [PairEntry]
        let search: MapSearch?
        let evaluation: JSON
        let metrics: [JSON]
    }

    /// Two trials of four steps, a support of three, a refit of three.
    static func outcome(_ daemon: LiveDaemon, attempts: Int) throws -> Outcome {
        let dictionary = try daemon.run(
            DictionariesTrain.self,
            ["layers": [0], "d_sae_query": [24], "steps": 1, "batch_sequences": 4, "held_out_contexts": 2])
        let job = try daemon.run(
            MapsTrain.self,
            [
                "dictionary": .string(dictionary.result?.dictionary ?? ""), "steps": 4, "batch_sequences": 4, "trials": 2,
                "support_contexts": 48, "held_out_contexts": 2, "polish": "refit", "polish_steps": 3, "learning_rate": 0.2,
            ])
        #expect(job.state == .finished && job.attempts == attempts, "\(job)")
        let map = try daemon.call(MapsGet.self, ["map": .string(job.result?.map ?? "")])
        let pairs = try daemon.call(PairsTop.self, ["map": .string(map.map), "limit": 1000]).pairs
        let metrics = try daemon.call(JobsMetrics.self, ["job": .string(job.job)]).metrics
        #expect(map.search?.trials?.count == 2 && map.search?.KL_polished != nil && pairs.count > 100)
        return Outcome(pairs: pairs, search: map.search, evaluation: map.evaluation, metrics: metrics)
    }

    static let undisturbed = Result { try outcome(LiveDaemon(), attempts: 1) }

    /// The support's steps are 1 to 3, the trials' 4 to 11, the refit's 12 to 14; the dictionary's worker comes to the first only.
    @Test(arguments: ["step:2", "step:3", "step:5", "step:7", "step:8", "step:11", "step:13", "step:14"])
    func `a worker killed at an event leaves no trace in the map`(_ event: String) throws {
        let marker = NSTemporaryDirectory() + "qklens-killed-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: marker) }
        let daemon = try LiveDaemon(
            ["--checkpoint-interval-s", "0"], environment: ["QKLENS_KILL_AT": "\(event):\(marker)"])
        let outcome = try Self.outcome(daemon, attempts: 2)
        #expect(FileManager.default.fileExists(atPath: marker), "the worker never came to \(event)")
        #expect(try outcome == Self.undisturbed.get())
    }
}
