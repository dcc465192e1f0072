import API
import Client
import Foundation
import JSON
import Testing

/// Long runs: whatever is done often enough shows what it leaves behind.
///
/// Without `QKLENS_SOAK` in the environment each runs at a fiftieth of its length; `make soak` runs them whole.
@Suite(.timeLimit(.minutes(60))) struct SoakTests {
    static let isWhole = ProcessInfo.processInfo.environment["QKLENS_SOAK"] != nil

    /// The number of rounds, out of those of the whole run.
    static func share(of rounds: Int) -> Int { isWhole ? rounds : rounds / 50 }

    /// How much more memory may be resident in the last tenth of a run than after its first fifth.
    ///
    /// What the allocator keeps differs by a few megabytes from one moment to the next; a leak of a hundred bytes in each of a
    /// hundred thousand rounds would be more than that.
    static let driftBytes = 8 << 20

    /// Does something again and again, and checks that descriptors and threads are as many afterwards as before and that memory
    /// does not grow from the first fifth on.
    ///
    /// - Parameters:
    ///   - perRound: bytes that each round may leave behind, because it makes records that are kept.
    ///   - round: gets its number.
    func repeats(_ rounds: Int, on daemon: LiveDaemon, perRound: Int = 0, _ round: (Int) throws -> Void) throws {
        let fifth = rounds / 5
        for number in 0..<fifth { try round(number) }
        let early = try daemon.settled(to: daemon.facts)
        for number in fifth..<rounds { try round(number) }
        let allowed = Self.driftBytes + (rounds - fifth) * perRound
        let late = try daemon.settled(to: early, within: allowed)
        #expect(
            late.descriptors <= early.descriptors && late.threads <= early.threads
                && late.residentBytes <= early.residentBytes + allowed, "early: \(early); late: \(late)")
        _ = try daemon.call(SystemPing.self)
    }

    @Test func `a hundred thousand clients come, ask and go`() throws {
        let daemon = try LiveDaemon()
        let ping = request("system.ping")
        try repeats(Self.share(of: 100_000), on: daemon) { _ in
            let client = try RawSocket(daemon.socket)
            try client.send(ping)
            #expect(try client.line()?.contains("result") == true)
        }
        #expect(daemon.end() == 0)
    }

    @Test func `a million requests, pipelined, by every kind of path through the server`() throws {
        let daemon = try LiveDaemon()
        let client = try RawSocket(daemon.socket)
        // Answered where it is read, answered by a task, by the model, refused by the schema, unknown, a batch, no request at all.
        let questions = [
            request("system.ping"), request("tokens.encode", #"{"text":"When John and Mary"}"#),
            request("tokens.decode", #"{"tokens":[1,2,3]}"#), request("system.info"), request("models.list"),
            request("tokens.encode", #"{"txt":1}"#), request("nothing.at_all"),
            "[" + request("system.ping").dropLast() + "," + request("models.list").dropLast() + "]\n", "{]\n", "17 \n",
        ]
        let turn = Array(questions.joined().utf8), turnsAtOnce = 10
        let sent = Array(repeatElement(turn, count: turnsAtOnce).joined())
        try repeats(Self.share(of: 1_000_000) / (questions.count * turnsAtOnce), on: daemon) { _ in
            try client.send(sent)
            for _ in 0..<questions.count * turnsAtOnce { #expect(try client.line() != nil) }
        }
        client.endSending()
        #expect(try client.line() == nil)
        #expect(daemon.end() == 0)
    }

    @Test func `a thousand models that cannot be loaded`() throws {
        let daemon = try LiveDaemon()
        let truncated = try daemon.copyOfModel("truncated"), garbage = try daemon.copyOfModel("garbage")
        let tokenless = try daemon.copyOfModel("tokenless")
        let weights = try Data(contentsOf: truncated.appending(path: "model.safetensors"))
        try weights.prefix(weights.count - 1).write(to: truncated.appending(path: "model.safetensors"))
        try Data(repeating: 255, count: 64).write(to: garbage.appending(path: "model.safetensors"))
        // The weights are read before the words are missed.
        try FileManager.default.removeItem(at: tokenless.appending(path: "merges.txt"))
        let paths = [truncated, garbage, tokenless, daemon.home.appending(path: "nothing")].map { JSON.string($0.path) }
        let client = try daemon.client()
        try repeats(Self.share(of: 1000), on: daemon) { number in
            #expect(throws: ClientError.self) { try client.call("models.load", ["path": paths[number % paths.count]]) }
        }
        #expect(try daemon.call(ModelsList.self).models.map(\.model) == ["demo-4l"])
        #expect(daemon.end() == 0)
    }

    @Test func `ten thousand jobs are cancelled, most before they begin and some at work`() throws {
        let daemon = try LiveDaemon()
        let client = try daemon.client()
        func submit() throws -> String {
            try #require(try client.call("dictionaries.train", JobLifeTests.long)["job"]?["job"]?.string)
        }
        let jobs = daemon.home.appending(path: "state/jobs")
        func files() throws -> Int { try FileManager.default.subpathsOfDirectory(atPath: jobs.path).count }
        var atWork = try submit(), cancelled = 0
        // A record of a cancelled job takes less than a kilobyte in the store, whose pages count as resident while they are mapped.
        try repeats(Self.share(of: 10_000), on: daemon, perRound: 2048) { number in
            let waiting = try submit()
            // Every hundredth time the one at work is cancelled too, and the next one's worker is started.
            for job in number % 100 == 99 ? [atWork, waiting] : [waiting] {
                #expect(try client.call("jobs.cancel", ["job": .string(job)])["state"] == "cancelled")
                cancelled += 1
            }
            guard number % 100 == 99 else { return }
            // Its worker is there whenever descriptors and threads are counted.
            atWork = try submit()
            try JobLifeTests().follow(daemon, atWork) { ($0.progress?.step ?? 0) > 0 }
        }
        #expect(try client.call("jobs.cancel", ["job": .string(atWork)])["state"] == "cancelled")
        let listed = try client.call("jobs.list", ["limit": 1])
        #expect(listed["jobs"]?.array?.first?["state"] == "cancelled")
        // A job that never began has no files, one that was at work keeps its series of figures alone.
        let left = try files()
        #expect(left <= 2 * (cancelled / 100 + 2), "\(left) files")
        daemon.end(SIGKILL)
        let clock = ContinuousClock()
        let start = try clock.measure { try daemon.start() }
        #expect(start < .seconds(5), "the start takes \(start) with \(cancelled) jobs on record")
        #expect(try daemon.call(JobsList.self, ["state": "queued"]).jobs.isEmpty)
        #expect(daemon.end() == 0)
    }
}
