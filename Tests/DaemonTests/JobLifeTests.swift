import API
import Client
import Foundation
import JSON
import Testing

/// Jobs through everything that can happen to them.
@Suite(.timeLimit(.minutes(3))) struct JobLifeTests {
    /// A job that would take minutes.
    static let long: JSON = ["layers": [0], "steps": 100_000, "held_out_contexts": 1]
    /// A job of a few seconds.
    static let short: JSON = ["layers": [0], "d_sae_query": [16], "steps": 150, "batch_sequences": 4, "held_out_contexts": 1]

    /// Follows a job until its progress satisfies a condition.
    func follow(_ daemon: LiveDaemon, _ job: String, until condition: (JobInfo) -> Bool) throws {
        let client = try daemon.client()
        if condition(try client.call(JobsSubscribe.self, .init(job: job))) { return }
        var met = false
        try client.follow(timeout: .seconds(50)) { method, params in
            guard method == "jobs.event", let info = try? params["job"]?.decode(JobInfo.self) else { return true }
            met = condition(info)
            return !met && !info.state.hasEnded
        }
        #expect(met, "job \(job) never got there")
    }

    @Test func `a running job is cancelled within a second, and cannot be cancelled twice`() throws {
        let daemon = try LiveDaemon()
        let job = try #require(try daemon.call(DictionariesTrain.self, Self.long).job)
        let waiting = try #require(try daemon.call(DictionariesTrain.self, Self.short).job)
        try follow(daemon, job.job) { ($0.progress?.step ?? 0) > 2 }
        #expect(try daemon.call(JobsCancel.self, ["job": .string(waiting.job)]).state == .cancelled)
        let clock = ContinuousClock()
        let started = clock.now
        #expect(try daemon.call(JobsCancel.self, ["job": .string(job.job)]).state == .cancelled)
        let took = clock.now - started
        // One second is the promise; a machine busy with other tests is given more.
        #expect(took < .seconds(5))
        #expect(try daemon.error("jobs.cancel", ["job": .string(job.job)]).kind == "job_already_finished")
        #expect(try daemon.call(DictionariesList.self).dictionaries.isEmpty)
        #expect(daemon.end() == 0)
    }

    @Test func `jobs go on in their order after kill -9 of the daemon`() throws {
        let daemon = try LiveDaemon()
        let first = try #require(try daemon.call(DictionariesTrain.self, Self.short).job)
        let second = try #require(try daemon.call(DictionariesTrain.self, Self.short).job)
        try follow(daemon, first.job) { ($0.progress?.step ?? 0) > 2 }
        daemon.end(SIGKILL)
        try daemon.start()
        let done = try daemon.call(JobsWait.self, ["job": .string(second.job), "timeout_s": 100])
        let earlier = try daemon.call(JobsGet.self, ["job": .string(first.job)])
        #expect(earlier.state == .finished && earlier.attempts == 2 && earlier.result?.dictionary != nil)
        #expect(done.state == .finished && done.attempts == 1)
        #expect(try #require(earlier.ended_ms) <= #require(done.started_ms))
        // The same seed gives the same numbers, interrupted or not.
        let both = try daemon.call(DictionariesList.self).dictionaries
        #expect(both.count == 2 && both[0].evaluation == both[1].evaluation)
        #expect(daemon.end() == 0)
    }

    @Test func `a daemon that is asked to end stops its worker, and the job goes on at the next start`() throws {
        let daemon = try LiveDaemon()
        let job = try #require(try daemon.call(DictionariesTrain.self, Self.short).job)
        try follow(daemon, job.job) { ($0.progress?.step ?? 0) > 2 }
        let took = ContinuousClock().measure { #expect(daemon.end() == 0) }
        #expect(took < .seconds(10))
        try daemon.start()
        #expect(try daemon.call(JobsWait.self, ["job": .string(job.job), "timeout_s": 100]).state == .finished)
        #expect(daemon.end() == 0)
    }

    @Test func `a training of slow steps tells each of them, and gives a sign of life once a second`() throws {
        let daemon = try LiveDaemon()
        // Steps of about a second: 64 contexts of 128 tokens.
        let job = try #require(
            try daemon.call(
                DictionariesTrain.self, ["layers": [3], "d_sae_query": [2048], "steps": 4, "batch_sequences": 64]
            ).job)
        var told: Set<Int> = [], last = ContinuousClock.now, longest = Duration.zero
        try follow(daemon, job.job) { info in
            longest = max(longest, ContinuousClock.now - last)
            last = .now
            if info.progress?.stage == "transcoders", let step = info.progress?.step { told.insert(step) }
            return info.state == .finished
        }
        #expect(told.isSuperset(of: 1...4), "steps told: \(told.sorted())")
        // One second is the promise; a machine busy with other tests is given more.
        #expect(longest < .seconds(3))
    }

    @Test func `a worker that is killed is started again`() throws {
        let daemon = try LiveDaemon()
        let job = try #require(try daemon.call(DictionariesTrain.self, Self.short).job)
        try follow(daemon, job.job) { ($0.progress?.step ?? 0) > 2 }
        let children = daemon.children
        #expect(children.count == 1)
        kill(try #require(children.first), SIGKILL)
        let done = try daemon.call(JobsWait.self, ["job": .string(job.job), "timeout_s": 100])
        #expect(done.state == .finished && done.attempts == 2, "\(done)")
    }

    @Test func `a worker that memory runs out for again and again fails its job with a word about it, and the daemon stays`()
        throws
    {
        let daemon = try LiveDaemon()
        let job = try #require(try daemon.call(DictionariesTrain.self, Self.long).job)
        var killed: Set<pid_t> = []
        for attempt in 1...3 {
            try follow(daemon, job.job) { $0.attempts == attempt && $0.state == .running }
            var worker: pid_t?
            for _ in 0..<20_000 where worker == nil {
                worker = daemon.children.first { !killed.contains($0) }
                usleep(1000)
            }
            // What the kernel does.
            kill(try #require(worker), SIGKILL)
            killed.insert(try #require(worker))
        }
        let done = try daemon.call(JobsWait.self, ["job": .string(job.job), "timeout_s": 50])
        #expect(done.state == .failed && done.error?.contains("memory") == true && done.attempts == 3, "\(done)")
        #expect(try daemon.run(DictionariesTrain.self, ExportTests.training).state == .finished)
        #expect(daemon.end() == 0)
    }

    @Test func `a second daemon on the same directory is refused`() throws {
        let daemon = try LiveDaemon()
        let second = Process()
        second.executableURL = LiveDaemon.programs.appending(path: "qklensd")
        second.arguments = ["--socket", daemon.socket + "2", "--state-directory", daemon.home.appending(path: "state").path]
        let errors = Pipe()
        second.standardError = errors
        try second.run()
        let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        second.waitUntilExit()
        #expect(second.terminationStatus == 1 && text.contains("service.lock"), "\(text)")
        _ = try daemon.call(SystemPing.self)
    }
}
