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
        chooseMatrixKernels(environment)
        let log = Logger(label: "qklensd") { _ in
            var handler = StreamLogHandler.standardError(label: "qklensd")
            handler.logLevel = options.logLevel.level
            return handler
        }
        let settings = try Settings(options, environment: environment)
        setThreads(settings.threads)
        do {
            try await Service(settings: settings, notifier: Notifier(environment: environment), log: log).run()
        } catch {
            log.critical("\(error)")
            throw ExitCode.failure
        }
    }

    /// Runs the program anew with other kernels of OpenBLAS's, if those it has taken are not the ones wanted.
    ///
    /// The choice is made when the library is loaded, so it has to stand in the environment before.
    private func chooseMatrixKernels(_ environment: [String: String]) {
        let variable = KernelEnvironment.coreTypeVariable
        guard let wanted = options.coreType ?? KernelEnvironment.betterCoreType, environment[variable] != wanted else { return }
        restart(setting: variable, to: wanted, arguments: CommandLine.arguments)
    }
}
