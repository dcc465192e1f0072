import API
import Foundation
import JSON
import Logging
import RPCServer
import Synchronization
import Testing

/// The command as a shell sees it: what it prints where, and how it exits.
@Suite(.timeLimit(.minutes(1))) struct CommandTests {
    @Test func `without a daemon it exits with 2 and says how to start one`() async throws {
        let run = try await Command(["system", "ping", "--socket", "/nonexistent/rpc.sock"]).finish()
        #expect(run.status == 2 && run.output.isEmpty)
        #expect(run.errors.contains("/nonexistent/rpc.sock") && run.errors.contains("start it with"))
    }

    @Test(arguments: [
        ["explain", "--layer", "0", "--head", "2"], ["explain", "text", "--head", "2"],
        ["tokens", "predict", "text", "--tokens", "1,2"],
        ["attention", "pattern", "text", "--layer", "0", "--heads", "0,x"], ["rpc", "system.ping", "[1]"],
        ["train", "--layer", "0", "--map", "--detach"],
        ["interventions", "run", "--map", "m1", "--task", "ioi"],
        ["interventions", "run", "--map", "m1", "--pair", "17-301", "--task", "ioi"],
        ["interventions", "run", "text", "--layer", "0", "--whole-head", "--task", "ioi"],
        ["interventions", "run", "text", "--layer", "0", "--whole-head", "--answer", "Mary"], ["tasks", "run"],
        ["signals", "statistics", "--task", "ioi", "--corpus", "demo"], ["signals", "agreement", "--map", "m1"],
        ["signals", "look", "text", "--layer", "0"], ["signals", "decompose", "--form", "square"],
        ["report", "pairs", "m1", "226"], ["report", "features", "m1", "226"], ["report", "circuit"],
        ["report", "circuit", "t1", "--text", "x"],
        ["system", "ping", "--deadline", "0"], ["nonsense"],
    ]) func `what is typed wrongly exits with 64 before anything is sent`(_ arguments: [String]) async throws {
        let run = try await Command(arguments, socket: "/nonexistent/rpc.sock").finish()
        #expect(run.status == 64 && run.output.isEmpty && !run.errors.isEmpty, "\(run)")
    }

    @Test func `a result is one line of JSON off the terminal`() async throws {
        try await withDaemon { socket in
            let run = try await Command(["system", "ping", "--json", "--deadline", "5"], socket: socket).finish()
            #expect(run == Command.Run(status: 0, output: "{\"ok\":true}\n", errors: ""))
        }
    }

    @Test func `an error of the daemon exits with 1, with its message and what to type next`() async throws {
        try await withDaemon { socket in
            let run = try await Command(["maps", "delete", "m9"], socket: socket).finish()
            #expect(run.status == 1 && run.output.isEmpty)
            #expect(run.errors.contains("there is no map 'm9'") && run.errors.contains("qklens maps list"))
        }
    }

    @Test func `a job is followed to its end, progress on standard error, what it has made on standard output`() async throws {
        try await withDaemon { socket in
            let run = try await Command(["jobs", "follow", "j1"], socket: socket).finish()
            #expect(run.status == 0, "\(run)")
            #expect(run.errors.contains("train 750/1500"))
            #expect(run.output.contains("dictionary") && run.output.contains("d1") && !run.output.contains("750"))
        }
    }

    @Test func `a job that fails exits with 1 and its reason`() async throws {
        try await withDaemon { socket in
            let run = try await Command(["jobs", "follow", "j2"], socket: socket).finish()
            #expect(run.status == 1 && run.output.isEmpty)
            #expect(run.errors.contains("j2 failed: the disk is full"))
        }
    }

    @Test func `Ctrl-C leaves the job alone, says how to come back to it, and exits with 130`() async throws {
        let (subscribed, subscription) = AsyncStream.makeStream(of: Void.self)
        try await withDaemon(subscribed: { subscription.yield() }) { socket in
            let command = try Command(["jobs", "follow", "j3"], socket: socket)
            for await _ in subscribed { break }
            command.interrupt()
            let run = await command.finish()
            #expect(run.status == 130 && run.output.isEmpty, "\(run)")
            #expect(run.errors.contains("detached from j3") && run.errors.contains("qklens jobs follow j3"))
        }
    }
}

/// One run of the command that lies beside the tests.
private final class Command: Sendable {
    struct Run: Hashable {
        let status: Int32
        let output: String
        let errors: String
    }

    private let process: Mutex<Process>
    private let result: Task<Run, Never>

    init(_ arguments: [String], socket: String? = nil) throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = Process()
        process.executableURL = Self.built(beside: URL(filePath: tests))
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["QKLENS_SOCKET": socket ?? ""]) { $1 }
        let output = Pipe(), errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        let (statuses, exit) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { exit.yield($0.terminationStatus) }
        try process.run()
        self.process = Mutex(process)
        let readable = [output.fileHandleForReading, errors.fileHandleForReading]
        result = Task {
            var status: Int32 = -1
            for await code in statuses {
                status = code
                break
            }
            // The command writes less than a pipe holds, so that reading may wait for its end.
            let texts = readable.map { String(decoding: $0.readDataToEndOfFile(), as: UTF8.self) }
            return Run(status: status, output: texts[0], errors: texts[1])
        }
    }

    func interrupt() { process.withLock { $0.interrupt() } }

    func finish() async -> Run { await result.value }

    /// The product of the same build: beside the tests' own file, or above it if that is a bundle's.
    private static func built(beside tests: URL) -> URL {
        let folders = sequence(first: tests.deletingLastPathComponent()) {
            $0.pathComponents.count > 1 ? $0.deletingLastPathComponent() : nil
        }
        let candidates = folders.prefix(4).map { $0.appending(path: "qklens") }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) && !$0.hasDirectoryPath } ?? candidates[0]
    }
}

/// Serves what the tests ask, on a socket of its own.
private func withDaemon(subscribed: @escaping @Sendable () -> Void = {}, _ body: (_ socket: String) async throws -> Void)
    async throws
{
    let silent = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
    let path = "/tmp/qklens-command-\(getpid())-\(UInt32.random(in: .min ... .max)).sock"
    let handlers: [any MethodHandler] = [Ping(), DeleteMap(), Subscribe(subscribed: subscribed), GetDictionary()]
    let router = Router(handlers, version: "1.0.0", checksReplies: true, logger: silent)
    let server = try await RPCServer.listen(at: .path(path, mode: 0o600), router: router, logger: silent)
    async let running: Void = server.run()
    do {
        try await body(path)
    } catch {
        server.shutDown(within: .zero)
        throw error
    }
    server.shutDown(within: .zero)
    try await running
}

private struct Ping: MethodHandler {
    typealias M = SystemPing
    func handle(_ params: NoParams, in call: Call) async throws -> SystemPing.Result { SystemPing.Result() }
}

private struct DeleteMap: MethodHandler {
    typealias M = MapsDelete
    func handle(_ params: MapsDelete.Params, in call: Call) async throws -> MapsDelete.Result {
        throw APIError(.mapNotFound, "there is no map '\(params.map)'")
    }
}

private struct GetDictionary: MethodHandler {
    typealias M = DictionariesGet
    func handle(_ params: DictionariesGet.Params, in call: Call) async throws -> DictionaryInfo {
        try #require(DictionariesGet.example.result).decode(DictionaryInfo.self)
    }
}

/// j1 finishes, j2 fails, j3 goes on for ever.
private struct Subscribe: MethodHandler {
    typealias M = JobsSubscribe
    let subscribed: @Sendable () -> Void

    func handle(_ params: JobsSubscribe.Params, in call: Call) async throws -> JobInfo {
        let progress = JobProgress(stage: "train", step: 750, of: 1500, tokens_per_s: 25_600, metrics: [:])
        var job = JobInfo(
            job: params.job, kind: .dictionariesTrain, state: .running, params: ["layer": 0], owner_uid: 0, created_ms: 0,
            attempts: 1,
            progress: progress)
        let queued = job
        switch params.job {
        case "j1":
            call.notify("jobs.event", ["job": try JSON(encoding: job)])
            (job.state, job.result) = (.finished, JobResult(dictionary: "d1", dictionaries: ["d1"]))
            call.notify("jobs.event", ["job": try JSON(encoding: job)])
        case "j2":
            (job.state, job.error) = (.failed, "the disk is full")
            call.notify("jobs.event", ["job": try JSON(encoding: job)])
        default: break
        }
        subscribed()
        return queued
    }
}
