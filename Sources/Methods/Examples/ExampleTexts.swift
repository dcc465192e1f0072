import API
import Artifacts
import Store

/// The contexts that some examples show, as text.
struct ExampleTexts: Sendable {
    let model: LoadedModel
    /// By the context's number.
    private let contexts: [UInt32: [Int32]]

    /// Reads the contexts.
    init(_ numbers: some Sequence<UInt32>, collection: UInt32, model: LoadedModel, _ reader: borrowing StoreReader) throws {
        self.model = model
        var contexts: [UInt32: [Int32]] = [:]
        for number in numbers where contexts[number] == nil {
            contexts[number] = try reader.exampleContext(collection: collection, context: number)
        }
        self.contexts = contexts
    }

    /// The tokens within `size` of a position.
    func window(_ context: UInt32, about position: UInt16, _ size: Int) -> TokenWindow {
        let tokens = contexts[context] ?? [], at = min(Int(position), tokens.count)
        let range = max(0, at - size)..<min(tokens.count, at + size + 1)
        return TokenWindow(first: range.lowerBound, pieces: tokens[range].map(model.piece))
    }

    /// A place at which a feature is active.
    func example(_ place: StoredFeatureExamples.Place, window size: Int) -> FeatureExample {
        let window = window(place.context, about: place.position, size), at = Int(place.position) - window.first
        return FeatureExample(
            activation: place.activation, token: Int(contexts[place.context]?[Int(place.position)] ?? 0),
            piece: window.pieces[at], context: Int(place.context), position: Int(place.position),
            before: Array(window.pieces[..<at]), after: Array(window.pieces[(at + 1)...]))
    }

    /// The tokens of a table that occur most often, by what is certain of their counts.
    ///
    /// - Parameter whole: What shares are of.
    static func counts(_ tallies: [StoredTally], of whole: Int, _ model: LoadedModel) -> [TokenCount] {
        tallies.map { (token: Int32(truncatingIfNeeded: $0.token), count: $0.count - $0.excess) }.filter { $0.count > 0 }
            .sorted { ($0.count, $1.token) > ($1.count, $0.token) }.prefix(mostTokens)
            .map {
                TokenCount(piece: model.piece($0.token), count: $0.count, share: Float($0.count) / Float(max(whole, 1)))
            }
    }

    /// Evenly spaced ranks of a sorted sample.
    static func ranks(of count: Int, limit: Int) -> [Int] {
        let shown = min(count, limit)
        return (0..<shown).map { (2 * $0 + 1) * count / (2 * shown) }
    }

    /// Tokens listed of each table.
    private static let mostTokens = 8
}
