public import JSON

/// Who calls, and how to reach them while the call runs and after.
public struct Call: Sendable {
    /// Who is at the other end.
    public let peer: Peer
    /// The request's identifier; nil for a notification.
    public let id: JSON?
    private let origin: (any CallOrigin)?
    let enclosure: Enclosure?

    /// A call.
    ///
    /// - Parameters:
    ///   - peer: who calls.
    ///   - id: the request's identifier; nil for a notification.
    ///   - origin: the connection, if there is one.
    ///   - enclosure: where descriptors are put that travel with the reply; nil where none can.
    package init(peer: Peer, id: JSON? = nil, origin: (any CallOrigin)? = nil, enclosure: Enclosure? = nil) {
        self.peer = peer
        self.id = id
        self.origin = origin
        self.enclosure = enclosure
    }

    /// Sends a notification on the connection of this call, which may outlive the call itself.
    ///
    /// - Returns: false once the connection is gone; whoever sends regularly then stops.
    @discardableResult
    public func notify(_ method: String, _ params: JSON) -> Bool { origin?.notify(method, params) ?? false }
}

/// The connection on which calls come.
package protocol CallOrigin: AnyObject, Sendable {
    /// Sends a notification; false once nobody can receive it any more.
    func notify(_ method: String, _ params: JSON) -> Bool
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
