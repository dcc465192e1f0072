public import JSON
public import JSONRPC

/// Why a call came to nothing.
public enum ClientError: Error, Hashable, CustomStringConvertible {
    /// Nobody could be reached at the socket.
    case cannotConnect(path: String, code: CInt)
    /// The path does not fit into a socket address, nor does its last component.
    case pathTooLong(path: String)
    /// Somebody else listens at a socket that the caller has not named; nothing was sent.
    case foreign(path: String, uid: UInt32)
    /// The service has gone away in the middle of a call.
    case disconnected(method: String, path: String)
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
        case .cannotConnect(let path, let code): ServiceAdvice.afterFailing(at: path, code)
        case .pathTooLong(let path): "the socket's path is too long: \(path)"
        case .foreign(let path, let uid):
            "user \(uid) listens at \(path), where only your own daemon or root's should; nothing was sent. Find out who that is; "
                + "--socket \(path) talks to it nevertheless"
        case .disconnected(let method, let path):
            "qklensd closed the connection during '\(method)'; \(ServiceAdvice(path).journal)"
        case .timedOut(let method, let limit): "'\(method)' was not answered within \(limit)"
        case .malformedReply(let reason): "what answered is not qklensd: \(reason)"
        case .unexpectedResult(let method, let error): "'\(method)' was answered by another version of qklensd: \(error)"
        case .unencodableParams(let method, let reason): "the parameters of '\(method)' cannot be sent: \(reason)"
        case .service(let error): error.message
        }
    }
}
