private import API
private import Foundation
private import Kernels
private import Systemd

/// The settings in force, once flags, environment, file and defaults have been weighed, and where each comes from.
struct Configuration: Sendable {
    private let texts: [Setting: (value: String, origin: SettingOrigin)]

    /// The socket that the service manager has opened, if any; it beats ``Setting/socket``.
    let inheritedSocket: Int32?
    /// The worker's executable.
    let worker: String
    /// Files of known numbers, for the self-test.
    let goldens: [String]

    /// Weighs a command line, an environment and the configuration file that they lead to.
    ///
    /// - Throws: ``ConfigurationError`` for the first value that is not right.
    init(_ options: Options, environment: [String: String]) throws {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let path = options.config ?? environment["QKLENS_CONFIG"] ?? Self.filePaths(environment).first(where: Self.exists)
        let file = try path.map { (path: $0, values: try ConfigurationFile(path: $0).values) }
        let flags = options.given
        var texts: [Setting: (value: String, origin: SettingOrigin)] = [:]
        for setting in Setting.allCases {
            if let value = flags[setting] {
                texts[setting] = (value, .flag(setting.flag))
            } else if let value = environment[setting.variable], !value.isEmpty {
                texts[setting] = (value, .variable(setting.variable))
            } else if let file, let (value, line) = file.values[setting] {
                texts[setting] = (value, .file(path: file.path, line: line))
            } else {
                texts[setting] = (try Self.usualValue(of: setting, environment, beside: program), .usual)
            }
        }
        self.texts = texts
        inheritedSocket = InheritedSockets(environment: environment, pid: getpid()).descriptors.first
        worker = Self.worker(beside: program)
        goldens = Self.goldens(beside: program)
        for setting in Setting.allCases { try check(setting) }
    }

    /// The value of a setting as text.
    func text(_ setting: Setting) -> String { texts[setting]?.value ?? "" }

    /// Where a setting's value comes from.
    func origin(of setting: Setting) -> SettingOrigin { texts[setting]?.origin ?? .usual }

    /// The value of a setting that is an integer.
    func number(_ setting: Setting) -> Int {
        guard let number = Int(text(setting)) else { preconditionFailure("\(setting.key) is no integer") }
        return number
    }

    /// The value of a setting that is `yes` or `no`.
    func isOn(_ setting: Setting) -> Bool { text(setting) == "yes" }

    private func check(_ setting: Setting) throws(ConfigurationError) {
        let (value, origin) = (text(setting), origin(of: setting))
        let isRight: Bool
        switch setting.kind {
        case .path: isRight = !value.isEmpty && !value.utf8.contains(0)
        case .paths: isRight = value.split(separator: ":").allSatisfy { $0.hasPrefix("/") }
        case .integer(let range): isRight = Int(value).map(range.contains) ?? false
        case .choice(let words): isRight = words.contains(value)
        case .toggle: isRight = ["yes", "no"].contains(value)
        case .name:
            if origin != .usual, !KernelEnvironment.canRun(coreType: value) { throw .coreType(value, origin: origin) }
            isRight = true
        }
        if !isRight { throw .wrongValue(setting, value: value, origin: origin) }
    }
}

// Defaults.
extension Configuration {
    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Where a configuration file is looked for: the user's, then the machine's.
    private static func filePaths(_ environment: [String: String]) -> [String] {
        let own =
            environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
            ?? environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 + "/.config" : nil }
        return (own.map { [$0 + "/qklens/qklensd.conf"] } ?? []) + ["/etc/qklens/qklensd.conf"]
    }

    private static func usualValue(of setting: Setting, _ environment: [String: String], beside program: URL) throws -> String {
        switch setting {
        case .socket: SocketPath.path(environment: environment, uid: getuid())
        case .stateDirectory: try stateDirectory(environment)
        case .embeddedModel: try embeddedModel(beside: program)
        case .clientRoots: ""
        case .threads: String(ProcessInfo.processInfo.activeProcessorCount)
        case .coreType: KernelEnvironment.betterCoreType ?? KernelEnvironment.current.core_type
        case .logFormat: isUnderJournal(environment) ? LogFormat.journal.rawValue : LogFormat.text.rawValue
        case .jobs, .checkpointInterval, .promptCache, .maxMessage, .maxDepth, .maxBatch, .maxRequestsInFlight, .maxUnread,
            .maxClients, .unfinishedMessage, .maxWaitingJobs, .logLevel, .checkReplies:
            setting.usualValue
        }
    }

    private static func isUnderJournal(_ environment: [String: String]) -> Bool {
        JournalStream(environment: environment).isStandardError
    }

    private static func stateDirectory(_ environment: [String: String]) throws -> String {
        // systemd may name several, separated by colons; the first is the one its unit lists first.
        if let directory = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(directory) }
        if let directory = environment["XDG_STATE_HOME"], directory.hasPrefix("/") { return directory + "/qklens" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.local/state/qklens" }
        throw ConfigurationError.missing("no state directory: give --state-directory, or set HOME")
    }

    /// The model installed with the program: beside it in a build, under `share` in an installation.
    private static func embeddedModel(beside program: URL) throws -> String {
        let candidates = [
            program.appending(path: "QKLens_Daemon.resources/demo-4l").path,
            program.deletingLastPathComponent().appending(path: "share/qklens/models/demo-4l").path,
        ]
        guard let found = candidates.first(where: { exists($0 + "/config.json") }) else {
            throw ConfigurationError.missing(
                "the embedded model is neither in \(candidates.joined(separator: " nor in ")); give --embedded-model")
        }
        return found
    }

    /// The known numbers installed with the program, GPT-2's first: beside it in a build, under `share` in an installation.
    private static func goldens(beside program: URL) -> [String] {
        let installed = program.deletingLastPathComponent().appending(path: "share/qklens/goldens").path
        let folder = exists(installed) ? installed : program.appending(path: "QKLens_Daemon.resources/goldens").path
        return ["gpt2", "demo-4l"].map { "\(folder)/\($0).safetensors" }
    }

    /// The worker installed with the program: beside it in a build, under `libexec` in an installation.
    private static func worker(beside program: URL) -> String {
        let installed = program.deletingLastPathComponent().appending(path: "libexec/qklens/qklens-worker").path
        return exists(installed) ? installed : program.appending(path: "qklens-worker").path
    }
}

// Shown.
extension Configuration {
    /// Every setting with its value and origin, as a file that sets them all.
    var listing: String {
        Setting.allCases.map { "# \($0.summary) (\(origin(of: $0)))\n\($0.key) = \(text($0))\n" }.joined(separator: "\n")
    }
}
