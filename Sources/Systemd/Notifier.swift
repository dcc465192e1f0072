private import Glibc

/// Tells systemd what the service is doing: `READY=1`, `STATUS=…`, `STOPPING=1`.
///
/// One datagram to `$NOTIFY_SOCKET` per message; without that variable (the service was started by hand) nothing is sent.
///
/// *Source:* sd_notify(3).
public struct Notifier: Sendable {
    /// The socket's name; a leading `@` stands for the abstract namespace.
    private let socketName: String?

    /// A notifier for a process with that environment.
    public init(environment: [String: String]) {
        let name = environment["NOTIFY_SOCKET"]
        socketName = name.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether a service manager wants to be told.
    public var isHeard: Bool { socketName != nil }

    /// Sends assignments, one per line.
    ///
    /// - Returns: Whether systemd was there to be told.
    @discardableResult
    public func send(_ assignments: String...) -> Bool {
        guard let socketName else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(socketName.utf8)
        if name.first == UInt8(ascii: "@") { name[0] = 0 }
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard name.count < capacity else { return false }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in unsafe path.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path)! + name.count)
        let message = Array(assignments.joined(separator: "\n").utf8)
        let sent = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe message.withUnsafeBytes { bytes in
                    unsafe sendto(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), generic, length)
                }
            }
        }
        return sent == message.count
    }
}
