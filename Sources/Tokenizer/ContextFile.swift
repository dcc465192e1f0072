// A file of contexts: the tokens, then a trailer of 64 bytes, all numbers little-endian.
//
//     tokens    [count, T], u16 where the vocabulary has at most 65,536 tokens, else i32
//     trailer   "QKTOKENS", then u64: version, bytes per token, T, count, d_vocab, limit (2^63 - 1: none), 0
//
// The trailer stands last because the count is known last. The file has its name only once it is whole and on the disk.
import Tensors

/// Contexts in a file, read by position.
final class ContextFile: Sendable {
    /// The length of each context.
    let T: Int
    /// The number of contexts.
    let count: Int
    private let width: Int
    private let file: ReadableFile

    private static let version = 1
    private static let mark: UInt64 = 0x534E_454B_4F54_4B51  // "QKTOKENS"
    private static let trailerWords = 8
    private static let narrow = MemoryLayout<UInt16>.size, wide = MemoryLayout<Int32>.size

    private static func width(_ d_vocab: Int) -> Int { d_vocab <= Int(UInt16.max) + 1 ? narrow : wide }

    /// Opens a file of contexts; nil if there is none, or one of other contexts.
    ///
    /// - Throws: ``Contexts/Failure`` if it cannot be read.
    init?(_ path: String, T: Int, limit: Int?, d_vocab: Int) throws(Contexts.Failure) {
        guard let file = try? ReadableFile(path) else { return nil }
        let trailerBytes = Self.trailerWords * MemoryLayout<UInt64>.size
        guard file.size >= trailerBytes else { return nil }
        var words = [UInt64](repeating: 0, count: Self.trailerWords)
        do {
            var span = words.mutableSpan
            guard try file.read(into: &span, at: file.size - trailerBytes) == trailerBytes else { return nil }
        } catch {
            throw Contexts.Failure(error)
        }
        let width = Self.width(d_vocab), asked = [Self.version, width, T].map(UInt64.init)
        guard words[0] == Self.mark, Array(words[1...3]) == asked, words[5] == UInt64(d_vocab),
            words[6] == UInt64(limit ?? .max), let count = Int(exactly: words[4]),
            count.multipliedReportingOverflow(by: T * width).partialValue == file.size - trailerBytes
        else { return nil }
        (self.T, self.count, self.width) = (T, count, width)
        self.file = file
    }

    /// Writes a file of contexts.
    ///
    /// - Throws: ``Contexts/Failure``, and what `progress` throws.
    static func write(
        _ path: String, _ text: TextFile, tokenizer: Tokenizer, T: Int, limit: Int?,
        progress: (_ done: Int, _ of: Int) throws -> Void
    ) throws {
        guard let bos = tokenizer.bos else { throw Contexts.Failure.noBOS }
        var cutter = ContextCutter(T: T, bos: bos, limit: limit)
        let width = width(tokenizer.d_vocab)
        var file = try ReplacementFile(path)
        var narrowed: [UInt16] = []
        try text.cut(tokenizer, &cutter, progress: progress) { contexts in
            if width == wide { return try file.append(numbers: contexts) }
            narrowed.removeAll(keepingCapacity: true)
            for index in 0..<contexts.count { narrowed.append(UInt16(truncatingIfNeeded: contexts[index])) }
            try file.append(numbers: narrowed.span)
        }
        guard cutter.count > 0 else { throw Contexts.Failure.tooShort(path: text.path, tokens: cutter.tokens, T: T) }
        let trailer = [version, width, T, cutter.count, tokenizer.d_vocab, limit ?? .max, 0].map(UInt64.init)
        try file.append(numbers: ([mark] + trailer).span)
        try file.commit()
    }

    /// Appends the tokens of one context.
    func append(_ index: Int, to tokens: inout [Int32]) throws(Contexts.Failure) {
        let offset = index * T * width
        if width == Self.wide {
            var context = [Int32](repeating: 0, count: T)
            try read(&context, at: offset)
            tokens += context
        } else {
            var context = [UInt16](repeating: 0, count: T)
            try read(&context, at: offset)
            for token in context { tokens.append(Int32(token)) }
        }
    }

    private func read<ID: FixedWidthInteger & BitwiseCopyable>(_ context: inout [ID], at offset: Int) throws(Contexts.Failure) {
        let read: Int
        do {
            var span = context.mutableSpan
            read = try file.read(into: &span, at: offset)
        } catch {
            throw Contexts.Failure(error)
        }
        guard read == T * width else {
            throw .unreadable("\(file.path) ends within the context at byte \(offset): it was shortened")
        }
    }
}
