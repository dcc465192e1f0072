// The values that many methods speak of, described once.
extension Schema {
    /// A layer of a model.
    static let layer = integer("The layer, counted from 0.", in: 0...Int.max)
    /// A head of a layer.
    static let head = integer("The head within its layer, counted from 0.", in: 0...Int.max)
    /// Several heads of a layer.
    static let heads = array("The heads; all of the layer's if absent.", of: integer(in: 0...Int.max), count: 1...1024)
    /// A feature of a dictionary's query side.
    static let queryFeature = integer("A feature of the query side.", in: 0...Int.max)
    /// A feature of a dictionary's key side.
    static let keyFeature = integer("A feature of the key side.", in: 0...Int.max)
    /// The tokens that the model read.
    static let tokens = array("The tokens as the model read them, BOS included.", of: integer(in: 0...Int.max))
    /// The texts of the tokens that the model read.
    static let pieces = array("The text of each token.", of: string())

    /// Which field of a `.jsonl` corpus is the text.
    static let textField = string("Which field of a .jsonl file's objects is the text; text if absent.", length: 1...255)

    /// A text that work reads.
    static func corpus(ifAbsent meaning: String) -> Schema {
        string(
            "The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy file of token ids, or "
                + "demo for the embedded model's text; \(meaning) if absent. Users other than the service's own and root may name what lies "
                + "beneath its client roots.")
    }

    /// A name of a record, as in `d1`.
    static func name(_ description: String) -> Schema { string(description, length: 1...longestName) }

    /// A count of anything.
    static func count(_ description: String) -> Schema { integer(description, in: 0...Int.max) }

    /// A share of a whole.
    static func share(_ description: String) -> Schema { number(description, from: 0, to: 1) }

    /// A matrix: one row per destination, one column per source, null where the source comes after the destination.
    static func matrix(_ description: String) -> Schema { array(description, of: array(of: nullable(number()))) }

    /// A place among some tokens.
    static func position(_ description: String) -> Schema { integer(description, in: 0...Int.max) }

    /// When something happened.
    static func time(_ description: String) -> Schema { integer(description, in: 0...Int.max) }

    /// An object whose members are not fixed.
    static func record(_ description: String) -> Schema { map(description, of: any()) }

    /// The longest name of a record, in characters.
    private static let longestName = 64
}
