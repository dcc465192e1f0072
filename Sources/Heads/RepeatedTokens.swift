public import Tensors

/// Texts in which random tokens stand twice: what shows an induction head for what it is.
public enum RepeatedTokens {
    /// Contexts of the form BOS, n different random tokens, the same n again.
    ///
    /// - Parameters:
    ///   - count: How many contexts.
    ///   - T: Their length at most; n is half of what BOS leaves, and no more than the vocabulary has.
    ///   - d_vocab: The vocabulary; BOS is not drawn.
    ///   - bos: What stands at position 0; nil for nothing.
    ///   - generator: The dice.
    /// - Returns: `count` contexts of one length, each at least two tokens beside BOS.
    /// - Precondition: room for one token twice, and a token to draw.
    public static func contexts(
        _ count: Int, T: Int, d_vocab: Int, bos: Int32?, _ generator: inout RandomGenerator
    ) -> [[Int32]] {
        let room = T - (bos == nil ? 0 : 1), choices = d_vocab - (bos == nil ? 0 : 1)
        precondition(room >= 2 && choices >= 1, "no token fits twice into \(T) positions, or none is left of \(d_vocab)")
        let n = min(room / 2, choices)
        return (0..<count).map { _ in
            var drawn: [Int32] = [], seen: Set<Int32> = []
            while drawn.count < n {
                let token = Int32(generator.next() % UInt64(d_vocab))
                if token != bos, seen.insert(token).inserted { drawn.append(token) }
            }
            return (bos.map { [$0] } ?? []) + drawn + drawn
        }
    }
}
