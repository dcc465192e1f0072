// How a text becomes training contexts:
//
// 1. Each document's tokens follow a BOS.
// 2. The documents' tokens, one stream, are cut into contexts of T; what is left over at the end is dropped.
// 3. Position 0 of every context is overwritten by BOS, as every context begins with one when the model is used.

/// Cuts a stream of tokens, as it comes, into contexts.
struct ContextCutter {
    /// The length of a context.
    let T: Int
    /// What every context begins with.
    let bos: Int32
    /// The tokens that are not yet cut, to be appended to.
    var stream: [Int32] = []
    private let enough: Int
    /// The contexts made so far.
    private(set) var count = 0

    /// Tokens that may gather before they are cut: a megabyte of them.
    private static let gathered = 1 << 18

    /// A cutter that makes at most `limit` contexts.
    init(T: Int, bos: Int32, limit: Int? = nil) {
        precondition(T > 0, "contexts of \(T) tokens")
        (self.T, self.bos) = (T, bos)
        enough = limit ?? .max
    }

    /// The tokens that came so far.
    var tokens: Int { count * T + stream.count }

    /// Whether there are as many contexts as were asked for, or the tokens for them.
    var isFull: Bool { stream.count / T >= enough - count }

    /// Cuts what has come if it is worth it.
    mutating func cutIfDue(into sink: (Span<Int32>) throws -> Void) rethrows {
        if stream.count >= max(Self.gathered, T) { try cut(into: sink) }
    }

    /// Cuts all that has come into whole contexts.
    mutating func cut(into sink: (Span<Int32>) throws -> Void) rethrows {
        let n = min(stream.count / T, enough - count)
        if n == 0 { return }
        for start in stride(from: 0, to: n * T, by: T) { stream[start] = bos }
        try sink(stream.span.extracting(0..<n * T))
        stream.removeFirst(n * T)
        count += n
    }
}
