import API
import Client
import Foundation
import JSON
import JSONRPC
import Tensors
import Testing

/// System calls that fail, one after the other: the daemon answers, or ends with a status and starts again; the store stays sound.
///
/// Without `QKLENS_SOAK` in the environment a fiftieth of the faults is tried.
@Suite(
    .serialized, .timeLimit(.minutes(40)), .enabled(if: LiveDaemon.path(of: "strace") != nil, "strace is not installed"))
struct FaultTests {
    /// What fails, how, and which calls of each thread: beyond them a session makes few.
    ///
    /// Only what can happen: `write` is also how threads wake each other, by a counter that no disk is full for. Without its first
    /// mmap the C library's loader ends every program, even `true`, by a signal.
    static let faults: [(call: String, code: String, numbers: ClosedRange<Int>)] = [
        ("pwrite64", "EIO", 1...30), ("pwrite64", "ENOSPC", 1...20), ("writev", "EIO", 1...6), ("fdatasync", "EIO", 1...20),
        ("fdatasync", "ENOSPC", 1...10), ("fsync", "EIO", 1...10), ("ftruncate", "ENOSPC", 1...4), ("rename", "EIO", 1...5),
        ("read", "EIO", 1...30), ("read", "EINTR", 1...20), ("pread64", "EIO", 1...20), ("openat", "EMFILE", 1...30),
        ("openat", "EACCES", 1...20), ("mmap", "ENOMEM", 2...30), ("write", "EINTR", 1...10),
    ]

    static var all: [(call: String, code: String, number: Int)] {
        faults.flatMap { fault in fault.numbers.map { (fault.call, fault.code, $0) } }
    }

    @Test func `a system call that fails once, whichever it is, does no lasting harm`() throws {
        var generator = RandomGenerator(seed: 13), answers: [String: Int] = [:]
        let faults = Self.all.shuffled(using: &generator).prefix(SoakTests.share(of: Self.all.count))
        let base = try LiveDaemon(), job = try base.run(DictionariesTrain.self, ExportTests.training)
        #expect(job.state == .finished)
        #expect(base.end() == 0)
        for fault in faults { answers[try session(fault, on: base.home.appending(path: "state")), default: 0] += 1 }
        print("faults: \(answers)")
        // Where nothing can be traced, nothing fails: then this test has shown nothing.
        #expect((answers["error"] ?? 0) + (answers["ended"] ?? 0) + (answers["connection lost"] ?? 0) > 0, "\(answers)")
    }

    @Test func `an engine that has stopped ends the service, and the next one has what was acknowledged`() throws {
        let daemon = try LiveDaemon()
        guard let library = try Interposer.compile("writelog", into: daemon.home) else { return }
        #expect(daemon.end() == 0)
        let data = daemon.home.appending(path: "state/data.mdb").path
        let env = try #require(LiveDaemon.path(of: "env"))
        daemon.wrapper = [env, "LD_PRELOAD=\(library)", "QKLENS_WRITES_OF=\(data)", "QKLENS_FAIL_THROUGH=3"]
        // A change is published by one write through to the disk; that of the third fails.
        try daemon.start()
        var loaded: [String] = [], kinds: [String?] = []
        for number in 0..<5 {
            let copy = JSON.string(try daemon.copyOfModel("copy\(number)").path)
            do {
                loaded.append(try daemon.call(ModelsLoad.self, ["path": copy]).model)
            } catch ClientError.service(let error) {
                kinds.append(error.kind)
            } catch {
                break  // It has ended.
            }
        }
        #expect(loaded == ["copy0", "copy1"] && kinds.first == "store_failed", "\(loaded) \(kinds)")
        daemon.process.waitUntilExit()
        #expect(daemon.process.terminationReason == .exit && daemon.process.terminationStatus == 1)
        let log = try String(contentsOf: daemon.home.appending(path: "log"), encoding: .utf8)
        #expect(log.contains("has stopped"), "\(log)")
        daemon.wrapper = []
        try daemon.start()
        let models = try daemon.call(ModelsList.self).models.map(\.model)
        #expect(Set(loaded).isSubset(of: models), "\(models)")
        #expect(try daemon.call(StoreVerify.self).sound)
        #expect(daemon.end() == 0)
    }

    /// A session in whose processes the `number`-th such call of each thread fails.
    ///
    /// - Returns: What came of it.
    private func session(_ fault: (call: String, code: String, number: Int), on base: URL) throws -> String {
        let strace = try #require(LiveDaemon.path(of: "strace"))
        let daemon = try LiveDaemon(prepare: { home in
            try FileManager.default.copyItem(at: base, to: home.appending(path: "state"))
        })
        #expect(daemon.end() == 0)
        // The tracer is a grandchild (-D), so that the status is the daemon's own.
        daemon.wrapper = [
            strace, "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(fault.call)", "-e",
            "inject=\(fault.call):error=\(fault.code):when=\(fault.number)",
        ]
        var outcome: String
        do {
            try daemon.start()
            outcome = try work(daemon)
        } catch is LiveDaemon.Failure {
            outcome = "did not start"
        }
        if daemon.process.isRunning { daemon.end() }
        let process = daemon.process
        let log = (try? String(contentsOf: daemon.home.appending(path: "log"), encoding: .utf8)) ?? ""
        #expect(
            process.terminationReason == .exit,
            "\(fault): ended by signal \(process.terminationStatus) after \(log.suffix(2000))")
        daemon.wrapper = []
        try daemon.start()
        let report = try daemon.call(StoreVerify.self)
        #expect(report.sound, "\(fault): \(report.findings)")
        #expect(try daemon.call(DictionariesGet.self, ["dictionary": "d1"]).dictionary == "d1", "\(fault)")
        for job in try daemon.client().all("jobs.list", "jobs") {
            let ended = try daemon.call(JobsWait.self, ["job": .string(job["job"]?.string ?? ""), "timeout_s": 50])
            #expect(ended.state == .finished || ended.error != nil, "\(fault): \(ended)")
        }
        #expect(daemon.end() == 0)
        return outcome
    }

    /// A few calls of all kinds; each may fail, and says why.
    private func work(_ daemon: LiveDaemon) throws -> String {
        let folder = JSON.string(daemon.home.appending(path: "given").path)
        var outcome = "unnoticed"
        let calls: [(String, JSON)] = [
            ("dictionaries.export", ["dictionary": "d1", "path": folder]), ("dictionaries.import", ["path": folder]),
            ("dictionaries.train", ExportTests.training), ("jobs.wait", ["job": "j2", "timeout_s": 40]),
            ("tokens.predict", ["text": "When John and Mary"]), ("dictionaries.delete", ["dictionary": "d2"]),
            ("store.verify", [:]),
        ]
        for (method, params) in calls {
            do {
                _ = try daemon.client().call(method, params, timeout: .seconds(60))
            } catch ClientError.service(let error) {
                outcome = "error"
                #expect(error.kind != nil, "\(method): \(error)")
                #expect(error.kind != "store_corrupt", "\(method): \(error)")
            } catch {
                // The daemon has ended the connection, or itself.
                outcome = "connection lost"
                guard daemon.process.isRunning else { return "ended" }
            }
        }
        return outcome
    }
}
