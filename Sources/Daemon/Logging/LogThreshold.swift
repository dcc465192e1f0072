import Logging
import Synchronization

/// The least severe messages that are logged, for all loggers at once; it changes when the configuration is read again.
final class LogThreshold: Sendable {
    private let state: Mutex<Logger.Level>

    init(_ level: LogLevel) { state = Mutex(level.level) }

    /// swift-log's value.
    var level: Logger.Level { state.withLock { $0 } }

    /// Takes another level.
    func set(_ level: LogLevel) { state.withLock { $0 = level.level } }
}
