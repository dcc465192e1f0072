// systemd's journal, spoken to in its own protocol, so that a message keeps its priority and its fields.
//
// One datagram per message to /run/systemd/journal/socket: `NAME=value` lines, or for a value with a newline in it the name, a
// newline, the value's length as a little-endian 64-bit integer, the value, a newline.
//
// *Source:* https://systemd.io/JOURNAL_NATIVE_PROTOCOL

private import Glibc

/// A way to the journal.
public final class Journal: Sendable {
    /// Severities of syslog(3), which are the journal's.
    public enum Priority: Int, Sendable {
        case critical = 2
        case error, warning, notice, info, debug
    }

    /// The longest value that is sent; a datagram holds some hundred kilobytes.
    private static let longestValue = 16_384

    private let descriptor: Int32
    private let path: String

    /// A journal, whether or not it is there.
    ///
    /// - Parameter path: Its socket.
    public init(path: String = "/run/systemd/journal/socket") {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Sends a message.
    ///
    /// - Parameters:
    ///   - message: What happened.
    ///   - priority: How severe it is.
    ///   - fields: Names of capitals, digits and underscores, and their values.
    /// - Returns: Whether the journal has taken it.
    public func send(_ message: String, priority: Priority, fields: [(name: String, value: String)]) -> Bool {
        var datagram: [UInt8] = []
        Self.append("MESSAGE", message, to: &datagram)
        Self.append("PRIORITY", String(priority.rawValue), to: &datagram)
        for field in fields { Self.append(field.name, field.value, to: &datagram) }
        return send(datagram)
    }

    private static func append(_ name: String, _ value: String, to datagram: inout [UInt8]) {
        let bytes = value.utf8.prefix(longestValue)
        datagram += name.utf8
        if bytes.contains(UInt8(ascii: "\n")) {
            datagram.append(UInt8(ascii: "\n"))
            datagram += (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
        } else {
            datagram.append(UInt8(ascii: "="))
        }
        datagram += bytes
        datagram.append(UInt8(ascii: "\n"))
    }

    private func send(_ datagram: [UInt8]) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard descriptor >= 0, path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let sent = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe datagram.withUnsafeBytes { bytes in
                    unsafe sendto(
                        descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), generic,
                        socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        return sent == datagram.count
    }
}
