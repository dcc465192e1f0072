public import JSON

/// Who calls, and how to reach them while the call runs and after.
public struct Call: Sendable {
    /// Who is at the other end.
    public let peer: Peer
    /// The request's identifier, as the client chose it; nil for a notification.
    public let id: JSON?
    /// The request's number, for whatever is logged about it; nil for a call that came on no connection.
    public let request: RequestNumber?
    /// When the request had been read; deadlines count from here.
    public let received: ContinuousClock.Instant
    private let origin: (any CallOrigin)?
    let enclosure: Enclosure?
    private let replied: ReplyGate?

    /// A call.
    ///
    /// - Parameters:
    ///   - peer: who calls.
    ///   - id: the request's identifier; nil for a notification.
    ///   - request: the request's number.
    ///   - received: when it had been read.
    ///   - origin: the connection, if there is one.
    ///   - enclosure: where descriptors are put that travel with the reply; nil where none can.
    ///   - replied: opens when the reply is on its way; nil if nothing waits for that.
    package init(
        peer: Peer, id: JSON? = nil, request: RequestNumber? = nil, received: ContinuousClock.Instant = .now,
        origin: (any CallOrigin)? = nil, enclosure: Enclosure? = nil, replied: ReplyGate? = nil
    ) {
        self.peer = peer
        self.id = id
        self.request = request
        self.received = received
        self.origin = origin
        self.enclosure = enclosure
        self.replied = replied
    }

    /// Sends a notification on the connection of this call, which may outlive the call itself.
    ///
    /// - Parameter topic: if it is not nil, only the newest notification of that topic is kept for a client that does not keep up.
    /// - Returns: false once the connection is gone; whoever sends regularly then stops.
    @discardableResult
    public func notify(_ method: String, _ params: JSON, replacing topic: String? = nil) -> Bool {
        origin?.notify(method, params, replacing: topic) ?? false
    }

    /// Cancels the requests with this identifier that run on the connection of this call.
    ///
    /// - Returns: whether there was one.
    public func cancelRequest(_ id: JSON) -> Bool { origin?.cancelRequest(id) ?? false }

    /// Starts sending notifications on a topic: the body runs until it returns, is unsubscribed from, or the connection ends.
    ///
    /// It begins when the reply to this call is on its way, so that no notification comes before it.
    /// A client has one subscription per topic: while there is one already, nothing happens.
    public func subscribe(to topic: String, _ body: @escaping @Sendable () async -> Void) {
        origin?.subscribe(to: topic) { [replied] in
            await replied?.pass()
            if !Task.isCancelled { await body() }
        }
    }

    /// Ends a subscription.
    ///
    /// - Returns: whether there was one.
    public func unsubscribe(from topic: String) -> Bool { origin?.unsubscribe(from: topic) ?? false }
}

/// The connection on which calls come.
package protocol CallOrigin: AnyObject, Sendable {
    /// See ``Call/notify(_:_:replacing:)``.
    func notify(_ method: String, _ params: JSON, replacing topic: String?) -> Bool
    /// See ``Call/cancelRequest(_:)``.
    func cancelRequest(_ id: JSON) -> Bool
    /// See ``Call/subscribe(to:_:)``.
    func subscribe(to topic: String, _ body: @escaping @Sendable () async -> Void)
    /// See ``Call/unsubscribe(from:)``.
    func unsubscribe(from topic: String) -> Bool
}

/// Which request this is: in text, `c12.7` is the seventh of the twelfth client.
///
/// It stands in every line of the log about the request, and in the `data` of the error that answers it.
public struct RequestNumber: Sendable, Hashable, CustomStringConvertible {
    /// The connection's number since the service started.
    public let connection: Int
    /// The request's number on that connection.
    public let number: Int

    /// The number of a request.
    public init(connection: Int, number: Int) {
        self.connection = connection
        self.number = number
    }

    /// As in `c12.7`.
    public var description: String { "c\(connection).\(number)" }
}

/// The process at the other end of a connection, as the kernel vouches for it.
public struct Peer: Sendable, Hashable {
    /// The user.
    public let uid: UInt32
    /// The user's group.
    public let gid: UInt32
    /// The process, at the time it connected.
    public let pid: Int32

    /// A peer.
    public init(uid: UInt32, gid: UInt32, pid: Int32) {
        self.uid = uid
        self.gid = gid
        self.pid = pid
    }
}
