private import Glibc

/// A connection without manners: it sends any bytes and then reads whatever comes back.
struct RawConnection: ~Copyable {
    private let descriptor: CInt

    /// Connects to a socket whose path fits into an address; every read and write waits at most so long.
    init(_ path: String, seconds: Int) throws(Finding) {
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Finding("cannot connect: errno \(errno)") }
    }

    deinit { close(descriptor) }

    /// Sends bytes and shuts the sending side down; a service that has heard enough may close first.
    func send(_ bytes: [UInt8]) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes[done...].withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count <= 0 { break }
            done += count
        }
        shutdown(descriptor, CInt(SHUT_WR))
    }

    /// Everything up to the end.
    ///
    /// - Throws: ``Finding`` if nothing came for too long.
    func receive() throws(Finding) -> [UInt8] {
        var received: [UInt8] = [], part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe part.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 {
                received += part[..<count]
            } else if count == 0 || errno == ECONNRESET {
                return received
            } else if errno != EINTR {
                throw Finding("no end of the reply: errno \(errno)")
            }
        }
    }
}
