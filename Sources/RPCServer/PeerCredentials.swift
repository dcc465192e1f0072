import API
import NIOCore

/// `struct ucred` of `<sys/socket.h>`, field by field; the C type is hidden behind `_GNU_SOURCE`.
private struct PeerCredentials: Sendable {
    var pid: Int32 = 0
    var uid: UInt32 = .max
    var gid: UInt32 = .max
}

extension Channel {
    /// Who connected, as the kernel noted it at that time; nil if it does not say.
    ///
    /// *Source:* unix(7), `SO_PEERCRED`. To be asked while the socket is certainly open: nobody can be asked about a client that is gone already.
    var peer: EventLoopFuture<Peer?> {
        guard let provider = self as? any SocketOptionProvider else { return eventLoop.makeSucceededFuture(nil) }
        let option = NIOBSDSocket.Option(rawValue: PeerCredentials.option)
        let reading: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(level: .socket, name: option)
        return reading.map { Peer(uid: $0.uid, gid: $0.gid, pid: $0.pid) }.recover { _ in nil }
    }
}

extension PeerCredentials {
    /// `SO_PEERCRED` of `<asm-generic/socket.h>`.
    fileprivate static let option: CInt = 17
}
