import Glibc
import JSON
import NIOCore
import NIOPosix
import RPCServer
import Testing

/// Threads for what blocks, so that it does not stand in the way of the server under test.
private let threads: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 8)
    pool.start()
    return pool
}()

func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T { try await threads.runIfActive(body) }

struct SocketTrouble: Error, CustomStringConvertible {
    let call: String
    let code: CInt
    var description: String { "\(call): errno \(code)" }
}

/// A client without manners: it sends any bytes, in any pieces, and reads only when told to.
final class RawClient: @unchecked Sendable {  // One test uses it, one call after the other.
    private let descriptor: CInt
    private var received: [UInt8] = []
    /// How many descriptors have come; they are closed at once.
    private(set) var descriptorsReceived = 0

    /// A socket that is not connected yet.
    init() {
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    convenience init(_ path: String) throws {
        self.init()
        try connect(to: path)
    }

    func connect(to path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw SocketTrouble(call: "connect", code: errno) }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) async throws {
        try await blocking { [self] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = unsafe rest.withUnsafeBytes {
                    unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw SocketTrouble(call: "send", code: errno) }
                rest = rest.dropFirst(count)
            }
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Says that nothing more will be sent.
    func endSending() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// The next line without its newline; nil at the end of the stream.
    func line() async throws -> String? {
        try await blocking { [self] in
            while true {
                if let newline = received.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = String(decoding: received[..<newline], as: UTF8.self)
                    received.removeFirst(newline + 1)
                    return line
                }
                var piece = [UInt8](repeating: 0, count: 1 << 16)
                let count = receive(&piece)
                // A reset is an end like any other here.
                guard count > 0 || errno == ECONNRESET || count == 0 else { throw SocketTrouble(call: "recv", code: errno) }
                guard count > 0 else { return nil }
                received += piece[..<count]
            }
        }
    }

    /// Receives a piece, and counts and closes the descriptors that come with it.
    private func receive(_ piece: inout [UInt8]) -> Int {
        var control = [CInt](repeating: 0, count: 4 + 254)
        return unsafe piece.withUnsafeMutableBytes { bytes in
            unsafe control.withUnsafeMutableBytes { control in
                var part = unsafe iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return unsafe withUnsafeMutablePointer(to: &part) { part in
                    var message = unsafe msghdr()
                    unsafe message.msg_iov = part
                    unsafe message.msg_iovlen = 1
                    unsafe message.msg_control = control.baseAddress
                    unsafe message.msg_controllen = control.count
                    let count = unsafe recvmsg(descriptor, &message, 0)
                    if unsafe message.msg_controllen >= 16 {
                        let length = unsafe control.load(as: Int.self)
                        for place in stride(from: 16, to: length, by: 4) {
                            close(unsafe control.load(fromByteOffset: place, as: CInt.self))
                            descriptorsReceived += 1
                        }
                    }
                    return count
                }
            }
        }
    }

    /// Sends bytes with descriptors, in one message; see cmsg(3).
    func send(_ bytes: [UInt8], with descriptors: [CInt]) throws {
        let length = 16 + 4 * descriptors.count
        // Length, level and type of the control message, as 32-bit words of a little-endian machine.
        var control: [CInt] = [CInt(length), 0, SOL_SOCKET, CInt(SCM_RIGHTS)] + descriptors
        if control.count % 2 == 1 { control.append(0) }
        var bytes = bytes
        let count = unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe control.withUnsafeMutableBytes { control in
                var part = unsafe iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return unsafe withUnsafeMutablePointer(to: &part) { part in
                    var message = unsafe msghdr()
                    unsafe message.msg_iov = part
                    unsafe message.msg_iovlen = 1
                    unsafe message.msg_control = control.baseAddress
                    unsafe message.msg_controllen = control.count
                    return unsafe sendmsg(descriptor, &message, CInt(MSG_NOSIGNAL))
                }
            }
        }
        guard count == bytes.count else { throw SocketTrouble(call: "sendmsg", code: errno) }
    }

    func reply() async throws -> JSON? { try await line().map { try JSON(parsing: $0) } }
}

/// Runs a server on a socket of its own while the body runs, and checks that it ends by itself afterwards.
func withServer(
    _ router: Router = testRouter(), limits: Limits = Limits(), _ body: (_ path: String, _ server: RPCServer) async throws -> Void
) async throws {
    let path = "/tmp/qklens-test-\(getpid())-\(UInt32.random(in: .min ... .max)).sock"
    let server = try await RPCServer.listen(at: .path(path, mode: 0o600), router: router, limits: limits, logger: silent)
    async let running: Void = server.run()
    do {
        try await body(path, server)
    } catch {
        server.shutDown(within: .zero)
        throw error
    }
    server.shutDown(within: .zero)
    try await running
    #expect(server.clientCount == 0)
    #expect(unsafe access(path, F_OK) != 0)
}

func request(_ method: String, _ params: String = "{}", id: Int) -> String {
    #"{"jsonrpc":"2.0","method":"\#(method)","params":\#(params),"id":\#(id)}"# + "\n"
}
