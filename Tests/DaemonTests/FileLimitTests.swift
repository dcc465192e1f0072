import API
import Client
import Foundation
import JSON
import JSONRPC
import Testing

/// A daemon whose files may not grow, as under `ulimit -f`: the system refuses every write with EFBIG and SIGXFSZ.
@Suite(.timeLimit(.minutes(2))) struct FileLimitTests {
    /// Sets how large the daemon's files may get, its soft limit alone; a worker keeps the limit that it was started with.
    ///
    /// - Returns: Whether there is a program that does so.
    private func limit(_ daemon: LiveDaemon, to bytes: String) throws -> Bool {
        guard let program = LiveDaemon.path(of: "prlimit") else {
            print("left out: there is no program named prlimit")
            return false
        }
        let setting = try Process.run(
            URL(filePath: program), arguments: ["--pid", "\(daemon.process.processIdentifier)", "--fsize=\(bytes):"])
        setting.waitUntilExit()
        try #require(setting.terminationStatus == 0)
        return true
    }

    @Test func `calls that write are refused, reading goes on, and a job is cancelled at once though that cannot be written`()
        throws
    {
        let daemon = try LiveDaemon()
        let long: JSON = ["task": "ioi", "count": 4096, "options": ["mode": "softmax_greedy"]]
        let job = try #require(try daemon.call(TracesCreate.self, long).job)
        try JobLifeTests().follow(daemon, job.job) { ($0.progress?.step ?? 0) > 0 }
        guard try limit(daemon, to: "4096") else { return }
        #expect(try daemon.error("traces.create", long).kind == "store_full")
        #expect(try daemon.call(JobsList.self).jobs.count == 1 && daemon.call(StoreVerify.self).sound)
        let clock = ContinuousClock()
        for _ in 0..<2 {
            let duration = try clock.measure {
                let refusal = try daemon.error("jobs.cancel", ["job": .string(job.job)])
                #expect(refusal.kind == "store_full", "\(refusal)")
            }
            // One second is the promise; a machine busy with other tests is given more.
            #expect(duration < .seconds(5), "\(duration)")
        }
        let waiting = try daemon.call(JobsGet.self, ["job": .string(job.job)])
        #expect(waiting.state == .running && waiting.progress?.stage == JobProgress.diskFull, "\(waiting)")
        _ = try limit(daemon, to: "unlimited")
        let ended = try daemon.call(JobsWait.self, ["job": .string(job.job), "timeout_s": 50])
        #expect(ended.state == .cancelled, "\(ended)")
        #expect(try daemon.run(TracesCreate.self, ["task": "ioi", "count": 2]).state == .finished)
        #expect(try daemon.call(StoreVerify.self).sound && daemon.end() == 0)
    }

    @Test func `the log says which request has submitted a job`() throws {
        let daemon = try LiveDaemon(["--log-level", "info"])
        let job = try daemon.run(TracesCreate.self, ["task": "ioi", "count": 1]).job
        let log = try String(contentsOf: daemon.home.appending(path: "log"), encoding: .utf8)
        let line = try #require(log.split(separator: "\n").first { $0.contains("job \(job) (traces.create) is queued") })
        #expect(line.contains(/request=c\d+\.\d+/) || line.contains(/"request":"c\d+\.\d+"/), "\(line)")
    }
}
