import Logging

/// A severity by its name.
enum LogLevel: String, CaseIterable {
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

/// How messages are written.
enum LogFormat: String, CaseIterable {
    /// Lines for a person.
    case text
    /// One JSON object per line.
    case json
    /// Datagrams with fields to systemd's journal.
    case journal
}
