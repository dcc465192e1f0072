import JSON
import Tensors

/// Reads a text's documents line by line and encodes them.
///
/// A line ends with LF or CR LF, the last one also with the file; an empty line is an empty document.
struct DocumentReader {
    private let path: String
    private let field: String?
    private let bos: Int32
    private var encoder: TextEncoder
    private var line: [UInt8] = []
    private var number = 1

    /// Bytes read from the file at a time.
    private static let readSize = 1 << 20
    /// The most bytes of one line, which is held in memory together with its tokens.
    static let longestLine = 64 << 20
    /// Field names that an error lists.
    private static let namesListed = 8

    /// A reader of lines, or of the objects in them.
    init(_ text: TextFile, _ tokenizer: Tokenizer, bos: Int32) {
        path = text.path
        if case .objects(let field) = text.kind { self.field = field } else { field = nil }
        self.bos = bos
        encoder = tokenizer.makeEncoder()
    }

    /// Reads documents until the file ends or the cutter has enough.
    mutating func read(
        _ file: borrowing ReadableFile, _ cutter: inout ContextCutter, progress: (_ done: Int, _ of: Int) throws -> Void,
        into sink: (Span<Int32>) throws -> Void
    ) throws {
        let newline = UInt8(ascii: "\n")
        var offset = 0
        while !cutter.isFull {
            let bytes = try file.bytes(Self.readSize, at: offset)
            if bytes.isEmpty { break }
            var start = 0
            while !cutter.isFull, let end = bytes[start...].firstIndex(of: newline) {
                try append(bytes[start..<end])
                try endLine(&cutter, into: sink)
                start = end + 1
            }
            try append(bytes[start...])
            offset += bytes.count
            try progress(offset, max(offset, file.size))
        }
        if !line.isEmpty, !cutter.isFull { try endLine(&cutter, into: sink) }
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) throws(Contexts.Failure) {
        guard line.count + bytes.count <= Self.longestLine else {
            throw .tooLong(path: path, line: number, limit: Self.longestLine)
        }
        line += bytes
    }

    private mutating func endLine(_ cutter: inout ContextCutter, into sink: (Span<Int32>) throws -> Void) throws {
        // The encoder and the line may not be lent from one value at once.
        var line: [UInt8] = []
        swap(&line, &self.line)
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        cutter.stream.append(bos)
        if let field {
            if !line.isEmpty { encoder.encode(try document(line, field), into: &cutter.stream) }
        } else {
            do throws(TokenizerError) {
                try encoder.encode(line.span, into: &cutter.stream)
            } catch {
                throw Contexts.Failure.notText(path: path, line: number, reason: error.description)
            }
        }
        line.removeAll(keepingCapacity: true)
        swap(&line, &self.line)
        number += 1
        try cutter.cutIfDue(into: sink)
    }

    /// The text of one field of the object in the line.
    private func document(_ line: [UInt8], _ field: String) throws(Contexts.Failure) -> String {
        let json: JSON
        do {
            json = try JSON(parsing: line)
        } catch {
            throw .notAnObject(path: path, line: number, reason: String(describing: error))
        }
        guard let object = json.object else {
            throw .notAnObject(path: path, line: number, reason: "it is no JSON object")
        }
        guard let text = object[field]?.string else {
            let names = object.keys.prefix(Self.namesListed).joined(separator: ", ")
            throw .notAnObject(
                path: path, line: number,
                reason: object[field] == nil
                    ? "it has no field '\(field)', only \(names.isEmpty ? "none" : names)" : "its field '\(field)' is no text")
        }
        return text
    }
}
