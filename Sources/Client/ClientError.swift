public import JSON
public import JSONRPC
private import Glibc

/// Why a call came to nothing.
public enum ClientError: Error, Hashable, CustomStringConvertible {
    /// Nobody could be reached at the socket.
    case cannotConnect(path: String, code: CInt)
    /// The path does not fit into a socket address, nor does its last component.
    case pathTooLong(path: String)
    /// The service has gone away in the middle of a call.
    case disconnected(method: String)
    /// No reply came in time; the call may still be running.
    case timedOut(method: String, after: Duration)
    /// What came back is not a reply.
    case malformedReply(String)
    /// The reply is not what this client knows the method to give; the service is of another version.
    case unexpectedResult(method: String, JSONDecodingError)
    /// The parameters cannot be written as JSON.
    case unencodableParams(method: String, reason: String)
    /// The service answered with an error.
    case service(RPCError)

    /// What happened and what to do about it.
    public var description: String {
        switch self {
        case .cannotConnect(let path, let code): ClientError.advice(path, code)
        case .pathTooLong(let path): "the socket's path is too long: \(path)"
        case .disconnected(let method):
            "qklensd closed the connection during '\(method)'; its journal says why: journalctl --user -u qklensd"
        case .timedOut(let method, let limit): "'\(method)' was not answered within \(limit)"
        case .malformedReply(let reason): "what answered is not qklensd: \(reason)"
        case .unexpectedResult(let method, let error): "'\(method)' was answered by another version of qklensd: \(error)"
        case .unencodableParams(let method, let reason): "the parameters of '\(method)' cannot be sent: \(reason)"
        case .service(let error): error.message
        }
    }

    private static func advice(_ path: String, _ code: CInt) -> String {
        let start = "start it with 'systemctl --user start qklensd.socket' or 'qklensd &'"
        switch code {
        case ENOENT: return "qklensd is not running: there is no socket at \(path); \(start)"
        case ECONNREFUSED: return "qklensd is not running: nobody listens at \(path); \(start)"
        case EACCES, EPERM: return "this user may not connect to \(path); its owner or group may"
        case ENOTDIR, ENOTSOCK: return "\(path) is not a socket; is QKLENS_SOCKET right?"
        default: return "qklensd cannot be reached at \(path) (errno \(code)); \(start)"
        }
    }
}
