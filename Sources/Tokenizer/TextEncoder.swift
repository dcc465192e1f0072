/// Turns texts into token ids, one after the other, and remembers words between them.
///
/// One value per thread; ``Tokenizer/encode(_:allowSpecial:)-(String,_)`` makes one for a single text. Through a corpus of English
/// it is several times faster than text by text, because nearly every word has been met before.
public struct TextEncoder: Sendable {
    private let splitter = WordSplitter()
    private let special: SpecialTokens
    private var merger: WordMerger
    private var cache: WordCache?

    /// How often the merge table was asked: the work done so far, independent of the machine.
    package var lookups: Int { merger.lookups }

    /// - Parameter remembersWords: whether to keep a cache (under 1 MiB); not worth its set-up for a text of less than some pages.
    init(_ tokenizer: Tokenizer, remembersWords: Bool) {
        special = tokenizer.special
        merger = WordMerger(table: tokenizer.merges, vocabulary: tokenizer.vocabulary)
        cache = remembersWords ? WordCache() : nil
    }

    /// Appends the ids of a text.
    ///
    /// - Parameters:
    ///   - text: any string.
    ///   - allowSpecial: whether `<|endoftext|>` in the text is the token rather than thirteen characters.
    ///   - ids: where to append, at most one id per byte.
    public mutating func encode(_ text: String, allowSpecial: Bool = false, into ids: inout [Int32]) {
        encode(valid: text.utf8.span, allowSpecial: allowSpecial, into: &ids)
    }

    /// Appends the ids of UTF-8 bytes; see ``encode(_:allowSpecial:into:)-(String,_,_)``.
    ///
    /// - Throws: ``TokenizerError/invalidUTF8(offset:)``, with nothing appended.
    public mutating func encode(_ utf8: Span<UInt8>, allowSpecial: Bool = false, into ids: inout [Int32]) throws(TokenizerError) {
        do {
            _ = try UTF8Span(validating: utf8)
        } catch {
            throw .invalidUTF8(offset: error.byteOffsets.lowerBound)
        }
        encode(valid: utf8, allowSpecial: allowSpecial, into: &ids)
    }

    private mutating func encode(valid text: Span<UInt8>, allowSpecial: Bool, into ids: inout [Int32]) {
        var start = 0
        while allowSpecial, let (range, id) = special.next(in: text, from: start) {
            encode(plain: text.extracting(start..<range.lowerBound), into: &ids)
            ids.append(id)
            start = range.upperBound
        }
        encode(plain: text.extracting(start..<text.count), into: &ids)
    }

    private mutating func encode(plain text: Span<UInt8>, into ids: inout [Int32]) {
        var start = 0
        while start < text.count {
            let end = splitter.endOfWord(from: start, in: text)
            append(text.extracting(start..<end), to: &ids)
            start = end
        }
    }

    @inline(__always)
    private mutating func append(_ word: Span<UInt8>, to ids: inout [Int32]) {
        guard cache != nil, let key = WordCache.Key(word) else { return merger.append(word, to: &ids) }
        if cache?.append(key, to: &ids) == true { return }
        let first = ids.count
        merger.append(word, to: &ids)
        cache?.keep(key, ids[first...])
    }
}
