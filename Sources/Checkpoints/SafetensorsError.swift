public import Tensors

/// Why a safetensors file was refused.
public struct SafetensorsError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, with the numbers.
    public enum Reason: Sendable, Hashable {
        /// The operating system refused.
        case file(FileError)
        /// The file ends within the eight bytes of the header's length.
        case tooShort(bytes: Int)
        /// The header's length is over the limit, or reaches beyond the end of the file.
        case headerLength(UInt64, available: Int, limit: Int)
        /// The header is not the JSON that the format asks for.
        case syntax(String, offset: Int)
        /// Two tensors, two metadata entries, or two members of one description have the same name.
        case duplicate(String, offset: Int)
        /// An element type that the format does not have.
        case unknownElementType(tensor: String, dtype: String)
        /// A tensor does not begin where the one before it ends: a hole, an overlap, or offsets in reverse.
        case offsets(tensor: String, begin: UInt64, end: UInt64, expectedBegin: UInt64)
        /// A tensor reaches beyond the data that the file holds.
        case beyondEnd(tensor: String, end: UInt64, dataBytes: Int)
        /// The number of elements, or of their bits, does not fit into 64 bits, or an extent not into 63.
        case overflow(tensor: String, shape: [UInt64])
        /// The shape and the element type need another number of bytes than the offsets give; `bits` because some types are smaller.
        case size(tensor: String, shape: [UInt64], dtype: ElementType, bits: UInt64, bytes: UInt64)
        /// Bytes that belong to no tensor follow the last.
        case uncovered(covered: UInt64, dataBytes: Int)
        /// The file ended within a tensor, though its length promised more: it was cut after it was opened.
        case truncated(tensor: String, wanted: Int, got: Int)
        /// The tensors, as single precision, would not fit into the machine's memory.
        case tooLarge(bytes: Double, memory: Int)
        /// No such tensor.
        case missing(tensor: String)
        /// A tensor of a type that is not read as single precision.
        case unreadable(tensor: String, dtype: ElementType)
        /// A tensor of another type than the integers that were asked for.
        case notIntegers(tensor: String, dtype: ElementType)
    }

    /// The file's path; nil for a header that was parsed from memory.
    public let path: String?
    /// What is wrong.
    public let reason: Reason

    init(_ reason: Reason, path: String? = nil) {
        self.reason = reason
        self.path = path
    }

    /// One sentence: the file, the tensor, what is wrong and what would be right.
    public var description: String {
        if case .file(let error) = reason { return error.description }
        return (path.map { "\($0): " } ?? "") + reason.description
    }
}

extension SafetensorsError.Reason: CustomStringConvertible {
    /// The sentence without the path.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .tooShort(let bytes): "a safetensors file begins with an 8-byte header length, but this file has \(bytes) bytes"
        case .headerLength(let length, let available, let limit):
            "the header is said to have \(length) bytes, but \(available) follow and at most \(limit) are accepted"
        case .syntax(let reason, let offset): "the header is malformed at its byte \(offset): \(reason)"
        case .duplicate(let name, let offset): "the header names '\(name)' twice (second at its byte \(offset))"
        case .unknownElementType(let tensor, let dtype): "tensor '\(tensor)' has the unknown dtype '\(dtype)'"
        case .offsets(let tensor, let begin, let end, let expected):
            begin > end
                ? "tensor '\(tensor)' ends before it begins (data_offsets [\(begin), \(end)])"
                : "tensor '\(tensor)' begins at \(begin), but the tensor before it ends at \(expected)"
        case .beyondEnd(let tensor, let end, let dataBytes):
            "tensor '\(tensor)' ends at \(end), but the file holds only \(dataBytes) bytes of data"
        case .overflow(let tensor, let shape): "the shape \(shape) of tensor '\(tensor)' is too large to count"
        case .size(let tensor, let shape, let dtype, let bits, let bytes):
            bits % 8 == 0
                ? "tensor '\(tensor)' of shape \(shape) and dtype \(dtype) needs \(bits / 8) bytes, but its offsets give \(bytes)"
                : "tensor '\(tensor)' of shape \(shape) and dtype \(dtype) has \(bits) bits, which is no whole number of bytes"
        case .uncovered(let covered, let dataBytes): "the tensors cover \(covered) bytes, but the file holds \(dataBytes)"
        case .truncated(let tensor, let wanted, let got):
            "the file ended within tensor '\(tensor)': \(got) of its \(wanted) bytes could be read"
        case .tooLarge(let bytes, let memory):
            "its tensors need \(Int(bytes / 0x1p20)) MiB as single precision, but the machine has \(memory >> 20) MiB of memory"
        case .missing(let tensor): "there is no tensor '\(tensor)'"
        case .unreadable(let tensor, let dtype):
            "tensor '\(tensor)' has dtype \(dtype), which is not read as single precision; F32, F16, BF16 and F64 are"
        case .notIntegers(let tensor, let dtype): "tensor '\(tensor)' has dtype \(dtype) where I32 is needed"
        }
    }
}
