import JSON
import JSONRPC

/// What one client, and all of them together, may ask of the server: every limit of the protocol but the length of the job queue.
///
/// What a client costs is bounded by them: a frame that is being read, the requests that run, the replies that it has not read and
/// the one that is being sent.
public struct Limits: Sendable {
    /// The most bytes of one message, either way: 64 MiB.
    ///
    /// A longer request is answered with `message_too_large`, and the connection is closed, since nobody knows where the next one
    /// starts; a longer reply is replaced by that error.
    public var frameBytes = FrameSplitter.defaultLimit
    /// The deepest nesting of one message: 64.
    ///
    /// What is nested deeper is a `parse_error`.
    public var depth = JSON.defaultDepth
    /// The most values of one request, counting the elements and members of all arrays and objects: 1,000,000.
    ///
    /// A request with more is answered with `message_too_large`, and the next one is read.
    public var values = FrameSplitter.defaultValueLimit
    /// The most requests in one batch: 1,000.
    ///
    /// A larger batch is an `invalid_request` as a whole.
    public var batch = Message.defaultBatchLimit
    /// The most requests of one client that run at once: 32.
    ///
    /// Lookups, which are answered where they are read, do not count. While so many run, the next one waits and nothing more is read
    /// from this client; its deadline, if it has one, counts meanwhile.
    public var requestsInFlight = 32
    /// The most bytes of replies and notifications that wait for one client to read them: 64 MiB.
    ///
    /// A client that has more to read is dropped. A single message is always taken, and of the notifications about one subject only the
    /// newest waits.
    public var unreadBytes = 64 << 20
    /// The most clients at once: 1,000.
    ///
    /// The next one is told `busy`, and the connection is closed.
    public var clients = 1000
    /// How long a message may stay unfinished, from its first byte on: 60 s.
    ///
    /// Then the client is told `deadline_exceeded`, and nothing more is read from it. A client that sends nothing at all may stay.
    public var unfinishedFrame = Duration.seconds(60)
    /// From which duration on a call is logged, at level `info`: 1 s.
    public var slowCall = Duration.seconds(1)

    /// The documented limits.
    public init() {}
}
