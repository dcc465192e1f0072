import JSON

/// How a method's large arrays reach the caller.
public enum TensorDelivery: String, Codable, Sendable, CaseIterable {
    /// As lists in the reply: small results.
    case json
    /// In a file that the caller names: what is to be kept.
    case file
    /// In sealed memory whose descriptor comes with the reply: what is to be used at once.
    case memfd
}

/// How arrays are laid out in a file or in memory.
public enum TensorFormat: String, Codable, Sendable, CaseIterable {
    /// Any number of arrays, each with its name.
    case safetensors
    /// One array, without a name.
    case npy
}

/// The parameters of a method that returns large arrays.
public protocol TensorParams: Codable, Sendable {
    /// How the arrays reach the caller.
    var tensors: TensorDelivery { get }
    /// The file that is to hold them.
    var path: String? { get }
    /// How they are laid out.
    var format: TensorFormat? { get }
}

extension Schema {
    /// The members that every method with ``TensorParams`` takes.
    static let tensorDelivery: [Property] = [
        .optional(
            "tensors",
            .string(
                "How the arrays reach the caller: json, as lists in the reply; file, in the file that path names; memfd, in memory "
                    + "sealed against change, whose descriptor comes with the reply (SCM_RIGHTS). File and memfd hold the same bytes, "
                    + "float32 little-endian, where a list has null as well.",
                oneOf: TensorDelivery.allCases.map(\.rawValue)), default: .string(TensorDelivery.json.rawValue)),
        .optional(
            "path",
            .string(
                "With file: an absolute path that is not there yet. The file belongs to the service's user, with the rights that its "
                    + "umask leaves, and appears when it is whole.", length: 1...4096)),
        .optional(
            "format",
            .string(
                "How file and memfd are laid out; npy for a single array. By the ending of path if absent, else safetensors.",
                oneOf: TensorFormat.allCases.map(\.rawValue))),
    ]
}

extension ErrorKind {
    /// What can go wrong with the arrays of a reply.
    static let ofTensors: [ErrorKind] = [.messageTooLarge, .pathRefused, .fileExists, .fileUnwritable]
}

/// Where the arrays of a reply are that it does not hold itself.
public struct TensorFile: Codable, Sendable, Hashable {
    /// How they are laid out.
    public var format: TensorFormat
    /// How many bytes that takes.
    public var bytes: Int
    /// The file.
    public var path: String?
    /// Which of the descriptors that come with the reply holds them, counted from 0.
    public var descriptor: Int?
    /// The arrays' names, in their order.
    public var names: [String]

    /// All facts.
    public init(format: TensorFormat, bytes: Int, path: String? = nil, descriptor: Int? = nil, names: [String]) {
        (self.format, self.bytes, self.path, self.descriptor, self.names) = (format, bytes, path, descriptor, names)
    }
}

extension TensorFile {
    /// What it is on the wire.
    static let schema = Schema.object(
        "Where the arrays are that the reply does not hold itself.",
        [
            .required("format", .string("How they are laid out.", oneOf: TensorFormat.allCases.map(\.rawValue))),
            .required("bytes", .count("How many bytes that takes.")),
            .optional("path", .string("The file.")),
            .optional("descriptor", .count("Which of the descriptors that come with the reply holds them, counted from 0.")),
            .required("names", .array("The arrays' names, in their order.", of: .string())),
        ])
}
