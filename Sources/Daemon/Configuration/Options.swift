public import ArgumentParser

/// The command line of `qklensd`: one flag for each ``Setting``, and what to do with them.
///
/// Values are texts here, so that a flag, a variable and the file are held to the same rules with the same words.
public struct Options: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp("The configuration file. (default: $QKLENS_CONFIG, or the first of qklensd.conf(5)'s that exists)"))
    var config: String?

    @Option(help: Setting.socket.help) var socket: String?
    @Option(help: Setting.stateDirectory.help) var stateDirectory: String?
    @Option(help: Setting.embeddedModel.help) var embeddedModel: String?
    @Option(help: Setting.clientRoots.help) var clientRoots: String?
    @Option(help: Setting.threads.help) var threads: String?
    @Option(help: Setting.coreType.help) var coreType: String?
    @Option(help: Setting.jobs.help) var jobs: String?
    @Option(name: .flag(of: .checkpointInterval), help: Setting.checkpointInterval.help) var checkpointInterval: String?
    @Option(name: .flag(of: .promptCache), help: Setting.promptCache.help) var promptCache: String?
    @Option(name: .flag(of: .maxMessage), help: Setting.maxMessage.help) var maxMessage: String?
    @Option(help: Setting.maxDepth.help) var maxDepth: String?
    @Option(help: Setting.maxBatch.help) var maxBatch: String?
    @Option(help: Setting.maxRequestsInFlight.help) var maxRequestsInFlight: String?
    @Option(name: .flag(of: .maxUnread), help: Setting.maxUnread.help) var maxUnread: String?
    @Option(help: Setting.maxClients.help) var maxClients: String?
    @Option(name: .flag(of: .unfinishedMessage), help: Setting.unfinishedMessage.help) var unfinishedMessage: String?
    @Option(help: Setting.maxWaitingJobs.help) var maxWaitingJobs: String?
    @Option(help: Setting.logLevel.help) var logLevel: String?
    @Option(help: Setting.logFormat.help) var logFormat: String?
    @Flag(inversion: .prefixedNo, help: Setting.checkReplies.help) var checkReplies: Bool?

    @Flag(help: "Print every setting with its value and where that comes from, as a configuration file, and end.")
    var printConfig = false

    @Flag(
        help:
            "Check the configuration, the model and the directories that it names, and end: status 0 if all are sound, otherwise what is wrong and status 78."
    )
    var checkConfig = false

    @Option(
        help: ArgumentHelp(
            "Put a backup in the place of the store, which keeps another name, and end; while the service is stopped.",
            valueName: "file"))
    var restore: String?

    /// For tests: whether the workers obey `QKLENS_KILL_AT`.
    @Flag(help: .hidden) var faultPoints = false

    /// Options, to be filled in by the parser.
    public init() {}

    /// Whether something is asked of the configuration, or done, without starting the service.
    var isQuestion: Bool { printConfig || checkConfig || restore != nil }

    /// What the flags say, setting by setting.
    var given: [Setting: String] {
        let texts: [Setting: String?] = [
            .socket: socket, .stateDirectory: stateDirectory, .embeddedModel: embeddedModel, .clientRoots: clientRoots,
            .threads: threads, .coreType: coreType, .jobs: jobs, .checkpointInterval: checkpointInterval,
            .promptCache: promptCache, .maxMessage: maxMessage, .maxDepth: maxDepth, .maxBatch: maxBatch,
            .maxRequestsInFlight: maxRequestsInFlight, .maxUnread: maxUnread, .maxClients: maxClients,
            .unfinishedMessage: unfinishedMessage, .maxWaitingJobs: maxWaitingJobs, .logLevel: logLevel, .logFormat: logFormat,
            .checkReplies: checkReplies.map { $0 ? "yes" : "no" },
        ]
        return texts.compactMapValues(\.self)
    }
}

extension Setting {
    /// What `--help` says of it.
    var help: ArgumentHelp {
        let valueName: String
        switch kind {
        case .path: valueName = "path"
        case .paths: valueName = "paths"
        case .name: valueName = "name"
        case .integer: valueName = "n"
        case .choice(let words): valueName = words.joined(separator: "|")
        case .toggle: valueName = "yes|no"
        }
        return ArgumentHelp("\(summary) (default: \(usualValue))", valueName: valueName)
    }
}

extension NameSpecification {
    /// A setting's flag, where it is not the property's own name.
    static func flag(of setting: Setting) -> NameSpecification { .customLong(setting.flag) }
}
