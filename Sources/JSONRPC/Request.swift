public import JSON

/// A call, or without an identifier a notification, which is never answered.
public struct Request: Sendable, Hashable {
    /// What the reply carries back; nil makes this a notification.
    public let id: Identifier?
    /// The method's name.
    public let method: String
    /// An array or an object, if there are parameters.
    public let params: JSON?

    /// A request from its members.
    ///
    /// - Parameter params: an array or an object.
    public init(id: Identifier?, method: String, params: JSON? = nil) {
        self.id = id
        self.method = method
        self.params = params
    }

    /// Whether nobody waits for a reply.
    public var isNotification: Bool { id == nil }

    /// The request as it stands on the wire.
    public var json: JSON {
        var object: JSONObject = ["jsonrpc": "2.0", "method": .string(method)]
        if let params { object["params"] = params }
        if let id { object["id"] = id.json }
        return .object(object)
    }
}

/// A value that is no request, as the reply that says so.
///
/// The reply carries the value's own identifier wherever there is a usable one, so that a caller who wrote `"jsonrpc": 2` learns
/// which of its calls failed; otherwise null.
public struct InvalidRequest: Error, Sendable, Hashable {
    /// The reply to send.
    public let response: Response

    fileprivate init(_ reason: String, id: Identifier = .null) {
        response = Response(id: id, outcome: .failure(.invalidRequest(reason)))
    }
}

extension Request {
    /// Reads a request.
    ///
    /// - Throws: ``InvalidRequest`` for everything that section 4 of the specification does not allow.
    public init(_ json: JSON) throws(InvalidRequest) {
        guard case .object(let object) = json else {
            throw InvalidRequest(
                "a request is an object, this is \(json.typeName == "array" ? "an array" : "of type \(json.typeName)")")
        }
        if object["method"] == nil, object["result"] != nil || object["error"] != nil {
            throw InvalidRequest("this is a reply, and this end has asked nothing")
        }
        var id: Identifier?
        if let member = object["id"] {
            guard let read = Identifier(member) else {
                throw InvalidRequest("'id' is a string, a number or null, not of type \(member.typeName)")
            }
            id = read
        }
        guard case .string("2.0") = object["jsonrpc"] else {
            throw InvalidRequest("'jsonrpc' is not the string \"2.0\"", id: id ?? .null)
        }
        guard let method = object["method"] else { throw InvalidRequest("'method' is missing", id: id ?? .null) }
        guard case .string(let name) = method else {
            throw InvalidRequest("'method' is a string, not of type \(method.typeName)", id: id ?? .null)
        }
        if let params = object["params"] {
            switch params {
            case .array, .object: break
            case .null, .bool, .integer, .real, .float, .string:
                throw InvalidRequest("'params' is an object or an array, not of type \(params.typeName)", id: id ?? .null)
            }
        }
        self.init(id: id, method: name, params: object["params"])
    }
}
