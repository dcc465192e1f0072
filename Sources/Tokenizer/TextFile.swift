public import Tensors

/// A text in a file, of any size, and how the file keeps its documents.
public struct TextFile: Sendable, Hashable {
    /// How a file keeps documents.
    public enum Kind: Sendable, Hashable {
        /// `.txt`: each line is a document.
        case lines
        /// `.jsonl`: each line is a JSON object, and the document is the text of one of its fields.
        case objects(field: String)
        /// `.npy`: token ids, see ``TokenArrayHeader``.
        case ids
    }

    /// The field of a `.jsonl` file's objects that holds the text, unless another is named.
    public static let defaultField = "text"

    /// The file.
    public let place: GuardedPath
    /// The file's path as it was given.
    public var path: String { place.path }
    /// How it keeps documents.
    public let kind: Kind

    /// A text by its path, which is of this program's own choice; nothing is opened.
    ///
    /// - Throws: As the other does.
    public init(_ path: String, field: String? = nil) throws(Contexts.Failure) { try self.init(.own(path), field: field) }

    /// A text by its path; nothing is opened.
    ///
    /// - Parameters:
    ///   - place: Ends in `.txt`, `.jsonl` or `.npy`.
    ///   - field: Which field of a `.jsonl` file's objects is the text.
    /// - Throws: ``Contexts/Failure/unknownKind(path:)``.
    public init(_ place: GuardedPath, field: String? = nil) throws(Contexts.Failure) {
        self.place = place
        let path = place.path
        if path.hasSuffix(".txt") {
            kind = .lines
        } else if path.hasSuffix(".jsonl") {
            kind = .objects(field: field ?? Self.defaultField)
        } else if path.hasSuffix(".npy") {
            kind = .ids
        } else {
            throw .unknownKind(path: path)
        }
    }

    /// Reads the text and cuts it into contexts, in memory that depends on no more than its longest document.
    ///
    /// - Parameters:
    ///   - tokenizer: The model's.
    ///   - cutter: What makes contexts of the tokens; reading ends when it has enough.
    ///   - progress: Told how many of the file's bytes are read, after each block.
    ///   - sink: Given the contexts, [n, T], some at a time.
    func cut(
        _ tokenizer: Tokenizer, _ cutter: inout ContextCutter, progress: (_ done: Int, _ of: Int) throws -> Void,
        into sink: (Span<Int32>) throws -> Void
    ) throws {
        let file = try ReadableFile(place)
        switch kind {
        case .lines, .objects:
            var reader = DocumentReader(self, tokenizer, bos: cutter.bos)
            try reader.read(file, &cutter, progress: progress, into: sink)
        case .ids: try TokenArrayHeader(file).read(file, &cutter, d_vocab: tokenizer.d_vocab, progress: progress, into: sink)
        }
        try cutter.cut(into: sink)
    }
}
