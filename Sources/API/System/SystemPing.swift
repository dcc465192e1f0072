// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `system.ping` asks whether anyone is there.
public enum SystemPing: Method {
    public typealias Params = NoParams

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// Always true.
        public var ok = true

        /// The only answer there is.
        public init() {}
    }

    public static let name = "system.ping"
    public static let summary = "Answers, and does nothing else."
    public static let description = "Touches neither a model nor the store: the time it takes is that of the connection alone."
    public static let params = Schema.object()
    public static let result = Schema.object("The answer.", [.required("ok", .boolean("Always true."))])
    public static let errors: [ErrorKind] = []
    public static let example: (params: JSON, result: JSON?) = ([:], ["ok": true])
}
