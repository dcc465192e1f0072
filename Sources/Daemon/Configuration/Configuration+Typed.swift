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
