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
                let count = unsafe recv(descriptor, &piece, piece.count, 0)
                // A reset is an end like any other here.
                guard count > 0 || errno == ECONNRESET || count == 0 else { throw SocketTrouble(call: "recv", code: errno) }
                guard count > 0 else { return nil }
                received += piece[..<count]
            }
        }
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
