import Tensors

extension Contexts {
    /// Why a text does not become contexts.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        /// A file cannot be read or written.
        case unreadable(String)
        /// A file's path leads where its namer may not go, or to something that is no regular file.
        case refused(String)
        /// The file's name says nothing about how it keeps text.
        case unknownKind(path: String)
        /// A line is not UTF-8.
        case notText(path: String, line: Int, reason: String)
        /// A document is longer than one may be.
        case tooLong(path: String, line: Int, limit: Int)
        /// A line is not a JSON object with that field of text.
        case notAnObject(path: String, line: Int, reason: String)
        /// A file of token ids is of a form that is not read.
        case notIDs(path: String, reason: String)
        /// A token id that the vocabulary does not have; `place` is its index, or its row and column.
        case unknownID(path: String, id: Int, place: [Int], d_vocab: Int)
        /// The vocabulary has no BOS to begin contexts with.
        case noBOS
        /// The text is shorter than one context.
        case tooShort(path: String, tokens: Int, T: Int)

        /// One sentence with the facts.
        public var description: String {
            switch self {
            case .unreadable(let reason), .refused(let reason): reason
            case .unknownKind(let path):
                "\(path) ends in neither .txt (one document per line), .jsonl (one JSON object per line) nor .npy (token ids)"
            case .notText(let path, let line, let reason): "line \(line) of \(path) is not text: \(reason)"
            case .tooLong(let path, let line, let limit):
                "line \(line) of \(path) has more than the \(limit) bytes that one document may have"
            case .notAnObject(let path, let line, let reason): "line \(line) of \(path) holds no document: \(reason)"
            case .notIDs(let path, let reason): "\(path) is not a file of token ids: \(reason)"
            case .unknownID(let path, let id, let place, let d_vocab):
                "\(path) holds token id \(id) at \(place); the vocabulary has ids 0 to \(d_vocab - 1)"
            case .noBOS: "the vocabulary has no <|endoftext|>, with which every context begins"
            case .tooShort(let path, let tokens, let T): "\(path) holds \(tokens) tokens, fewer than one context of \(T)"
            }
        }

        /// Any error met on the way, as one of these.
        init(_ error: any Error) {
            let isRefusal = (error as? FileError)?.isRefusal ?? false
            self = error as? Failure ?? (isRefusal ? .refused("\(error)") : .unreadable("\(error)"))
        }
    }
}
