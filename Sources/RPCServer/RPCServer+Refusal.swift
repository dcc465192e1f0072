// A service that cannot start has clients who wait already: the service manager opened the socket and started the service for them. They
// are told why. If they were left waiting, the manager would start the service for them again, and again, until it gives up and
// closes the socket.

public import API
private import Glibc
private import JSON
private import JSONRPC

extension RPCServer {
    /// Tells clients that wait at a socket why they are not served, and closes each.
    ///
    /// - Parameters:
    ///   - descriptor: A listening socket; it stays open.
    ///   - error: What they are told.
    ///   - duration: How long to wait for more of them; none by default.
    public static func refuse(
        waitingAt descriptor: CInt, _ error: APIError, for duration: Duration = .zero
    ) {
        let line = Response(id: .null, outcome: .failure(RPCError(error))).json.bytes() + [UInt8(ascii: "\n")]
        let end = ContinuousClock.now + duration
        while true {
            let left = max(.zero, ContinuousClock.now.duration(to: end))
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&request, 1, CInt(clamping: Int64((left / .milliseconds(1)).rounded(.up))))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return }
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else { return }
            // A line this short finds room in any socket's buffer.
            _ = unsafe line.withUnsafeBytes { bytes in
                unsafe send(client, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
            }
            close(client)
        }
    }
}
