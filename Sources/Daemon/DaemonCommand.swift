private import API
public import ArgumentParser
private import Foundation
private import Kernels
private import Logging
private import RPCServer
private import Store
private import Systemd

/// `qklensd`: keeps models and dictionaries in memory and answers on a socket.
public struct DaemonCommand: AsyncParsableCommand {
    /// The name and what it is for.
    public static let configuration = CommandConfiguration(
        commandName: "qklensd",
        abstract: "Keeps GPT-2 weights and trained dictionaries in memory and answers JSON-RPC 2.0 on a Unix socket.",
        version: Version.current)

    @OptionGroup var options: Options

    /// A command, to be filled in by the parser.
    public init() {}

    /// Serves until SIGTERM or SIGINT.
    public func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let configuration = try configuration(environment)
        if options.printConfig { return print(configuration.listing, terminator: "") }
        if let backup = options.restore { return try restore(backup, configuration) }
        chooseMatrixKernels(configuration.text(.coreType), environment)
        let threshold = LogThreshold(configuration.logLevel)
        let log = Logger(label: "qklensd") { _ in ServiceLog(configuration.logFormat, threshold: threshold) }
        setThreads(configuration.number(.threads))
        let options = options
        do {
            try await Service(
                configuration: configuration, notifier: Notifier(environment: environment),
                watchdog: Watchdog(environment: environment, pid: getpid()),
                reload: { Self.reload(options, environment, configuration, threshold, log) }, log: log
            ).run()
        } catch {
            log.critical("\(error)")
            if error is CannotStart { Self.tell(error, toClientsAt: configuration.inheritedSocket, for: Self.pause) }
            throw ExitCode.failure
        }
    }

    /// The settings in force; ends the process if they are not right, or if no more was asked than whether they are.
    private func configuration(_ environment: [String: String]) throws -> Configuration {
        do {
            let configuration = try Configuration(options, environment: environment)
            guard options.checkConfig else { return configuration }
            try configuration.checkPlaces()
        } catch {
            complain(error)
            if !options.isQuestion {
                Self.tell(
                    CannotStart(reason: error),
                    toClientsAt: InheritedSockets(environment: environment, pid: getpid()).descriptors.first)
            }
            throw ExitCode(Self.misconfigured)
        }
        throw ExitCode.success
    }

    /// Tells clients who wait at the service manager's socket why nobody will answer them.
    private static func tell(_ error: any Error, toClientsAt socket: Int32?, for duration: Duration = .zero) {
        if let socket { RPCServer.refuse(waitingAt: socket, APIError(.cannotStart, "\(error)"), for: duration) }
    }

    /// How long a service that cannot start answers clients with the reason, before the service manager starts it anew: what keeps it,
    /// such as a lock or a disk, may have passed by then.
    private static let pause = Duration.seconds(10)

    private func complain(_ error: any Error) { FileHandle.standardError.write(Data("qklensd: \(error)\n".utf8)) }

    private func restore(_ backup: String, _ configuration: Configuration) throws {
        let directory = configuration.text(.stateDirectory)
        do {
            // What root restores becomes the directory's owner's.
            if geteuid() != 0 { try OwnDirectory(directory, for: .state).check() }
            let (report, former) = try Restoration.run(backup, in: directory)
            print("restored \(report.records) records, \(report.bytes) bytes, in \(directory)")
            if let former { print("the former store is kept as \(former)") }
        } catch {
            complain(error)
            throw ExitCode.failure
        }
    }

    /// Takes over the log level from the configuration as it stands now, and names what else has changed; a wrong one is told and changes
    /// nothing.
    private static func reload(
        _ options: Options, _ environment: [String: String], _ inForce: Configuration, _ threshold: LogThreshold, _ log: Logger
    ) {
        do {
            let configuration = try Configuration(options, environment: environment)
            threshold.set(configuration.logLevel)
            log.notice("the configuration was read again: log_level is \(configuration.logLevel.rawValue)")
            let waiting = configuration.settingsForRestart(beside: inForce)
            if !waiting.isEmpty {
                log.warning("changed in the configuration, but in force only after a restart: \(waiting.joined(separator: ", "))")
            }
        } catch {
            log.error("the configuration was read again and is not taken over: \(error)")
        }
    }

    /// *Source:* sysexits(3), EX_CONFIG.
    private static let misconfigured: Int32 = 78

    /// Runs the program anew with other kernels of OpenBLAS's, if those it has taken are not the ones wanted.
    ///
    /// The choice is made when the library is loaded, so it has to stand in the environment before.
    private func chooseMatrixKernels(_ wanted: String, _ environment: [String: String]) {
        let variable = KernelEnvironment.coreTypeVariable
        guard KernelEnvironment.current.core_type != wanted, environment[variable] != wanted else { return }
        restart(setting: variable, to: wanted, arguments: CommandLine.arguments)
    }
}
