public import Tensors

/// Why a `.pt` file was refused.
public struct TorchArchiveError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, with the numbers.
    public enum Reason: Error, Sendable, Hashable {
        /// The operating system refused.
        case file(FileError)
        /// It is no archive, but another of torch's formats, or something else.
        case format(String)
        /// The archive around the tensors is damaged, or says two things of itself.
        case archive(String)
        /// An entry's bytes are not those that were written.
        case checksum(entry: String, stated: UInt32, found: UInt32)
        /// The pickle asks for a function or a class that is no part of a dictionary of tensors.
        case global(String, offset: Int)
        /// The pickle has an instruction that no dictionary of tensors needs.
        case instruction(String, offset: Int)
        /// The pickle is malformed.
        case pickle(String, offset: Int)
        /// What the pickle builds is no dictionary of tensors.
        case contents(String)
        /// A tensor that its storage does not hold.
        case tensor(String, reason: String)
        /// No such tensor.
        case missing(tensor: String)
        /// A tensor of a type that is not read as single precision.
        case unreadable(tensor: String, dtype: ElementType)
    }

    /// The file's path; nil for a pickle that was parsed from memory.
    public let path: String?
    /// What is wrong.
    public let reason: Reason

    init(_ reason: Reason, path: String? = nil) {
        self.reason = reason
        self.path = path
    }

    /// One sentence: the file, what is wrong and what would be right.
    public var description: String {
        if case .file(let error) = reason { return error.description }
        return (path.map { "\($0): " } ?? "") + reason.description
    }
}

extension TorchArchiveError.Reason: CustomStringConvertible {
    /// The sentence without the path.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .format(let found): found
        case .archive(let reason): "the archive is not as torch.save writes it: \(reason)"
        case .checksum(let entry, let stated, let found):
            "entry '\(entry)' has the CRC \(String(found, radix: 16)), but \(String(stated, radix: 16)) was written"
        case .global(let name, let offset):
            "the pickle asks for '\(name)' (at its byte \(offset)); only tensors, their storages and OrderedDict are built, and nothing "
                + "is ever called"
        case .instruction(let name, let offset):
            "the pickle has the instruction \(name) (at its byte \(offset)), which a dictionary of tensors does not need"
        case .pickle(let reason, let offset): "the pickle is malformed at its byte \(offset): \(reason)"
        case .contents(let reason): "it is not a dictionary of tensors: \(reason)"
        case .tensor(let name, let reason): "tensor '\(name)' \(reason)"
        case .missing(let tensor): "there is no tensor '\(tensor)'"
        case .unreadable(let tensor, let dtype):
            "tensor '\(tensor)' has dtype \(dtype), which is not read as single precision; F32, F16, BF16 and F64 are"
        }
    }
}
