import Tensors

// How a text becomes training contexts:
//
// 1. Each line of the file is a document. Its tokens follow a BOS.
// 2. The documents' tokens, one stream, are cut into contexts of T; what is left over at the end is dropped.
// 3. Position 0 of every context is overwritten by BOS, as every context begins with one when the model is used.

/// A text cut into token sequences of one length, each beginning with BOS.
public struct Contexts: Sendable {
    /// [count, T] the tokens.
    public let tokens: [Int32]
    /// The length of each context.
    public let T: Int
    /// The number of contexts.
    public var count: Int { tokens.count / T }

    /// Why a text does not become contexts.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        /// The file cannot be read.
        case unreadable(String)
        /// A line is not UTF-8.
        case notText(path: String, line: Int, reason: String)
        /// The vocabulary has no BOS to begin contexts with.
        case noBOS
        /// The text is shorter than one context.
        case tooShort(path: String, tokens: Int, T: Int)

        /// One sentence with the facts.
        public var description: String {
            switch self {
            case .unreadable(let reason): reason
            case .notText(let path, let line, let reason): "line \(line) of \(path) is not text: \(reason)"
            case .noBOS: "the vocabulary has no <|endoftext|>, with which every context begins"
            case .tooShort(let path, let tokens, let T): "\(path) holds \(tokens) tokens, fewer than one context of \(T)"
            }
        }
    }

    /// Bytes read from the file at a time.
    private static let readSize = 1 << 20

    /// Contexts from a stream of documents' tokens that each begin with BOS.
    public init(stream: [Int32], T: Int, bos: Int32) {
        precondition(T > 0, "contexts of \(T) tokens")
        var tokens = Array(stream.prefix(stream.count / T * T))
        for start in stride(from: 0, to: tokens.count, by: T) { tokens[start] = bos }
        self.tokens = tokens
        self.T = T
    }

    /// Contexts of a text file, one document per line.
    ///
    /// - Parameters:
    ///   - path: The file, UTF-8.
    ///   - tokenizer: The model's.
    ///   - T: The length of a context.
    ///   - limit: Stop reading once there are so many contexts; nil for all.
    /// - Throws: ``Failure``.
    /// - Complexity: four bytes of memory per token.
    public init(text path: String, tokenizer: Tokenizer, T: Int, limit: Int? = nil) throws(Failure) {
        guard let bos = tokenizer.bos else { throw .noBOS }
        let enough = limit.map { $0 * T } ?? .max
        var encoder = tokenizer.makeEncoder()
        var stream: [Int32] = [], line: [UInt8] = [], number = 1
        func endLine() throws(Failure) {
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            stream.append(bos)
            do throws(TokenizerError) {
                try encoder.encode(line.span, into: &stream)
            } catch {
                throw .notText(path: path, line: number, reason: error.description)
            }
            line.removeAll(keepingCapacity: true)
            number += 1
        }
        do {
            let file = try ReadableFile(path)
            var offset = 0
            while stream.count < enough {
                let bytes = try file.bytes(Self.readSize, at: offset)
                if bytes.isEmpty { break }
                offset += bytes.count
                for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
                    if part.offset > 0 { try endLine() }
                    line += part.element
                }
            }
            if !line.isEmpty, stream.count < enough { try endLine() }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .unreadable(String(describing: error))
        }
        if stream.count < T { throw .tooShort(path: path, tokens: stream.count, T: T) }
        self.init(stream: limit == nil ? stream : Array(stream.prefix(enough)), T: T, bos: bos)
    }

    /// [T] the tokens of one context.
    public func context(_ index: Int) -> ArraySlice<Int32> { tokens[index * T..<(index + 1) * T] }

    /// [n, T] the tokens of some contexts, in that order.
    public func batch(_ indices: some Sequence<Int>) -> [Int32] { indices.flatMap { context($0) } }

    /// The contexts of a range.
    public func part(_ range: Range<Int>) -> Contexts {
        Contexts(whole: Array(tokens[range.lowerBound * T..<range.upperBound * T]), T: T)
    }

    private init(whole tokens: [Int32], T: Int) { (self.tokens, self.T) = (tokens, T) }
}
