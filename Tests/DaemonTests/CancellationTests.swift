import API
import Client
import JSON
import JSONRPC
import Testing

/// Calls that are given up, and subscriptions, at the real service.
@Suite(.timeLimit(.minutes(2))) struct CancellationTests {
    /// A job that would take minutes.
    static let long: JSON = ["d_sae_query": [32], "layers": [0], "steps": 100_000, "held_out_contexts": 1]

    @Test func `a deadline that is kept changes nothing, and one that makes no sense is refused`() throws {
        let daemon = try LiveDaemon()
        _ = try daemon.call(TokensPredict.self, ["text": "When John", "deadline_ms": 60_000])
        _ = try daemon.call(SystemPing.self, ["deadline_ms": 60_000])
        let error = try daemon.error("tokens.predict", ["text": "When John", "deadline_ms": 0])
        #expect(error.kind == "invalid_params" && error.data?["path"] == "params.deadline_ms")
        #expect(error.data?["request"]?.string?.hasPrefix("c") == true)
        #expect(daemon.end() == 0)
    }

    @Test func `a wait for a job is given up by its deadline, and the job goes on`() throws {
        let daemon = try LiveDaemon()
        let job = try #require(try daemon.call(DictionariesTrain.self, Self.long).job)
        let error = try daemon.error("jobs.wait", ["job": .string(job.job), "deadline_ms": 50])
        #expect(error.kind == "deadline_exceeded" && error.data?["deadline_ms"] == 50)
        #expect(try daemon.call(JobsGet.self, ["job": .string(job.job)]).state.hasEnded == false)
        #expect(try daemon.call(JobsCancel.self, ["job": .string(job.job)]).state == .cancelled)
        #expect(daemon.end() == 0)
    }

    @Test func `a subscription is one, however often it is asked for, and ends when it is told to`() throws {
        let daemon = try LiveDaemon()
        let job = try #require(try daemon.call(DictionariesTrain.self, Self.long).job)
        let client = try daemon.client(), name: JSON = ["job": .string(job.job)]
        for _ in 1...3 { _ = try client.call("jobs.subscribe", name) }
        var events = 0
        try client.follow(timeout: .seconds(50)) { method, _ in
            if method == "jobs.event" { events += 1 }
            return events < 3
        }
        #expect(try client.call("jobs.unsubscribe", name) == ["unsubscribed": true])
        #expect(try client.call("jobs.unsubscribe", name) == ["unsubscribed": false])
        // Another connection never had one.
        #expect(try daemon.client().call("jobs.unsubscribe", name) == ["unsubscribed": false])
        _ = try client.call("jobs.subscribe", name)
        _ = try daemon.call(JobsCancel.self, name)
        var last: JobState?
        try client.follow(timeout: .seconds(50)) { method, params in
            if method == "jobs.event" { last = try? params["job"]?.decode(JobInfo.self).state }
            return last?.hasEnded != true
        }
        #expect(last == .cancelled)
        #expect(try client.call("requests.cancel", ["id": 1]) == ["cancelled": false])
        #expect(daemon.end() == 0)
    }
}
