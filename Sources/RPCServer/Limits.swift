import JSON
import JSONRPC


/// What one client, and all of them together, may ask of the server.
public struct Limits: Sendable {
    /// The most bytes of one message, either way.
    public var frameBytes = FrameSplitter.defaultLimit
    /// The deepest nesting of one message.
    public var depth = JSON.defaultDepth
    /// The most requests in one batch.
    public var batch = Message.defaultBatchLimit
    /// The most requests of one client that run at once; while they run, no more is read from it.
    public var requestsInFlight = 32
    /// The most bytes of replies that wait for one client to read them; beyond that it is dropped.
    public var unreadBytes = 64 << 20
    /// The most clients at once; the next one is told that the server is busy.
    public var clients = 1000
    /// How long a message may stay unfinished.
    public var unfinishedFrame = Duration.seconds(60)

    /// The documented limits.
    public init() {}
}
