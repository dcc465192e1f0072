import Tensors

/// A text cut into token sequences of one length, each beginning with BOS; kept in memory, or in a file and read by position.
public struct Contexts: Sendable {
    /// The length of each context.
    public let T: Int
    private let place: Place
    /// Which of the contexts there.
    private let range: Range<Int>

    private enum Place: Sendable {
        /// [n, T]
        case memory([Int32])
        case file(ContextFile)
    }

    /// The number of contexts.
    public var count: Int { range.count }

    /// Contexts from a stream of documents' tokens that each begin with BOS.
    ///
    /// - Parameters:
    ///   - stream: [N] the tokens.
    ///   - T: The length of a context.
    ///   - bos: What position 0 of each becomes.
    public init(stream: [Int32], T: Int, bos: Int32) {
        var cutter = ContextCutter(T: T, bos: bos), tokens: [Int32] = []
        cutter.stream = stream
        cutter.cut { tokens.append(copying: $0) }
        self.init(.memory(tokens), T: T, 0..<cutter.count)
    }

    /// Contexts of a text, in memory.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - tokenizer: The model's.
    ///   - T: The length of a context.
    ///   - limit: Stop reading once there are so many contexts; nil for all.
    /// - Throws: ``Failure``.
    /// - Complexity: four bytes of memory per token.
    public init(_ text: TextFile, tokenizer: Tokenizer, T: Int, limit: Int? = nil) throws(Failure) {
        guard let bos = tokenizer.bos else { throw .noBOS }
        var cutter = ContextCutter(T: T, bos: bos, limit: limit), tokens: [Int32] = []
        do {
            try text.cut(tokenizer, &cutter, progress: { _, _ in }) { tokens.append(copying: $0) }
        } catch {
            throw Failure(error)
        }
        if cutter.count == 0 { throw .tooShort(path: text.path, tokens: cutter.tokens, T: T) }
        self.init(.memory(tokens), T: T, 0..<cutter.count)
    }

    /// Contexts of a text, in a file that is written first unless it is there from an earlier call that asked for the same.
    ///
    /// - Parameters:
    ///   - text: The text; it may be larger than memory.
    ///   - tokenizer: The model's.
    ///   - T: The length of a context.
    ///   - limit: Stop reading once there are so many contexts; nil for all.
    ///   - path: The file, which belongs to this text alone.
    ///   - progress: Told now and then how many of the text's bytes are read; what it throws ends the work.
    /// - Throws: ``Failure``, what `progress` throws, and a `FileError` if there is no room for the file; it is then not there.
    /// - Complexity: two bytes of disk per token of a vocabulary up to 65,536, four of a larger; memory for the longest document.
    public init(
        _ text: TextFile, tokenizer: Tokenizer, T: Int, limit: Int? = nil, in path: String,
        progress: (_ done: Int, _ of: Int) throws -> Void
    ) throws {
        func found() throws(Failure) -> ContextFile? { try ContextFile(path, T: T, limit: limit, d_vocab: tokenizer.d_vocab) }
        var file = try found()
        if file == nil {
            do {
                try ContextFile.write(path, text, tokenizer: tokenizer, T: T, limit: limit, progress: progress)
            } catch let error as FileError where !error.isLackOfRoom {
                throw Failure(error)
            }
            file = try found()
        }
        guard let file else { throw Failure.unreadable("\(path) is gone just after it was written") }
        self.init(.file(file), T: T, 0..<file.count)
    }

    private init(_ place: Place, T: Int, _ range: Range<Int>) { (self.place, self.T, self.range) = (place, T, range) }
}

extension Contexts {
    /// Ends a count.
    private struct Counted: Error {}

    /// About how many contexts a text makes: counted in its beginning, and reckoned for the rest.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - tokenizer: The model's.
    ///   - T: The length of a context.
    ///   - limit: The most that matter; nil for all.
    ///   - bytes: How much of the file is read, about; a text that is no longer is counted exactly.
    /// - Throws: ``Failure``.
    public static func count(
        _ text: TextFile, tokenizer: Tokenizer, T: Int, limit: Int?, reading bytes: Int
    ) throws(Failure) -> Int {
        guard let bos = tokenizer.bos else { throw .noBOS }
        var cutter = ContextCutter(T: T, bos: bos, limit: limit), whole = 1.0
        do {
            try text.cut(tokenizer, &cutter) { done, of in
                if done < of, done >= bytes {
                    whole = Double(of) / Double(done)
                    throw Counted()
                }
            } into: { _ in
            }
        } catch is Counted {
            return min(limit ?? .max, Int(Double(cutter.tokens) * whole) / T)
        } catch {
            throw Failure(error)
        }
        if cutter.count == 0 { throw .tooShort(path: text.path, tokens: cutter.tokens, T: T) }
        return cutter.count
    }

    /// [T] the tokens of one context.
    ///
    /// - Throws: ``Failure/unreadable(_:)`` if the file has been shortened, or the disk fails.
    public func context(_ index: Int) throws(Failure) -> [Int32] { try batch(CollectionOfOne(index)) }

    /// [n, T] the tokens of some contexts, in that order.
    ///
    /// - Throws: ``Failure/unreadable(_:)`` if the file has been shortened, or the disk fails.
    public func batch(_ indices: some Sequence<Int>) throws(Failure) -> [Int32] {
        var tokens: [Int32] = []
        tokens.reserveCapacity(indices.underestimatedCount * T)
        for index in indices {
            precondition(index >= 0 && index < count, "context \(index) of \(count)")
            let index = range.lowerBound + index
            switch place {
            case .memory(let all): tokens += all[index * T..<(index + 1) * T]
            case .file(let file): try file.append(index, to: &tokens)
            }
        }
        return tokens
    }

    /// [count, T] the tokens of all contexts.
    ///
    /// - Throws: ``Failure/unreadable(_:)`` if the file has been shortened, or the disk fails.
    public func tokens() throws(Failure) -> [Int32] { try batch(0..<count) }

    /// The contexts of a range, without a copy.
    public func part(_ range: Range<Int>) -> Contexts {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "contexts \(range) of \(count)")
        return Contexts(place, T: T, self.range.lowerBound + range.lowerBound..<self.range.lowerBound + range.upperBound)
    }
}

extension [Int32] {
    /// Appends a copy of borrowed tokens.
    fileprivate mutating func append(copying tokens: Span<Int32>) {
        for index in 0..<tokens.count { append(tokens[index]) }
    }
}
