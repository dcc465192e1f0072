public import Tensors

/// Why a `config.json` was refused.
public struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, with the key and its value.
    public enum Reason: Sendable, Hashable {
        /// The operating system refused.
        case file(FileError)
        /// It is not a JSON object.
        case syntax(String)
        /// A key that must be there is not.
        case missing(key: String)
        /// A value of the wrong type or outside its range.
        case invalid(key: String, value: String, expected: String)
        /// A value that changes the arithmetic in a way that is not built here.
        case unsupported(key: String, value: String, supported: String)
        /// A key that is not known to leave the arithmetic alone.
        case unknown(key: String, value: String)
        /// The heads do not share the residual stream evenly.
        case indivisible(n_embd: Int, n_head: Int)
    }

    /// The file's path; nil for a text that was parsed from memory.
    public let path: String?
    /// What is wrong.
    public let reason: Reason

    init(_ reason: Reason, path: String? = nil) {
        self.reason = reason
        self.path = path
    }

    /// One sentence: the file, the key, its value and what would be right.
    public var description: String {
        let place = path.map { "\($0): " } ?? ""
        switch reason {
        case .file(let error): return error.description
        case .syntax(let reason): return place + "no usable configuration: \(reason)"
        case .missing(let key): return place + "the key '\(key)' is missing"
        case .invalid(let key, let value, let expected): return place + "'\(key)' is \(value), but must be \(expected)"
        case .unsupported(let key, let value, let supported):
            return place + "'\(key)' is \(value), which is not supported (supported: \(supported))"
        case .unknown(let key, let value):
            return place + "'\(key)' (\(value)) is not a key of GPT-2's configuration, and what it changes is not known"
        case .indivisible(let n_embd, let n_head):
            return place + "'n_embd' is \(n_embd), which 'n_head' \(n_head) does not divide"
        }
    }
}
