import Glibc
import JSON
public import Tensors

extension Tokenizer {
    /// A tokenizer from a directory of this program's own choice.
    ///
    /// - Throws: As the other does.
    public init(directory: String) throws(TokenizerError) { try self.init(directory: .own(directory)) }

    /// A tokenizer from a model's directory: `tokenizer.json` if it is there, else `vocab.json` and `merges.txt`.
    ///
    /// - Throws: ``TokenizerError`` naming the file, and the line or value in it.
    public init(directory: GuardedPath) throws(TokenizerError) {
        if let json = try Tokenizer.contents(of: directory.appending("tokenizer.json")) {
            try self.init(tokenizerJSON: json)
            return
        }
        var files: [[UInt8]] = []
        for path in [directory.appending("vocab.json"), directory.appending("merges.txt")] {
            guard let bytes = try Tokenizer.contents(of: path) else {
                throw .unreadableFile(path: path.path, reason: "there is no such file, nor a tokenizer.json beside it")
            }
            files.append(bytes)
        }
        try self.init(vocabJSON: files[0], mergesText: files[1])
    }

    /// The largest file of a byte-level vocabulary that is known has a third of this; read as JSON it takes some thirty times as much memory.
    private static let mostBytes = 1 << 25

    /// The bytes of a file, or nil if there is none of that name.
    private static func contents(of path: GuardedPath) throws(TokenizerError) -> [UInt8]? {
        let size: Int
        do throws(FileError) {
            let file = try ReadableFile(path)
            if file.size <= mostBytes { return try file.bytes(file.size, at: 0) }
            size = file.size
        } catch {
            if error.errno == ENOENT { return nil }
            throw .unreadableFile(path: path.path, reason: error.reason)
        }
        throw .oversizedFile(path: path.path, bytes: size, limit: mostBytes)
    }

    /// A tokenizer from the contents of GPT-2's two files.
    ///
    /// - Parameters:
    ///   - vocabJSON: an object of spellings and their ids; `<|endoftext|>`, if it is there, is a special token.
    ///   - mergesText: `#version: 0.2`, which may be missing, then a merge per line.
    /// - Throws: ``TokenizerError``.
    public init(vocabJSON: [UInt8], mergesText: [UInt8]) throws(TokenizerError) {
        let file = "vocab.json"
        let json: JSON
        do { json = try JSON(parsing: vocabJSON) } catch { throw .invalidJSON(file: file, error) }
        guard let object = json.object else {
            throw .unexpectedValue(file: file, path: "the file", expected: "an object", found: json.typeName)
        }
        var parts = TokenizerParts(vocab: try TokenizerParts.vocab(object, file: file, path: ""))
        parts.merges = try TokenizerParts.merges(text: mergesText)
        try self.init(parts)
    }

    /// A tokenizer from the contents of Hugging Face's `tokenizer.json`.
    ///
    /// Every setting there that could change ids has to be GPT-2's; the first that is not is refused by name.
    /// - Throws: ``TokenizerError``.
    public init(tokenizerJSON: [UInt8]) throws(TokenizerError) {
        let json: JSON
        do { json = try JSON(parsing: tokenizerJSON) } catch { throw .invalidJSON(file: TokenizerJSON.file, error) }
        try self.init(TokenizerJSON(json).parts())
    }
}

extension TokenizerParts {
    /// The spellings and ids of a JSON object.
    static func vocab(_ object: JSONObject, file: String, path: String) throws(TokenizerError) -> [(symbol: String, id: Int)] {
        guard object.count <= Vocabulary.mostTokens else {
            throw .tooMany(kind: "tokens", count: object.count, limit: Vocabulary.mostTokens)
        }
        var vocab: [(symbol: String, id: Int)] = []
        vocab.reserveCapacity(object.count)
        for (symbol, value) in object {
            guard case .integer(let id) = value else {
                throw .unexpectedValue(
                    file: file, path: path + symbol.debugDescription, expected: "an integer", found: value.typeName)
            }
            vocab.append((symbol, id))
        }
        return vocab
    }

    /// The lines of merges.txt.
    static func merges(text: [UInt8]) throws(TokenizerError) -> [Merge] {
        let newline = UInt8(ascii: "\n")
        let carriageReturn = UInt8(ascii: "\r")
        var lines = text.split(separator: newline, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        let header = lines.first?.starts(with: "#version".utf8) == true ? 1 : 0
        guard lines.count - header <= MergeTable.mostMerges else {
            throw .tooMany(kind: "merges", count: lines.count - header, limit: MergeTable.mostMerges)
        }
        var merges: [Merge] = []
        merges.reserveCapacity(lines.count)
        for (index, bytes) in lines.enumerated().dropFirst(header) {
            let line = bytes.last == carriageReturn ? bytes.dropLast() : bytes
            // Bytes that are not UTF-8 become U+FFFD, which no spelling contains, so that the merge's parts are unknown.
            merges.append(try Merge(String(decoding: line, as: UTF8.self), place: .line(index + 1)))
        }
        return merges
    }
}

extension Merge {
    /// A merge as merges.txt writes it: two spellings with one space between.
    init(_ text: String, place: MergePlace) throws(TokenizerError) {
        let symbols = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard symbols.count == 2, !symbols[0].isEmpty, !symbols[1].isEmpty else { throw .malformedMerge(place, text: text) }
        left = String(Substring(symbols[0]))
        right = String(Substring(symbols[1]))
        self.place = place
    }
}
