private import API
private import Foundation
private import Kernels
import Systemd

/// The settings in force, once flags, environment, file and defaults have been weighed, and where each comes from.
struct Configuration: Sendable {
    private let texts: [Setting: (value: String, origin: SettingOrigin)]

    /// The socket that the service manager has opened, if any; it beats ``Setting/socket``.
    let inheritedSocket: Int32?
    /// The configuration file that was read; nil if there is none.
    let file: String?
    /// The worker's executable.
    let worker: String
    /// Files of known numbers, for the self-test.
    let goldens: [String]
    /// Whether tests may have the workers killed at chosen places.
    let hasFaultPoints: Bool

    /// The file that every daemon of the machine reads whose user has none.
    static let machineFile = "/etc/qklens/qklensd.conf"

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
                texts[setting] = try Self.usualValue(of: setting, environment, beside: program)
            }
        }
        self.texts = texts
        self.file = file?.path
        inheritedSocket = InheritedSockets(environment: environment, pid: getpid()).descriptors.first
        worker = Self.worker(beside: program)
        goldens = Self.goldens(beside: program)
        hasFaultPoints = options.faultPoints
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
        if setting == .embeddedModel, !Self.exists(value + "/config.json") {
            throw .absent(setting, value: value, reason: "there is no config.json in it", origin: origin)
        }
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
        return (own.map { [$0 + "/qklens/qklensd.conf"] } ?? []) + [machineFile]
    }

    /// The value of a setting that is set nowhere, and the variable of others' that it follows, if any.
    private static func usualValue(
        of setting: Setting, _ environment: [String: String], beside program: URL
    ) throws -> (value: String, origin: SettingOrigin) {
        switch setting {
        case .socket:
            let follows = environment["XDG_RUNTIME_DIR"].map { !$0.isEmpty } ?? false
            return (SocketPath.path(environment: environment, uid: getuid()), follows ? .variable("XDG_RUNTIME_DIR") : .usual)
        case .stateDirectory: return try stateDirectory(environment)
        case .embeddedModel: return (try embeddedModel(beside: program), .usual)
        case .clientRoots: return ("", .usual)
        case .threads: return (String(ProcessInfo.processInfo.activeProcessorCount), .usual)
        case .coreType: return (KernelEnvironment.betterCoreType ?? KernelEnvironment.current.core_type, .usual)
        case .logFormat: return ((isUnderJournal(environment) ? LogFormat.journal : .text).rawValue, .usual)
        case .jobs, .checkpointInterval, .promptCache, .maxMessage, .maxDepth, .maxBatch, .maxRequestsInFlight, .maxUnread,
            .maxClients, .unfinishedMessage, .maxWaitingJobs, .logLevel, .checkReplies:
            return (setting.usualValue, .usual)
        }
    }

    private static func isUnderJournal(_ environment: [String: String]) -> Bool {
        JournalStream(environment: environment).isStandardError
    }

    private static func stateDirectory(_ environment: [String: String]) throws -> (value: String, origin: SettingOrigin) {
        // systemd may name several, separated by colons; the first is the one its unit lists first.
        if let directory = environment["STATE_DIRECTORY"]?.split(separator: ":").first {
            return (String(directory), .variable("STATE_DIRECTORY"))
        }
        for (variable, below) in [("XDG_STATE_HOME", "/qklens"), ("HOME", "/.local/state/qklens")] {
            if let directory = environment[variable], directory.hasPrefix("/") { return (directory + below, .variable(variable)) }
        }
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
        var head = "# \(file.map { "The configuration file is \($0)." } ?? "There is no configuration file.")\n"
        if let inheritedSocket {
            head +=
                "# The service manager has opened the socket: \(InheritedSockets.path(of: inheritedSocket) ?? "one without a path").\n"
        }
        let settings = Setting.allCases.map { "# \($0.summary) (\(origin(of: $0)))\n\($0.key) = \(text($0))\n" }
        return ([head] + settings).joined(separator: "\n")
    }

    /// The settings that differ from those in force and that a running service does not take over, each with where it stands.
    func settingsForRestart(beside inForce: Configuration) -> [String] {
        Setting.allCases.filter { !$0.isReloadable && text($0) != inForce.text($0) }.map { "\($0.key) (\(origin(of: $0)))" }
    }
}

// Places.
extension Configuration {
    /// Where the socket is made, unless it is inherited.
    var socketDirectory: OwnDirectory {
        OwnDirectory(URL(fileURLWithPath: text(.socket)).deletingLastPathComponent().path, for: .socket)
    }

    /// Examines the directories that the service will use, and makes none.
    func checkPlaces() throws {
        try OwnDirectory(text(.stateDirectory), for: .state).check()
        if inheritedSocket == nil { try socketDirectory.check() }
    }
}
