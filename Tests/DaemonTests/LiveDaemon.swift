import API
import Client
import Foundation
import JSON
import JSONRPC
import Testing

/// The real `qklensd` on a directory and a socket of its own.
final class LiveDaemon {
    let home: URL
    private(set) var process = Process()
    private let arguments: [String]
    /// A program that becomes the daemon; what is changed here is for the next start.
    var wrapper: [String]
    private let environment: [String: String]
    /// Whether a fault that the environment names is told by the flag too that makes it count.
    private let obeysFaults: Bool
    var socket: String { home.appending(path: "rpc.sock").path }

    /// The programs lie beside the test bundle.
    static let programs = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let embeddedModel = root.appending(path: "Sources/Daemon/Models/demo-4l")

    /// A directory, and a daemon that answers.
    ///
    /// - Parameters:
    ///   - arguments: More of the daemon's options.
    ///   - wrapper: A program that becomes the daemon, by its path, and that program's own arguments.
    ///   - environment: More variables for the daemon and its workers.
    ///   - obeysFaults: Whether `QKLENS_KILL_AT` counts.
    ///   - prepare: Called with the directory before the daemon is started.
    init(
        _ arguments: [String] = [], under wrapper: [String] = [], environment: [String: String] = [:], obeysFaults: Bool = true,
        prepare: (URL) throws -> Void = { _ in }
    ) throws {
        (self.arguments, self.wrapper, self.environment) = (arguments, wrapper, environment)
        self.obeysFaults = obeysFaults
        home = URL(filePath: NSTemporaryDirectory()).appending(path: "qklens-test-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        try prepare(home)
        try start()
    }

    deinit {
        if process.isRunning {
            process.terminate()
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: home)
    }

    /// Starts the daemon, as at first or again after it has ended, and waits until it answers.
    func start() throws {
        process = Process()
        let faults: [String] = obeysFaults && environment["QKLENS_KILL_AT"] != nil ? ["--fault-points"] : []
        let command =
            wrapper + [
                Self.programs.appending(path: "qklensd").path, "--socket", socket, "--state-directory",
                home.appending(path: "state").path, "--threads", "1", "--check-replies",
            ] + faults + arguments
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let log = home.appending(path: "log")
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        process.standardError = handle
        try process.run()
        // Each attempt costs a millisecond; a daemon that has not answered after so many has ended or hangs.
        for _ in 0..<20_000 {
            if let client = try? Client(connectingTo: socket), (try? client.call(SystemPing.self, NoParams())) != nil { return }
            guard process.isRunning else { break }
            usleep(1000)
        }
        throw Failure(log: (try? String(contentsOf: log, encoding: .utf8)) ?? "")
    }

    /// Ends the daemon by a signal and returns its exit status.
    @discardableResult
    func end(_ signal: Int32 = SIGTERM) -> Int32 {
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal, process.terminationStatus != signal {
            let log = (try? String(contentsOf: home.appending(path: "log"), encoding: .utf8)) ?? ""
            print("the daemon was ended by signal \(process.terminationStatus); its log ends with:\n\(log.suffix(4000))")
        }
        return process.terminationStatus
    }

    /// The processes that it has started and that have not ended.
    var children: [pid_t] {
        // A child belongs to the thread that started it; threads may end meanwhile.
        let threads = "/proc/\(process.processIdentifier)/task"
        return ((try? FileManager.default.contentsOfDirectory(atPath: threads)) ?? []).flatMap { thread in
            ((try? String(contentsOfFile: "\(threads)/\(thread)/children", encoding: .utf8)) ?? "").split(separator: " ")
                .compactMap { pid_t($0) }
        }
    }

    /// A connection.
    func client() throws -> Client { try Client(connectingTo: socket) }

    /// A call by type, its reply checked against the method's schema.
    func call<M: Method>(_ method: M.Type, _ params: JSON = [:]) throws -> M.Result {
        let reply = try client().call(M.name, params, timeout: .seconds(60))
        let violations = M.result.validate(reply, at: "result")
        #expect(violations.isEmpty, "\(M.name): \(violations)")
        return try reply.decode(M.Result.self)
    }

    /// The error that a call gives.
    func error(_ method: String, _ params: JSON) throws -> RPCError {
        do {
            let reply = try client().call(method, params, timeout: .seconds(60))
            throw Failure(log: "\(method) \(params) succeeded: \(reply.text().prefix(200))")
        } catch ClientError.service(let error) {
            return error
        }
    }

    /// Submits a job and waits for its end.
    func run<M: Method>(_ method: M.Type, _ params: JSON) throws -> JobInfo where M.Result == JobSubmission {
        let job = try #require(try call(method, params).job)
        return try call(JobsWait.self, ["job": .string(job.job), "timeout_s": 50])
    }

    /// A directory with a copy of the embedded model, to be spoilt.
    func copyOfModel(_ name: String) throws -> URL {
        let copy = home.appending(path: name)
        try FileManager.default.copyItem(at: Self.embeddedModel, to: copy)
        return copy
    }

    /// Where a program lies that not every machine has; nil if this one has it not.
    static func path(of program: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let log: String
        var description: String { log }
    }
}

extension RPCError {
    /// The stable identifier.
    var kind: String? { data?["kind"]?.string }
}

extension Client {
    /// All entries of a list, page after page.
    func all(_ method: String, _ member: String) throws -> [JSON] {
        var entries: [JSON] = [], params: JSONObject = ["limit": 100]
        while true {
            let page = try call(method, .object(params), timeout: .seconds(60))
            entries += page[member]?.array ?? []
            guard let next = page["next_cursor"], next != .null else { return entries }
            params["cursor"] = next
        }
    }
}
