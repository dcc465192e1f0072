public import JSON

/// How one method is done.
public protocol MethodHandler: Sendable {
    /// The method.
    associatedtype M: Method

    /// Carries out one call.
    ///
    /// Runs on the cooperative pool, never on an event loop; long arithmetic belongs on an executor of its own. The task is
    /// cancelled when the caller has gone away, unless nobody was waiting for a reply in the first place.
    ///
    /// - Throws: ``APIError`` for whatever the caller can understand; anything else is reported as a bug of the service.
    func handle(_ params: M.Params, in call: Call) async throws -> M.Result
}

/// How a method is done that only looks something up.
///
/// Such a call is answered where its request was read, without a task of its own: a few microseconds, no waiting, nothing written.
public protocol ImmediateMethodHandler: MethodHandler {
    /// Carries out one call, on the connection's event loop; see ``MethodHandler/handle(_:in:)``.
    func answer(_ params: M.Params, in call: Call) throws -> M.Result
}

extension ImmediateMethodHandler {
    /// The answer, for a caller that may wait.
    public func handle(_ params: M.Params, in call: Call) async throws -> M.Result { try answer(params, in: call) }
}

/// Who calls, and how to reach them while the call runs and after.
public struct Call: Sendable {
    /// Who is at the other end.
    public let peer: Peer
    /// The request's identifier; nil for a notification.
    public let id: JSON?
    private let send: @Sendable (String, JSON) -> Bool

    /// A call.
    ///
    /// - Parameter send: sends a notification; false once nobody can receive it any more.
    public init(
        peer: Peer, id: JSON? = nil, send: @escaping @Sendable (_ method: String, _ params: JSON) -> Bool = { _, _ in false }
    ) {
        self.peer = peer
        self.id = id
        self.send = send
    }

    /// Sends a notification on the connection of this call, which may outlive the call itself.
    ///
    /// - Returns: false once the connection is gone; whoever sends regularly then stops.
    @discardableResult
    public func notify(_ method: String, _ params: JSON) -> Bool { send(method, params) }
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
