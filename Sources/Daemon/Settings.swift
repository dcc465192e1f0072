private import API
private import Foundation
private import Systemd

/// Where everything is, once flags, environment and defaults have been weighed: a flag beats the environment, the environment a default.
struct Settings: Sendable {
    /// The socket to listen on; nil where the service manager has opened one.
    let socket: String
    /// The socket that the service manager has opened, if any.
    let inheritedSocket: Int32?
    /// The store's directory.
    let stateDirectory: String
    /// The embedded model's directory.
    let embeddedModel: String
    /// The worker's executable.
    let worker: String
    /// Threads of the kernels, here and in each worker.
    let threads: Int
    /// How many jobs may run at the same time.
    let jobsAtOnce: Int
    /// Seconds between two checkpoints of a job.
    let checkpointInterval: Int
    /// How many bytes the activations of recent prompts may take.
    let promptCacheBytes: Int

    /// A setting for which nothing usable was found.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// Weighs flags and environment.
    init(_ options: Options, environment: [String: String]) throws {
        socket = options.socket ?? SocketPath.path(environment: environment, uid: getuid())
        inheritedSocket = InheritedSockets(environment: environment, pid: getpid()).descriptors.first
        stateDirectory = try options.stateDirectory ?? Self.stateDirectory(environment)
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        embeddedModel = try options.embeddedModel ?? Self.embeddedModel(beside: program)
        worker = program.appending(path: "qklens-worker").path
        threads = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
        jobsAtOnce = options.jobs
        checkpointInterval = options.checkpointInterval
        promptCacheBytes = options.promptCache << 20
    }

    private static func stateDirectory(_ environment: [String: String]) throws -> String {
        // systemd may name several, separated by colons; the first is the one its unit lists first.
        if let directory = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(directory) }
        if let directory = environment["XDG_STATE_HOME"], directory.hasPrefix("/") { return directory + "/qklens" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.local/state/qklens" }
        throw Missing(description: "no state directory: give --state-directory, or set HOME")
    }

    /// The model installed with the program: beside it in a build, under `share` in an installation.
    private static func embeddedModel(beside program: URL) throws -> String {
        let candidates = [
            program.appending(path: "QKLens_Daemon.resources/demo-4l").path,
            program.deletingLastPathComponent().appending(path: "share/qklens/models/demo-4l").path,
        ]
        guard let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0 + "/config.json") }) else {
            throw Missing(
                description: "the embedded model is neither in \(candidates.joined(separator: " nor in ")); give --embedded-model"
            )
        }
        return found
    }
}
