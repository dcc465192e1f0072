import Glibc

/// A connection that is used as it is, without waiting for anyone.
final class BenchSocket {
    let descriptor: CInt

    /// What a call of the system's gave instead of success.
    struct Trouble: Error, CustomStringConvertible {
        let call: String
        let code = errno
        var description: String { "\(call): errno \(code)" }
    }

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Trouble(call: "connect to \(path)") }
    }

    deinit { close(descriptor) }

    /// Sends a message that is small enough to be taken whole.
    func send(_ bytes: [UInt8]) throws {
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
        guard count == bytes.count else { throw Trouble(call: "send") }
    }

    /// Waits for bytes and takes them.
    func receive(upTo limit: Int = 4096) throws -> [UInt8] {
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { space, count in
            count = unsafe max(0, recv(descriptor, space.baseAddress, limit, 0))
        }
        guard !bytes.isEmpty else { throw Trouble(call: "recv") }
        return bytes
    }

    /// Asks for replies of so many bytes together, and reads but the first of them.
    func ask(for bytes: Int) throws {
        let question = Array((#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"# + "\n").utf8)
        try send(question)
        var replyBytes = 0, isWhole = false
        while !isWhole {
            let piece = try receive(upTo: 1 << 16)
            replyBytes += piece.count
            isWhole = piece.last == UInt8(ascii: "\n")
        }
        for _ in 0..<bytes / replyBytes { try send(question) }
    }
}
