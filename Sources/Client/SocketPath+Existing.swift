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
        let isChosen = environment["QKLENS_SOCKET"].map { !$0.isEmpty } ?? false
        return isChosen || exists(own) || !exists(machine) ? own : machine
    }

    private static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}
