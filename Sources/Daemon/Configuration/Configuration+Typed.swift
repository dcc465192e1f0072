import API
import RPCServer

// Settings as the parts of the service take them.
extension Configuration {
    /// What one client, and all of them together, may ask.
    var limits: Limits {
        var limits = Limits()
        limits.frameBytes = number(.maxMessage) << mebibyte
        limits.depth = number(.maxDepth)
        limits.batch = number(.maxBatch)
        limits.requestsInFlight = number(.maxRequestsInFlight)
        limits.unreadBytes = number(.maxUnread) << mebibyte
        limits.clients = number(.maxClients)
        limits.unfinishedFrame = .seconds(number(.unfinishedMessage))
        return limits
    }

    /// The same as a client is told them, and how many jobs may wait.
    var limitsInfo: LimitsInfo {
        let limits = limits
        return LimitsInfo(
            message_bytes: limits.frameBytes, depth: limits.depth, values: limits.values, batch: limits.batch,
            requests_in_flight: limits.requestsInFlight, unread_bytes: limits.unreadBytes, clients: limits.clients,
            unfinished_message_s: number(.unfinishedMessage), waiting_jobs: number(.maxWaitingJobs))
    }

    /// The least severe messages that are logged.
    var logLevel: LogLevel { LogLevel(rawValue: text(.logLevel)) ?? .notice }

    /// How messages are written.
    var logFormat: LogFormat { LogFormat(rawValue: text(.logFormat)) ?? .text }
}

/// Two to this is a MiB.
private let mebibyte = 20

extension Configuration {
    /// Beneath which directories users other than the service's own and root may name files.
    var clientRoots: [String] { text(.clientRoots).split(separator: ":").map(String.init) }
}
