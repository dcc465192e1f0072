public import JSON

/// One method of the service, as a caller sees it: everything but how it is done.
///
/// Each conforming type is one file; the schemas, the documents and the checks of every call follow from it.
public protocol Method: Sendable {
    /// The parameters, decoded after the schema has passed them and its defaults have been filled in.
    associatedtype Params: Codable & Sendable
    /// What comes back, always an object.
    associatedtype Result: Codable & Sendable

    /// `namespace.verb`.
    static var name: String { get }
    /// What it does, in one line.
    static var summary: String { get }
    /// What a caller must know besides: what a read is guaranteed to see, what is expensive.
    static var description: String { get }
    /// What the parameters may be: an object.
    static var params: Schema { get }
    /// What the result is: an object.
    static var result: Schema { get }
    /// What can go wrong besides the predefined errors.
    static var errors: [ErrorKind] { get }
    /// A call that could be typed as it stands, and what came back; nil where the result is too long to show.
    static var example: (params: JSON, result: JSON?) { get }
    /// How parameters may be passed.
    static var parameterStructure: ParameterStructure { get }

    /// Reads parameters that the schema has passed.
    static func decode(_ params: JSON) throws(JSONDecodingError) -> Params
    /// Writes a result.
    static func encode(_ result: Result) throws -> JSON
}

/// How a method's parameters may be passed; the names are OpenRPC's.
public enum ParameterStructure: String, Sendable {
    /// As the members of an object.
    case byName = "by-name"
    /// Also as an array, in the order of the schema's properties.
    case either
}

extension Method {
    /// By name only: a parameter can then be added without breaking anyone.
    public static var parameterStructure: ParameterStructure { .byName }

    /// By `Codable`; a method that is called ten thousand times a second spells it out, which takes a tenth of the time.
    public static func decode(_ params: JSON) throws(JSONDecodingError) -> Params { try params.decode(Params.self) }

    /// By `Codable`, likewise.
    public static func encode(_ result: Result) throws -> JSON { try JSON(encoding: result) }
}

extension Method {
    /// All kinds of errors that a call can fail with but the predefined ones: the method's own, then those of every call.
    ///
    /// A model whose files have not been read since the service started is read by the first call that names it.
    public static var possibleErrors: [ErrorKind] {
        let reading: [ErrorKind] =
            errors.contains(.modelNotFound) ? [.modelUnreadable, .modelUnsupported, .tokenizerUnreadable] : []
        var found: [ErrorKind] = []
        for kind in errors + reading + ErrorKind.universal where !found.contains(kind) { found.append(kind) }
        return found
    }
}

/// The parameters of a method that takes none.
public struct NoParams: Codable, Sendable, Hashable {
    /// No parameters.
    public init() {}
}
