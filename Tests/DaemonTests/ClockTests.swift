import API
import Client
import Foundation
import JSON
import Testing

/// The wall clock is set forward and back under a running daemon, as NTP or an administrator does it.
@Suite(.timeLimit(.minutes(3))) struct ClockTests {
    private static let day = 86_400

    @Test func `a clock that jumps by days changes no deadline, no order and no number`() throws {
        let daemon = try LiveDaemon()
        guard let library = try Interposer.compile("wallclock", into: daemon.home) else { return }
        #expect(daemon.end() == 0)
        let offset = daemon.home.appending(path: "offset"), env = try #require(LiveDaemon.path(of: "env"))
        func jump(days: Int) throws { try "\(days * Self.day)".write(to: offset, atomically: true, encoding: .utf8) }
        daemon.wrapper = [env, "LD_PRELOAD=\(library)", "QKLENS_CLOCK_OFFSET=\(offset.path)"]
        try daemon.start()

        let clock = ContinuousClock()
        var jobs: [JobInfo] = []
        for days in [0, 400, -400] {
            let job = try #require(try daemon.call(DictionariesTrain.self, JobLifeTests.short).job)
            try JobLifeTests().follow(daemon, job.job) { ($0.progress?.step ?? 0) > 2 }
            try jump(days: days)
            // Both waits are for longer than the job needs to get on, and for much less than a day.
            let asked = clock.now
            let late = try daemon.error("jobs.wait", ["job": .string(job.job), "timeout_s": 50, "deadline_ms": 1])
            #expect(late.kind == "deadline_exceeded")
            #expect(clock.now - asked < .seconds(10))
            jobs.append(try daemon.call(JobsWait.self, ["job": .string(job.job), "timeout_s": 50]))
            #expect(clock.now - asked < .seconds(50))
        }
        #expect(jobs.allSatisfy { $0.state == .finished && $0.attempts == 1 })
        // The clock was indeed another one.
        let started = jobs.map(\.created_ms)
        #expect(started[2] - started[1] > 300 * Self.day * 1000)
        let ended = try jobs.map { try #require($0.ended_ms) }
        #expect(ended[2] - ended[1] < -300 * Self.day * 1000)
        // The order is that of submission, whatever the clock says, and the numbers are those of one seed.
        #expect(try daemon.call(JobsList.self).jobs.map(\.job) == jobs.map(\.job).reversed())
        let dictionaries = try daemon.call(DictionariesList.self).dictionaries
        #expect(dictionaries.count == 3 && Set(dictionaries.map(\.evaluation)).count == 1)
        #expect(daemon.end() == 0)
    }
}
