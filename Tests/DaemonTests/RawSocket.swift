import Glibc
import JSON

/// A client without manners: it sends any bytes, in any pieces, with or without descriptors, and reads only when told to.
final class RawSocket {
    private let descriptor: CInt
    private var received: [UInt8] = []
    /// Up to where `received` holds no newline.
    private var searched = 0

    /// What a call of the system's gave instead of success.
    struct Trouble: Error, CustomStringConvertible {
        let call: String
        let code: CInt
        var description: String { "\(call): errno \(code)" }
    }

    /// Seconds without a byte after which a test has failed.
    private static let patience = 120

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Trouble(call: "socket", code: errno) }
        var patience = timeval(tv_sec: Self.patience, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Trouble(call: "connect", code: errno) }
    }

    deinit { close(descriptor) }

    /// Sends all bytes; false if the other side has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) throws -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { all in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[sent...])
                return unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
            }
            if count < 0 && (errno == EPIPE || errno == ECONNRESET) { return false }
            guard count > 0 else { throw Trouble(call: "send", code: errno) }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) throws -> Bool { try send(Array(text.utf8)) }

    /// Sends what the socket takes now without waiting.
    ///
    /// - Returns: how many bytes; nil if the other side has closed.
    func sendWithoutWaiting(_ bytes: [UInt8]) throws -> Int? {
        let count = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
        }
        if count >= 0 { return count }
        if errno == EAGAIN { return 0 }
        guard errno == EPIPE || errno == ECONNRESET else { throw Trouble(call: "send", code: errno) }
        return nil
    }

    /// Sends bytes and so many descriptors with them, all of the same file (unix(7), `SCM_RIGHTS`; the kernel takes 253 at most).
    func send(_ bytes: [UInt8], with descriptor: CInt, times count: Int) throws {
        let room = MemoryLayout<cmsghdr>.size + count * MemoryLayout<CInt>.size
        var control = [UInt8](repeating: 0, count: room + MemoryLayout<Int>.size)
        unsafe control.withUnsafeMutableBytes { space in
            // Linux's cmsghdr: the length as a machine word, then level and type.
            unsafe space.storeBytes(of: room, toByteOffset: 0, as: Int.self)
            unsafe space.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: CInt.self)
            unsafe space.storeBytes(of: CInt(SCM_RIGHTS), toByteOffset: 12, as: CInt.self)
            for index in 0..<count { unsafe space.storeBytes(of: descriptor, toByteOffset: 16 + 4 * index, as: CInt.self) }
        }
        var data = bytes
        let sent = unsafe data.withUnsafeMutableBytes { data in
            unsafe control.withUnsafeMutableBytes { control in
                var piece = unsafe iovec(iov_base: data.baseAddress, iov_len: data.count)
                return unsafe withUnsafeMutablePointer(to: &piece) { piece in
                    var message = unsafe msghdr()
                    unsafe message.msg_iov = unsafe piece
                    unsafe message.msg_iovlen = 1
                    unsafe message.msg_control = control.baseAddress
                    unsafe message.msg_controllen = room
                    return unsafe sendmsg(self.descriptor, &message, CInt(MSG_NOSIGNAL))
                }
            }
        }
        guard sent == bytes.count else { throw Trouble(call: "sendmsg", code: errno) }
    }

    /// Says that nothing more will be sent.
    func endSending() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// The next line without its newline; nil at the end of the stream.
    func line() throws -> String? {
        while true {
            if let newline = received[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: received[..<newline], as: UTF8.self)
                received.removeFirst(newline + 1)
                searched = 0
                return line
            }
            searched = received.count
            let piece = try read(upTo: 1 << 18)
            if piece.isEmpty { return nil }
            received += piece
        }
    }

    /// Reads once; empty at the end of the stream.
    func read(upTo limit: Int) throws -> [UInt8] {
        var code: CInt = 0
        let piece = unsafe [UInt8](unsafeUninitializedCapacity: limit) { space, count in
            let received = unsafe recv(descriptor, space.baseAddress, limit, 0)
            code = received < 0 ? errno : 0
            count = max(0, received)
        }
        // A reset is an end like any other here.
        guard code == 0 || code == ECONNRESET else { throw Trouble(call: "recv", code: code) }
        return piece
    }

    /// The next reply; nil at the end of the stream.
    func reply() throws -> JSON? { try line().map { try JSON(parsing: $0) } }

    /// All replies to the end of the stream.
    func replies() throws -> [JSON] {
        var replies: [JSON] = []
        while let reply = try reply() { replies.append(reply) }
        return replies
    }
}

/// A call as one line.
func request(_ method: String, _ params: String = "{}", id: Int = 1) -> String {
    #"{"jsonrpc":"2.0","method":"\#(method)","params":\#(params),"id":\#(id)}"# + "\n"
}
