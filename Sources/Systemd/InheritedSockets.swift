private import Glibc

/// The listening sockets that systemd opened for this process.
///
/// *Source:* sd_listen_fds(3): descriptors 3, 4, … as many as `$LISTEN_FDS` says, if `$LISTEN_PID` is this process.
public struct InheritedSockets: Sendable, Equatable {
    /// The descriptors, in order.
    public let descriptors: [Int32]

    /// The first descriptor that systemd passes (SD_LISTEN_FDS_START).
    private static let first: Int32 = 3

    /// Reads what the environment says.
    ///
    /// - Parameters:
    ///   - environment: The process's environment.
    ///   - pid: The process's number.
    public init(environment: [String: String], pid: Int32) {
        guard environment["LISTEN_PID"] == String(pid), let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), count > 0
        else {
            descriptors = []
            return
        }
        descriptors = (0..<count).map { Self.first + $0 }
    }

    /// The path in the file system that a Unix socket is bound to; nil if it has none.
    public static func path(of descriptor: Int32) -> String? {
        var address = sockaddr_un()
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let found = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &length) }
        }
        guard found == 0, address.sun_family == sa_family_t(AF_UNIX) else { return nil }
        // An abstract name begins with 0, and a path ends with it.
        let path = unsafe withUnsafeBytes(of: address.sun_path) { bytes in unsafe Array(bytes.prefix { $0 != 0 }) }
        return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
    }
}
