/// Everything about the daemon that can be set: the one table from which flags, variables, the file and its manual follow.
///
/// The raw value is the key in the configuration file. The flag is the key with hyphens (`--max-clients`), the variable is the key in
/// capitals (`QKLENS_MAX_CLIENTS`). A flag beats a variable, a variable the file, the file the default.
public enum Setting: String, CaseIterable, Sendable, Hashable {
    // Where things are
    case socket
    case stateDirectory = "state_directory"
    case embeddedModel = "embedded_model"
    case clientRoots = "client_roots"

    // Work
    case threads
    case coreType = "core_type"
    case jobs
    case checkpointInterval = "checkpoint_interval_s"
    case promptCache = "prompt_cache_mib"

    // What clients may ask
    case maxMessage = "max_message_mib"
    case maxDepth = "max_depth"
    case maxBatch = "max_batch"
    case maxRequestsInFlight = "max_requests_in_flight"
    case maxUnread = "max_unread_mib"
    case maxClients = "max_clients"
    case unfinishedMessage = "unfinished_message_s"
    case maxWaitingJobs = "max_waiting_jobs"

    // What it says
    case logLevel = "log_level"
    case logFormat = "log_format"
    case checkReplies = "check_replies"
}

extension Setting {
    /// What a setting may be.
    public enum Kind: Sendable, Hashable {
        /// A path.
        case path
        /// Absolute paths with colons between them.
        case paths
        /// A name without further rules here.
        case name
        /// An integer.
        case integer(ClosedRange<Int>)
        /// One of these words.
        case choice([String])
        /// `yes` or `no`.
        case toggle

        /// What would be right, for errors and manuals.
        public var expected: String {
            switch self {
            case .path: "a path"
            case .paths: "absolute paths with colons between them"
            case .name: "a name"
            case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
            case .choice(let words): "one of \(words.joined(separator: ", "))"
            case .toggle: "yes or no"
            }
        }
    }

    /// The key in the configuration file.
    public var key: String { rawValue }
    /// The long flag, without its hyphens in front.
    public var flag: String { String(rawValue.map { $0 == "_" ? "-" : $0 }) }
    /// The environment variable.
    public var variable: String { "QKLENS_" + rawValue.uppercased() }
    /// What values it takes.
    public var kind: Kind { definition.kind }
    /// The value unless something is set, in words where it depends on the machine.
    public var usualValue: String { definition.usual }
    /// What it does, in a sentence or two.
    public var summary: String { definition.summary }
    /// Whether SIGHUP takes over a changed value; all others want a restart.
    public var isReloadable: Bool { self == .logLevel }

    /// Whether no two daemons can share a value, so that it cannot stand in the file that all of a machine read.
    public var isEachDaemonsOwn: Bool { self == .socket || self == .stateDirectory }

    private var definition: (kind: Kind, usual: String, summary: String) {
        switch self {
        case .socket: (.path, "$XDG_RUNTIME_DIR/qklens/rpc.sock, or /tmp/qklens-UID/rpc.sock", "The socket's path.")
        case .stateDirectory:
            (
                .path, "$STATE_DIRECTORY, $XDG_STATE_HOME/qklens or ~/.local/state/qklens",
                "Where trained dictionaries, maps, caches and jobs are kept."
            )
        case .embeddedModel: (.path, "the one installed with the program", "The embedded model's directory.")
        case .clientRoots:
            (
                .paths, "none",
                "Below which directories users other than the daemon's own and root may name files. Without any, they may name none."
            )
        case .threads:
            (.integer(1...1024), "as many as processors", "Threads of the kernels, in the service and in each worker.")
        case .coreType:
            (
                .name, "the fastest that the processor runs, whatever $OPENBLAS_CORETYPE says",
                "OpenBLAS's kernels by their name, such as Haswell."
            )
        case .jobs: (.integer(1...64), "1", "How many jobs may run at the same time; each has its own worker process.")
        case .checkpointInterval:
            (.integer(0...300), "60", "Seconds between two checkpoints of a job; 0 makes one after each step.")
        case .promptCache:
            (
                .integer(0...1 << 20), "256",
                "MiB that the activations of recent prompts may take, so that a second question about one is quick; 0 for none."
            )
        case .maxMessage:
            (.integer(1...1024), "64", "MiB of one message, either way; a larger one is refused and the client closed.")
        case .maxDepth: (.integer(8...1024), "64", "How deeply the values of one message may be nested.")
        case .maxBatch: (.integer(1...100_000), "1000", "Requests in one batch.")
        case .maxRequestsInFlight:
            (
                .integer(1...10_000), "32",
                "Requests of one client that run at once; while so many run, no more is read from it."
            )
        case .maxUnread:
            (.integer(1...4096), "64", "MiB of replies that wait for one client to read them; with more it is disconnected.")
        case .maxClients: (.integer(1...100_000), "1000", "Clients at once; the next one is told 'busy' and closed.")
        case .unfinishedMessage:
            (.integer(1...86_400), "60", "Seconds from a message's first byte to its last; then the client is closed.")
        case .maxWaitingJobs: (.integer(1...100_000), "512", "Jobs that may wait; one more is refused with 'busy'.")
        case .logLevel:
            (.choice(LogLevel.allCases.map(\.rawValue)), "notice", "The least severe messages that are logged.")
        case .logFormat:
            (
                .choice(LogFormat.allCases.map(\.rawValue)), "journal under systemd, otherwise text",
                "How messages are logged: journal sends fields and priorities to systemd's journal, text and json write lines to standard error."
            )
        case .checkReplies:
            (
                .toggle, "no",
                "Whether each reply is held to its method's schema and listed errors; one that breaks its promise is an internal error."
            )
        }
    }
}
