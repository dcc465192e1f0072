private import API
public import ArgumentParser
private import Foundation
private import Kernels
private import Logging
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
        if options.checkConfig { return }
        if options.printConfig { return print(configuration.listing, terminator: "") }
        chooseMatrixKernels(configuration.text(.coreType), environment)
        let threshold = LogThreshold(configuration.logLevel)
        let log = Logger(label: "qklensd") { _ in ServiceLog(configuration.logFormat, threshold: threshold) }
        setThreads(configuration.number(.threads))
        do {
            try await Service(configuration: configuration, notifier: Notifier(environment: environment), log: log).run()
        } catch {
            log.critical("\(error)")
            throw ExitCode.failure
        }
    }

    private func configuration(_ environment: [String: String]) throws -> Configuration {
        do {
            return try Configuration(options, environment: environment)
        } catch let error as ConfigurationError {
            FileHandle.standardError.write(Data("qklensd: \(error)\n".utf8))
            throw ExitCode(Self.misconfigured)
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
