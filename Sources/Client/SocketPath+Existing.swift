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
    ///   - machine: the machine's socket; another in tests.
    public static func existing(environment: [String: String], uid: UInt32, machine: String = SocketPath.machine) -> String {
        let own = path(environment: environment, uid: uid)
        return isNamed(environment) || exists(own) || !exists(machine) ? own : machine
    }

    /// Whose service is believed at the socket that ``existing(environment:uid:machine:)`` finds.
    ///
    /// Anybody can make `/tmp/qklens-UID` before its user does, so a socket that was found, not named, must be the user's own or root's.
    /// At the machine's it is whoever root lets listen there: only root can put a socket into root's directory, as systemd does for
    /// the service's account.
    ///
    /// - Parameters:
    ///   - environment: the process's environment.
    ///   - uid: the user.
    ///   - machine: the machine's socket; another in tests.
    /// - Returns: Users' numbers; nil for anybody, at a socket that the user has named or that only root can have put there.
    public static func believed(environment: [String: String], uid: UInt32, machine: String = SocketPath.machine) -> Set<UInt32>?
    {
        if isNamed(environment) { return nil }
        guard existing(environment: environment, uid: uid, machine: machine) == machine else { return [uid, 0] }
        let directory = machine.lastIndex(of: "/").map { String(machine[..<$0]) } ?? "."
        var status = stat()
        guard unsafe stat(directory, &status) == 0 else { return [uid, 0] }
        let othersWrite = status.st_mode & (S_IWGRP | S_IWOTH) != 0
        if status.st_uid == 0 { return othersWrite ? [uid, 0] : nil }
        return [uid, 0, status.st_uid]
    }

    private static func isNamed(_ environment: [String: String]) -> Bool {
        environment["QKLENS_SOCKET"].map { !$0.isEmpty } ?? false
    }

    private static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}
