import API
import Client
import Foundation
import JSON
import Testing

/// Who may delete what; reading is for everybody.
@Suite(.enabled(if: Stranger.isPossible, Stranger.why), .timeLimit(.minutes(3))) struct OwnershipTests {
    @Test func `what one user has made only that user and root delete, and refusals name the owner`() throws {
        let daemon = try LiveDaemon(), stranger = Stranger(daemon)
        _ = try daemon.run(DictionariesTrain.self, ExportTests.training)
        let map = try daemon.run(
            MapsTrain.self, ["dictionary": "d1", "steps": 5, "batch_sequences": 2, "held_out_contexts": 2, "sparsity": 1e-6])
        #expect(map.state == .finished, "\(map)")
        _ = try daemon.run(CachesCreate.self, ["activations": ["blocks.0.hook_resid_pre"], "contexts": 2])
        #expect(try daemon.run(SAEsTrain.self, SAETests.training).result?.saes == ["s1", "s2"])
        _ = try daemon.run(StudiesRun.self, ["kind": "prefixes", "samples": 1, "length": 8, "longest": 1])
        let copy = try daemon.copyOfModel("other")
        _ = try daemon.call(ModelsLoad.self, ["path": .string(copy.path)])
        let long = try #require(try daemon.call(DictionariesTrain.self, JobLifeTests.long).job)
        let calls: [(String, JSON)] = [
            ("maps.delete", ["map": "m1"]), ("dictionaries.delete", ["dictionary": "d1"]), ("caches.delete", ["cache": "c3"]),
            ("saes.delete", ["sae": "s1"]), ("studies.delete", ["study": "y5"]), ("models.unload", ["model": "other"]),
            ("jobs.delete", ["job": "j1"]), ("jobs.cancel", ["job": .string(long.job)]),
        ]
        for (method, params) in calls {
            let message = try stranger.error(method, params)
            #expect(message.contains("belongs to user 0"), "\(method): \(message)")
        }
        for (method, params) in [
            ("maps.get", ["map": "m1"] as JSON), ("dictionaries.get", ["dictionary": "d1"]), ("caches.get", ["cache": "c3"]),
            ("saes.get", ["sae": "s1"]), ("studies.get", ["study": "y5"]), ("jobs.get", ["job": .string(long.job)]),
            ("models.get", ["model": "other"]),
        ] {
            #expect(try stranger.call(method, params).result != nil, "\(method)")
        }
        #expect(try daemon.call(DictionariesGet.self, ["dictionary": "d1"]).owner_uid == 0)
        _ = try daemon.call(JobsCancel.self, ["job": .string(long.job)])
        for (method, params) in calls.dropLast() { _ = try daemon.client().call(method, params) }
    }

    @Test func `a user deletes what is his own, and no dictionary with another's map over it`() throws {
        let daemon = try LiveDaemon(), stranger = Stranger(daemon)
        func run(_ method: String, _ params: JSON) throws {
            let answer = try stranger.call(method, params)
            let job = try #require(answer.result?["job"]?["job"]?.string, "\(answer)")
            let ended = try daemon.call(JobsWait.self, ["job": .string(job), "timeout_s": 50])
            #expect(ended.state == .finished && ended.owner_uid == Stranger.uid, "\(ended)")
        }
        try run("dictionaries.train", ExportTests.training)
        let training: JSON = ["dictionary": "d1", "steps": 5, "batch_sequences": 2, "held_out_contexts": 2, "sparsity": 1e-6]
        #expect(try daemon.run(MapsTrain.self, training).state == .finished)
        try run("maps.train", training)
        try run("saes.train", SAETests.training)
        #expect(try daemon.call(DictionariesGet.self, ["dictionary": "d1"]).owner_uid == Stranger.uid)
        #expect(
            try stranger.error("dictionaries.delete", ["dictionary": "d1"]).contains(
                "map m1 over dictionary d1 belongs to user 0"))
        #expect(try stranger.error("maps.delete", ["map": "m1"]).contains("belongs to user 0"))
        #expect(try stranger.call("maps.delete", ["map": "m2"]).result != nil)
        #expect(try daemon.call(SAEsGet.self, ["sae": "s2"]).owner_uid == Stranger.uid)
        #expect(try stranger.call("saes.delete", ["sae": "s2"]).result != nil)
        _ = try daemon.call(MapsDelete.self, ["map": "m1"])
        #expect(try stranger.call("dictionaries.delete", ["dictionary": "d1"]).result != nil)
        #expect(try stranger.call("jobs.delete", ["job": "j1"]).result != nil)
    }
}
