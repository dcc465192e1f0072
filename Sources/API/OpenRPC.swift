public import JSON

/// The service's own description of itself.
public enum OpenRPC {
    /// The version of the document's format. *Source:* https://spec.open-rpc.org
    public static let version = "1.3.2"

    /// Describes methods.
    ///
    /// - Parameters:
    ///   - methods: what the service answers, in the order in which it is to be read.
    ///   - serviceVersion: the version of the service.
    public static func document(of methods: [any Method.Type], serviceVersion: String) -> JSON {
        [
            "openrpc": .string(version),
            "info": [
                "title": "QKLens", "version": .string(serviceVersion),
                "description":
                    "Why an attention head looked where it looked: JSON-RPC 2.0 over a Unix socket, one JSON value per line.",
            ],
            "methods": .array(methods.map(describe)),
        ]
    }

    private static func describe(_ method: any Method.Type) -> JSON {
        [
            "name": .string(method.name),
            "summary": .string(method.summary),
            "description": .string(method.description),
            "paramStructure": .string(method.parameterStructure.rawValue),
            "params": .array(method.params.properties.map(describe)),
            "result": ["name": "result", "schema": method.result.json],
            "errors": .array(method.errors.map(describe)),
            "examples": [example(of: method)],
        ]
    }

    private static func describe(_ property: Schema.Property) -> JSON {
        [
            "name": .string(property.name), "description": .string(property.schema.description),
            "required": .bool(property.isRequired),
            "schema": property.documentation,
        ]
    }

    private static func describe(_ error: ErrorKind) -> JSON {
        ["code": .integer(error.code), "message": .string(error.summary), "data": ["kind": .string(error.rawValue)]]
    }

    private static func example(of method: any Method.Type) -> JSON {
        let params = (method.example.params.object ?? [:]).map { (name, value) -> JSON in ["name": .string(name), "value": value]
        }
        var pairing: JSONObject = ["name": .string(method.name), "params": .array(params)]
        if let result = method.example.result { pairing["result"] = ["name": "result", "value": result] }
        return .object(pairing)
    }
}
