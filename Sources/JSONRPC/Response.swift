public import JSON

/// The answer to one request: its result or its error.
public struct Response: Sendable, Hashable {
    /// The request's identifier; null if none could be read.
    public let id: Identifier
    /// What came out.
    public let outcome: Result<JSON, RPCError>

    /// A response from its members.
    public init(id: Identifier, outcome: Result<JSON, RPCError>) {
        self.id = id
        self.outcome = outcome
    }

    /// Reads a response; nil if the value is none.
    public init?(_ json: JSON) {
        guard json["jsonrpc"] == "2.0", let id = json["id"].flatMap({ Identifier($0) }) else { return nil }
        if let result = json["result"], json["error"] == nil {
            self.init(id: id, outcome: .success(result))
        } else if json["result"] == nil, let error = json["error"].flatMap({ RPCError($0) }) {
            self.init(id: id, outcome: .failure(error))
        } else {
            return nil
        }
    }

    /// The response as it stands on the wire.
    public var json: JSON {
        switch outcome {
        case .success(let result): ["jsonrpc": "2.0", "result": result, "id": id.json]
        case .failure(let error): ["jsonrpc": "2.0", "error": error.json, "id": id.json]
        }
    }
}
