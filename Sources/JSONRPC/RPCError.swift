public import JSON

/// The error member of a reply: a code, a sentence, and facts that a program can read.
public struct RPCError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One of the five predefined codes, or one of the service's own outside -32768…-32000.
    public let code: Int
    /// What went wrong, in one sentence for a person.
    public let message: String
    /// Facts for a program; by convention an object whose `kind` is a stable identifier.
    public let data: JSON?

    /// An error with all its members.
    public init(code: Int, message: String, data: JSON? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// Reads an error object; nil if it is not one.
    public init?(_ json: JSON) {
        guard let code = json["code"]?.integer, let message = json["message"]?.string else { return nil }
        self.init(code: code, message: message, data: json["data"])
    }

    /// The error as it stands on the wire.
    public var json: JSON {
        var object: JSONObject = ["code": .integer(code), "message": .string(message)]
        if let data { object["data"] = data }
        return .object(object)
    }

    /// The stable identifier in `data.kind`, if there is one.
    public var kind: String? { data?["kind"]?.string }

    /// The message and the code.
    public var description: String { "\(message) (\(code))" }
}

// The five errors that the specification predefines (section 5.1), each with the `kind` that clients match.
extension RPCError {
    /// -32700: what arrived is not JSON.
    public static func parseError(_ reason: String) -> RPCError {
        RPCError(code: -32700, message: "parse error: \(reason)", data: ["kind": "parse_error"])
    }

    /// -32600: it is JSON, but no request.
    public static func invalidRequest(_ reason: String) -> RPCError {
        RPCError(code: -32600, message: "invalid request: \(reason)", data: ["kind": "invalid_request"])
    }

    /// -32601: there is no such method.
    public static func methodNotFound(_ method: String, suggestion: String? = nil) -> RPCError {
        let hint = suggestion.map { "; did you mean '\($0)'?" } ?? "; 'rpc.discover' lists the methods"
        var facts: JSONObject = ["kind": "method_not_found", "method": .string(method)]
        if let suggestion { facts["suggestion"] = .string(suggestion) }
        return RPCError(code: -32601, message: "there is no method '\(method)'\(hint)", data: .object(facts))
    }

    /// -32602: the parameters are not what the method takes; the facts name them.
    public static func invalidParams(_ reason: String, facts: JSONObject = [:]) -> RPCError {
        var data: JSONObject = ["kind": "invalid_params"]
        for (key, value) in facts { data[key] = value }
        return RPCError(code: -32602, message: "invalid params: \(reason)", data: .object(data))
    }

    /// -32603: a bug of the service, logged under the incident's number.
    public static func internalError(incident: String) -> RPCError {
        RPCError(
            code: -32603, message: "internal error, logged as incident \(incident); this is a bug of the service",
            data: ["kind": "internal_error", "incident": .string(incident)])
    }
}
