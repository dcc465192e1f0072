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
            "components": ["errors": .object(commonErrors)],
        ]
    }

    /// What any call can fail with, by kind; the methods refer to these.
    private static var commonErrors: JSONObject {
        var errors: JSONObject = [
            "invalid_params": [
                "code": -32602, "message": "The parameters are not what the method takes.", "data": ["kind": "invalid_params"],
            ],
            "internal_error": ["code": -32603, "message": "A bug of the service.", "data": ["kind": "internal_error"]],
        ]
        for kind in ErrorKind.universal { errors[kind.rawValue] = describe(kind) }
        return errors
    }

    private static func describe(_ method: any Method.Type) -> JSON {
        [
            "name": .string(method.name),
            "summary": .string(method.summary),
            "description": .string(method.description),
            "paramStructure": .string(method.parameterStructure.rawValue),
            "params": .array(parameters(of: method).map(describe)),
            "result": ["name": "result", "schema": method.result.json],
            "errors": .array(
                method.possibleErrors.filter { !ErrorKind.universal.contains($0) }.map(describe)
                    + commonErrors.keys.map { ["$ref": .string("#/components/errors/\($0)")] }),
            "examples": [example(of: method)],
        ]
    }

    /// The method's own parameters, those that must be there first, and the one that all methods take.
    private static func parameters(of method: any Method.Type) -> [Schema.Property] {
        let own = method.params.properties
        // By position the order is the schema's, and nothing can follow.
        if method.parameterStructure == .either { return own }
        return own.filter(\.isRequired) + own.filter { !$0.isRequired } + [Deadline.property]
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
