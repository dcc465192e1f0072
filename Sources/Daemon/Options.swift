public import ArgumentParser
import Kernels
import Logging

/// The command line of `qklensd`.
public struct Options: ParsableArguments {
    @Option(help: "The socket's path. (default: $QKLENS_SOCKET, $XDG_RUNTIME_DIR/qklens/rpc.sock or /tmp/qklens-UID/rpc.sock)")
    var socket: String?

    @Option(
        help:
            "Where trained dictionaries, maps and jobs are kept. (default: $STATE_DIRECTORY, $XDG_STATE_HOME/qklens or ~/.local/state/qklens)"
    )
    var stateDirectory: String?

    @Option(help: "The embedded model's directory. (default: the one installed with the program)")
    var embeddedModel: String?

    @Option(
        help: "Threads of the kernels, in the service and in each worker. (default: as many as there are processors)")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "OpenBLAS's kernels by their name, such as Haswell. (default: the fastest that the processor runs, whatever $OPENBLAS_CORETYPE says)",
            valueName: "name"))
    var coreType: String?

    @Option(help: "How many jobs may run at the same time; each has its own worker process.")
    var jobs = 1

    @Option(help: "How many seconds lie between two checkpoints of a job; 0 makes one after each step.")
    var checkpointInterval = 60

    @Option(
        help: "How many MiB the activations of recent prompts may take, so that a second question about one is quick; 0 for none."
    )
    var promptCache = 256

    @Option(help: "The least severe messages that are logged: trace, debug, info, notice, warning, error, critical.")
    var logLevel: LogLevel = .notice

    /// Options, to be filled in by the parser.
    public init() {}

    /// Refuses numbers that make no sense.
    public func validate() throws {
        if let coreType, !KernelEnvironment.canRun(coreType: coreType) {
            throw ValidationError("--core-type \(coreType) is not known, or this processor lacks its instructions")
        }
        if !(1...64).contains(jobs) { throw ValidationError("--jobs \(jobs) is out of range (1 to 64)") }
        if !(0...300).contains(checkpointInterval) {
            throw ValidationError("--checkpoint-interval \(checkpointInterval) is out of range (0 to 300 seconds)")
        }
        if !(0...1 << 20).contains(promptCache) {
            throw ValidationError("--prompt-cache \(promptCache) is out of range (0 to \(1 << 20) MiB)")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads) is out of range (1 to 1024)")
        }
    }
}

/// A severity by its name.
enum LogLevel: String, CaseIterable, ExpressibleByArgument {
    case trace, debug, info, notice, warning, error, critical

    /// swift-log's value.
    var level: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}
