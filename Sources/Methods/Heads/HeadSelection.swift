import API
import Artifacts
import Checkpoints
import GPT2
import Heads
import JSON

/// Which layers' heads write and which read, for questions about pairs of heads.
struct LayerPairs: Sendable {
    /// Layers of writers and of readers, ascending.
    let from: [Int], to: [Int]

    /// The layers asked for, or all.
    ///
    /// - Throws: `layer_out_of_range`.
    init(_ from: [Int]?, _ to: [Int]?, _ model: LoadedModel) throws {
        let all = Array(0..<model.gpt2.configuration.n_layers)
        for layer in (from ?? []) + (to ?? []) { try model.check(layer: layer) }
        self.from = from.map { Set($0).sorted() } ?? all
        self.to = to.map { Set($0).sorted() } ?? all
    }

    /// The writers' layers before a reader's.
    func from(before layer: Int) -> [Int] { from.filter { $0 < layer } }
}

/// One page of the greatest of many elements, of which only those up to the page's end are kept.
struct RankedPage<Element> {
    private let start: Int, limit: Int
    private var greatest: Greatest<Element>
    /// How many elements came by.
    private(set) var total = 0

    /// A page that begins where a cursor says.
    ///
    /// - Throws: `cursor_invalid`.
    init(cursor: String?, limit: Int, by outranks: @escaping (Element, Element) -> Bool) throws(APIError) {
        start = try OffsetCursor.start(cursor)
        self.limit = limit
        greatest = Greatest(start + limit, by: outranks)
    }

    /// Takes an element in.
    mutating func add(_ element: Element) {
        total += 1
        greatest.add(element)
    }

    /// The page.
    var elements: [Element] { Array(greatest.elements.dropFirst(start)) }

    /// Where the next one starts; nil for the last.
    var next: String? { total > start + limit ? String(start + limit) : nil }
}

extension CompositionKind {
    /// The kind that the wire names.
    init(_ input: HeadInput) {
        switch input {
        case .q: self = .q
        case .k: self = .k
        case .v: self = .v
        }
    }
}

extension HeadMaps {
    /// A layer as a reader.
    func reader(_ kind: CompositionKind) -> DirectionReader { DirectionReader(self, HeadGrams(self), kind) }

    /// A layer as a writer.
    var writer: LayerWriter { LayerWriter(self, HeadGrams(self)) }
}

extension OVDecompositions {
    /// A layer's, or why it has none in the wire's terms.
    ///
    /// - Throws: `model_unsupported`.
    static func of(_ model: GPT2Model, layer: Int) throws -> OVDecompositions {
        let maps = try HeadMaps(model, layer: layer)
        do throws(OVDecompositionError) {
            return try OVDecompositions(maps, layer: layer)
        } catch {
            throw APIError(
                .modelUnsupported, error.description,
                facts: ["layer": .integer(error.place.layer), "head": .integer(error.place.head)])
        }
    }
}
