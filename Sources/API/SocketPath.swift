/// Where the service listens and its clients look for it.
public enum SocketPath {
    /// The socket's path for a user.
    ///
    /// 1. `$QKLENS_SOCKET`, 2. `$XDG_RUNTIME_DIR/qklens/rpc.sock`, 3. `/tmp/qklens-<uid>/rpc.sock`.
    ///
    /// - Parameters:
    ///   - environment: the process's environment.
    ///   - uid: the user.
    public static func path(environment: [String: String], uid: UInt32) -> String {
        if let path = environment["QKLENS_SOCKET"], !path.isEmpty { return path }
        if let folder = environment["XDG_RUNTIME_DIR"], !folder.isEmpty { return "\(folder)/qklens/rpc.sock" }
        return "/tmp/qklens-\(uid)/rpc.sock"
    }

    /// The longest path that `bind` and `connect` take, in bytes: `sockaddr_un.sun_path` without its final NUL.
    package static let longestDirect = 107
}
