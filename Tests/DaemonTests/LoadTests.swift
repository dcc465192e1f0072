import API
import Foundation
import JSON
import Testing

/// Many clients at once while a job trains; `Tests/Performance/load.py` takes the real figures on an idle machine.
@Suite(.timeLimit(.minutes(3))) struct LoadTests {
    /// The bar is 10 ms for the 99th percentile; a machine busy with other tests is given more.
    static let patienceMilliseconds = 100.0

    @Test(arguments: [0, 48])
    func `pings of hundreds of clients are answered while a job trains and another client does not read`(unreadMebibytes: Int)
        throws
    {
        let daemon = try LiveDaemon()
        let job = try #require(try daemon.call(DictionariesTrain.self, JobLifeTests.long).job)
        try JobLifeTests().follow(daemon, job.job) { $0.progress != nil }
        let load = try Run(
            "qklens-bench",
            ["load", "--socket", daemon.socket, "--clients", "200", "--seconds", "1", "--unread", String(unreadMebibytes)])
        #expect(load.status == 0, "\(load.errors)")
        let figures = try JSON(parsing: load.output)
        let p99 = try #require(figures["p99_ms"]?.number)
        #expect(figures["pings"] == 1000 && p99 < Self.patienceMilliseconds, "\(figures)")
        #expect(try daemon.call(JobsCancel.self, ["job": .string(job.job)]).state == .cancelled)
        #expect(daemon.end() == 0)
    }
}
