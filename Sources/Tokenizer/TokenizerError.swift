public import JSON

/// Why a tokenizer cannot be read, or a text or a list of ids cannot be converted.
public enum TokenizerError: Error, Equatable {
    /// The bytes are not UTF-8.
    case invalidUTF8(offset: Int)
    /// An id that the vocabulary does not have.
    case unknownID(Int32, position: Int, d_vocab: Int)

    /// A file that could not be read, with the system's reason.
    case unreadableFile(path: String, reason: String)
    /// A file larger than any vocabulary.
    case oversizedFile(path: String, bytes: Int, limit: Int)
    /// A file that is not JSON.
    case invalidJSON(file: String, JSONError)
    /// A member that is missing or of another type; `path` is written with dots.
    case unexpectedValue(file: String, path: String, expected: String, found: String)
    /// A setting that would change ids and that this tokenizer does not implement.
    case unsupported(path: String, found: String, supported: String)

    /// More tokens, or more merges, than are accepted.
    case tooMany(kind: String, count: Int, limit: Int)
    /// A token whose id is negative or so large that ids below it must be missing.
    case invalidID(Int, symbol: String, d_vocab: Int)
    /// Two tokens with one id.
    case duplicateID(Int, first: String, second: String)
    /// One token with two ids.
    case duplicateToken(String, first: Int, second: Int)
    /// An id that no token has, though a higher one is taken.
    case missingID(Int, d_vocab: Int)
    /// A byte without a token, so that some text would have no ids.
    case missingByte(UInt8, symbol: String)

    /// A line that is not two symbols with one space between them.
    case malformedMerge(MergePlace, text: String)
    /// A merge whose left part, right part or result is no token.
    case unknownMergeToken(MergePlace, left: String, right: String, unknown: String)
    /// A merge whose result does not stand for its parts' bytes, because one of the three is not spelt in the byte alphabet.
    case inconsistentMerge(MergePlace, left: String, right: String)
    /// A pair that an earlier merge merges already.
    case duplicateMerge(MergePlace, left: String, right: String, earlier: MergePlace)
}

/// Where a merge stands in its file.
public enum MergePlace: Sendable, Hashable, CustomStringConvertible {
    /// A line of merges.txt, counted from 1.
    case line(Int)
    /// An element of an array (`model.merges` in tokenizer.json), counted from 0.
    case element(Int)

    /// "line 3 of merges.txt" or "merges[2]".
    public var description: String {
        switch self {
        case .line(let line): "line \(line) of merges.txt"
        case .element(let index): "merges[\(index)]"
        }
    }
}

extension TokenizerError: CustomStringConvertible {
    /// One sentence: what is wrong, where, and what would be right.
    public var description: String {
        switch self {
        case .invalidUTF8(let offset): "the text is not valid UTF-8 at byte \(offset)"
        case .unknownID(let id, let position, let d_vocab):
            "token id \(id) at position \(position) is outside the vocabulary (0 to \(d_vocab - 1))"
        case .unreadableFile(let path, let reason): "cannot read \(path): \(reason)"
        case .oversizedFile(let path, let bytes, let limit): "\(path) has \(bytes) bytes; at most \(limit) are read"
        case .invalidJSON(let file, let error): "\(file): \(error)"
        case .unexpectedValue(let file, let path, let expected, let found):
            "\(file): \(path) should be \(expected), but is \(found)"
        case .unsupported(let path, let found, let supported):
            "tokenizer.json: \(path) is \(found); only GPT-2's byte-level BPE is supported, where it is \(supported)"
        case .tooMany(let kind, let count, let limit): "there are \(count) \(kind); at most \(limit) are accepted"
        case .invalidID(let id, let symbol, let d_vocab):
            "token \(symbol.debugDescription) has id \(id); the ids of \(d_vocab) tokens are 0 to \(d_vocab - 1)"
        case .duplicateID(let id, let first, let second):
            "tokens \(first.debugDescription) and \(second.debugDescription) both have id \(id)"
        case .duplicateToken(let symbol, let first, let second):
            "token \(symbol.debugDescription) has two ids, \(first) and \(second)"
        case .missingID(let id, let d_vocab): "no token has id \(id), though the vocabulary has \(d_vocab) tokens"
        case .missingByte(let byte, let symbol):
            "the vocabulary has no token for byte \(byte) (written \(symbol.debugDescription)); all 256 are needed"
        case .malformedMerge(let place, let text):
            "\(place) should be two symbols with a space between, but is \(text.debugDescription)"
        case .unknownMergeToken(let place, let left, let right, let unknown):
            "\(place) merges \(left.debugDescription) and \(right.debugDescription), but \(unknown.debugDescription) is not in the vocabulary"
        case .inconsistentMerge(let place, let left, let right):
            "\(place) merges \(left.debugDescription) and \(right.debugDescription) into a token that stands for other bytes"
        case .duplicateMerge(let place, let left, let right, let earlier):
            "\(place) merges \(left.debugDescription) and \(right.debugDescription), as \(earlier) does already"
        }
    }
}
