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
}
