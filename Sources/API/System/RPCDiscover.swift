// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `rpc.discover` asks the service to describe itself, for programs.
public enum RPCDiscover: Method {
    public typealias Params = NoParams
    public typealias Result = JSON

    public static let name = "rpc.discover"
    public static let summary = "Describes every method: parameters, result, errors, an example."
    public static let description = "An OpenRPC document, generated from the very schemas against which calls are checked."
    public static let params = Schema.object()
    public static let result = Schema.map("An OpenRPC document (https://spec.open-rpc.org).", of: .any())
    public static let errors: [ErrorKind] = []
    public static let example: (params: JSON, result: JSON?) = ([:], nil)
}
