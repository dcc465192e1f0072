private import Foundation
import JSON
import Logging
import Systemd

/// The service's log: every message with its severity and its fields, as text, as JSON, or to systemd's journal.
struct ServiceLog: LogHandler {
    /// Where messages go.
    enum Destination: Sendable {
        case text, json
        case journal(Journal)
    }

    private let destination: Destination
    private let threshold: LogThreshold
    /// A level set for this logger alone.
    private var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(_ format: LogFormat, threshold: LogThreshold) {
        self.threshold = threshold
        switch format {
        case .text: destination = .text
        case .json: destination = .json
        case .journal: destination = .journal(Journal())
        }
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
        let fields = all.map { (name: $0.key, value: "\($0.value)") }.sorted { $0.name < $1.name }
        let message = "\(event.message)"
        switch destination {
        case .text: write(LogLine.text(message, event.level, fields, at: Date()))
        case .json: write(LogLine.json(message, event.level, fields, at: Date()))
        case .journal(let journal):
            let named = fields.map { (LogLine.journalName($0.name), $0.value) } + [("SYSLOG_IDENTIFIER", "qklensd")]
            if !journal.send(message, priority: event.level.priority, fields: named) {
                write(LogLine.text(message, event.level, fields, at: Date()))
            }
        }
    }

    /// One write, so that lines of several threads never mix.
    ///
    /// Where nobody can be told that a log cannot be written, the service goes on without it.
    private func write(_ line: String) { try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8)) }
}

extension Logger.Level {
    /// The journal's severity.
    fileprivate var priority: Journal.Priority {
        switch self {
        case .trace, .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}
