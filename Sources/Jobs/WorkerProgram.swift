import API
private import JSON
private import Subprocess
private import SystemPackage

/// How a worker process is started, heard and ended.
///
/// The worker is told which job to do and finds everything else in the job's record. It reports on its standard output, one JSON
/// object per line: `{"progress": {…}}` at least once a second, `{"checkpoint": n}` when a checkpoint is on the disk, `{"failed": "why"}`
/// before it exits because of what the job asked for (see ``WorkerMessage``). A worker whose output nobody reads ends by itself at its next line, so none outlives the service.
public struct WorkerProgram: Sendable {
    /// The executable.
    public let path: String
    /// The arguments that every worker gets, such as where the store lies.
    public let arguments: [String]

    /// How a worker ended, when it did not end its job itself.
    public enum Outcome: Sendable, Equatable {
        /// It said that the job cannot be done.
        case failed(String)
        /// It could not be started, for want of memory or because the program is being replaced; why.
        case unstarted(String)
        /// It does not understand what this service or its store says: an upgrade has replaced it under a running service; why.
        case unfit(String)
        /// It ended otherwise; how, as the continuation of "the worker …".
        case died(String)
    }

    /// How long an ending worker may take before it is killed.
    ///
    /// *Source:* the figures to reach, "SIGTERM → checkpoint → exit ≤ 10 s", "cancel ≤ 1 s"; a cancelled job has nothing to save.
    private static func patience(_ reason: StopSignal.Reason) -> Duration {
        switch reason {
        case .cancelled: .milliseconds(500)
        case .interrupted: .seconds(8)
        }
    }

    /// The status of a worker that does not know one of its arguments.
    ///
    /// *Source:* sysexits(3), EX_USAGE.
    private static let unknownArgument: Int32 = 64

    /// The status of a worker that finds another schema in the store than its own.
    ///
    /// *Source:* sysexits(3), EX_TEMPFAIL.
    public static let otherSchema: Int32 = 75

    /// SIGKILL.
    private static let outright: Int32 = 9

    /// A program.
    public init(path: String, arguments: [String]) {
        self.path = path
        self.arguments = arguments
    }

    /// Runs a worker until it ends.
    ///
    /// - Parameters:
    ///   - job: The job's identifier.
    ///   - stop: Ends the worker early, by SIGTERM and, if it does not listen, by SIGKILL.
    ///   - hear: Told each line of the report.
    func run(job: String, until stop: StopSignal, hear: @escaping @Sendable (WorkerMessage) async -> Void) async -> Outcome {
        do {
            let result = try await Subprocess.run(
                .path(FilePath(path)), arguments: Arguments(arguments + ["--job", job]), input: .none, output: .sequence,
                error: .string(limit: 64 * 1024)
            ) { execution in
                let stopper = Task {
                    guard let reason = await stop.wait() else { return }
                    try? execution.send(signal: .terminate)
                    try? await Task.sleep(for: Self.patience(reason))
                    if !Task.isCancelled { try? execution.send(signal: .kill) }
                }
                defer { stopper.cancel() }
                var failure: String?
                for try await line in execution.standardOutput.strings() {
                    guard let message = try? JSON(parsing: line).decode(WorkerMessage.self) else { continue }
                    await hear(message)
                    failure = message.failed ?? failure
                }
                return failure
            }
            if let failure = result.closureResult { return .failed(failure) }
            let last = result.standardError.split(separator: "\n").last.map { ": \($0)" } ?? ""
            switch result.terminationStatus {
            case .exited(let code) where code == Self.unknownArgument || code == Self.otherSchema:
                return .unfit("the worker \(path) is of another version than this service\(last)")
            case .exited(let code): return .died("exited with status \(code)\(last)")
            case .signaled(Self.outright):
                return .died("was killed, as the system does when memory runs out (signal \(Self.outright))\(last)")
            case .signaled(let signal): return .died("was ended by signal \(signal)\(last)")
            }
        } catch {
            return .unstarted("the worker \(path) could not be started: \(error)")
        }
    }
}
