import API
private import Glibc

/// What to type about the service at a socket; whose service it is shows in its path.
struct ServiceAdvice {
    /// How it is started.
    let start: String
    /// Where it says what has happened to it.
    let journal: String
    /// Who may connect and how one becomes such a user.
    let access: String

    /// Advice about the service at a socket.
    init(_ path: String) {
        let isMachines = path == SocketPath.machine
        access =
            isMachines
            ? "members of the group qklens may: 'sudo adduser USER qklens', then log in anew" : "its owner or group may"
        if isMachines {
            start = "start it with 'sudo systemctl enable --now qklensd.socket'"
            journal = "its journal says why: 'sudo journalctl -u qklensd'"
        } else if path.hasPrefix("/tmp/qklens-") {
            start = "start it with 'qklensd &'"
            journal = "its log, on standard error, says why"
        } else if path.hasSuffix("/qklens/rpc.sock") {
            start = "start it with 'systemctl --user start qklensd.socket' or 'qklensd &'"
            journal = "its journal says why: 'journalctl --user -u qklensd'"
        } else {
            start = "start it with 'qklensd --socket \(path) &', or name another socket"
            journal = "its log says why"
        }
    }

    /// What to do about a connection that failed.
    static func afterFailing(at path: String, _ code: CInt) -> String {
        let advice = ServiceAdvice(path)
        switch code {
        case ENOENT: return "qklensd is not running: there is no socket at \(path); \(advice.start)"
        case ECONNREFUSED: return "qklensd is not running: nobody listens at \(path); \(advice.start)"
        case EACCES, EPERM: return "this user may not connect to \(path); \(advice.access)"
        case ENOTDIR, ENOTSOCK: return "\(path) is not a socket; is QKLENS_SOCKET right?"
        default: return "qklensd cannot be reached at \(path) (errno \(code)); \(advice.start)"
        }
    }
}
