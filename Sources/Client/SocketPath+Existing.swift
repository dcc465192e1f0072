public import API
private import Glibc

extension SocketPath {
    /// Where the machine's daemon listens, which its users share.
    public static let machine = "/run/qklens/rpc.sock"

    /// The socket to connect to: the user's own, or the machine's where the user has none.
    ///
    /// - Parameters:
    ///   - environment: the process's environment; `$QKLENS_SOCKET` is taken whether it exists or not.
    ///   - uid: the user.
    public static func existing(environment: [String: String], uid: UInt32) -> String {
        let own = path(environment: environment, uid: uid)
        return isNamed(environment) || exists(own) || !exists(machine) ? own : machine
    }

    /// Whose service is believed at the socket that ``existing(environment:uid:)`` finds.
    ///
    /// Anybody can make `/tmp/qklens-UID` before its user does, so a socket that was found, not named, must be the user's own or root's;
    /// at the machine's it may also be that of the account to which root has given its directory.
    ///
    /// - Returns: Users' numbers; nil for anybody, at a socket that the user has named.
    public static func believed(environment: [String: String], uid: UInt32) -> Set<UInt32>? {
        if isNamed(environment) { return nil }
        let directory = machine[..<(machine.lastIndex(of: "/") ?? machine.endIndex)]
        var believed: Set<UInt32> = [uid, 0]
        if existing(environment: environment, uid: uid) == machine, let owner = owner(of: String(directory)) {
            believed.insert(owner)
        }
        return believed
    }

    private static func isNamed(_ environment: [String: String]) -> Bool {
        environment["QKLENS_SOCKET"].map { !$0.isEmpty } ?? false
    }

    private static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    private static func owner(of path: String) -> UInt32? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_uid : nil
    }
}
