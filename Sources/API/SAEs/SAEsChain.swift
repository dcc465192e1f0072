// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `saes.chain`: from query-key pairs to what the attended position contributes through features, and back.
public enum SAEsChain: Method {
    /// How much of the attention a pair is responsible for.
    public enum Share: String, Codable, Sendable, Hashable, CaseIterable {
        /// What it adds to the score, over the sum of all parts' magnitudes.
        case score
        /// What it moves the pattern by.
        case pattern
    }

    /// What is asked.
    public struct Params: PromptParams, Hashable {
        /// A resident model's name; the autoencoder's own if absent.
        public var model: String?
        /// The text; exactly one of `text` and `tokens` is given.
        public var text: String?
        /// The tokens themselves.
        public var tokens: [Int]?
        /// Whether a BOS token is put in front; it stands at position 0.
        public var prepend_bos: Bool
        /// An autoencoder of z.
        public var sae: String
        /// A map of the same layer.
        public var map: String
        /// Where the heads look from; negative ones count from the end.
        public var destination: Int
        /// The head; all of the layer if absent.
        public var head: Int?
        /// Where it looks; where each head looks most if absent.
        public var source: Int?
        /// A feature of the autoencoder, to be told the looks that make it, and the pairs that make those.
        public var feature: Int?
        /// How shares are told.
        public var share: Share
        /// How many looks, pairs and features at most.
        public var top_k: Int

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, sae: String, map: String,
            destination: Int = -1, head: Int? = nil, source: Int? = nil, feature: Int? = nil, share: Share = .pattern,
            top_k: Int = 5
        ) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.sae = sae
            self.map = map
            self.destination = destination
            self.head = head
            self.source = source
            self.feature = feature
            self.share = share
            self.top_k = top_k
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The tokens as the model read them, BOS included.
        public var tokens: [Int]
        /// The text of each token.
        public var pieces: [String]
        /// The model's name.
        public var model: String
        /// The autoencoder.
        public var sae: String
        /// The map.
        public var map: String
        /// The layer, counted from 0.
        public var layer: Int
        /// Where the heads look from.
        public var destination: Int
        /// The text of that token.
        public var destination_piece: String
        /// How shares are told.
        public var share: Share
        /// The looks; of a feature those that give most to it first.
        public var looks: [ChainLook]

        /// All facts.
        public init(
            tokens: [Int], pieces: [String], model: String, sae: String, map: String, layer: Int, destination: Int,
            destination_piece: String, share: Share, looks: [ChainLook]
        ) {
            self.tokens = tokens
            self.pieces = pieces
            self.model = model
            self.sae = sae
            self.map = map
            self.layer = layer
            self.destination = destination
            self.destination_piece = destination_piece
            self.share = share
            self.looks = looks
        }
    }

    public static let name = "saes.chain"
    public static let summary = "From query-key pairs to what the attended position contributes through features, and back."
    public static let description = """
        Why a head looked, and what it carried, in one: a look gives a feature of the attention's output A v·W_enc (carried), and A is shared \
        among the parts of the look's score, so each surviving pair carries its share of that. Without a feature each head's look is told \
        with the features that it gives most to; with one, the looks that give most to it. Shares by pattern: what a part moves the \
        attention A_s to the source by along softmax(t·scores), ∫₀¹ A_s(t) (c_s − Σ_j A_j(t) c_j) dt with c_j what it adds to the score of \
        source j, over A_s. It is negative for what speaks against the look, and nothing for what is the same at every source; with uniform, \
        1/n of n sources over A_s, the shares of the surviving pairs, of those that the mask has cut, of parts with a bias or an error and of \
        pairs that act at other sources only sum to 1, and what the pairs that are told carry and the rest to carried; share_residual is \
        how far the softmax of the parts' sums is from the model's own pattern. Shares by score: c over Σ|c|, what a part adds over the sum \
        of all parts' magnitudes, by magnitude as attention.explain tells them, negative for what speaks against the look; they say what \
        the score is made of, not the attention, and sum to the score over Σ|c|: share_residual is how far the parts are from the model's \
        own score. Texts of more than 256 tokens are too long, and looks of more than a million active pairs too many.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .required("sae", .name("An autoencoder of z, as in s1.")),
            .required("map", .name("A map of the same layer, as in m1.")),
            .optional(
                "destination", .integer("Where the heads look from; negative ones count from the end."), default: -1),
            .optional("head", .integer("The head; all of the layer if absent.", in: 0...Int.max)),
            .optional(
                "source",
                .integer("Where it looks; if absent where each head looks most, and with a feature at all sources.")),
            .optional(
                "feature",
                .integer(
                    "A feature of the autoencoder, to be told the looks that make it, and the pairs that make those.",
                    in: 0...Int.max)),
            .optional(
                "share",
                .string(
                    "How shares are told: by what moves the pattern, or by the score's parts.",
                    oneOf: Share.allCases.map(\.rawValue)),
                default: .string(Share.pattern.rawValue)),
            .optional("top_k", .integer("How many looks, pairs and features at most.", in: 1...100), default: 5),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("model", .name("The model's name.")),
            .required("sae", .name("The autoencoder.")),
            .required("map", .name("The map.")),
            .required("layer", Schema.layer),
            .required("destination", .position("Where the heads look from.")),
            .required("destination_piece", .string("The text of that token.")),
            .required("share", .string("How shares are told.", oneOf: Share.allCases.map(\.rawValue))),
            .required("looks", .array("The looks; of a feature those that give most to it first.", of: ChainLook.schema)),
        ])
    public static let errors: [ErrorKind] =
        ErrorKind.ofPrompts + [
            .saeNotFound, .dictionaryModelMismatch, .saeUnsuited, .mapNotFound, .dictionaryNotFound, .headOutOfRange,
            .featureOutOfRange, .positionOutOfRange,
        ]
    public static let example: (params: JSON, result: JSON?) = (
        ["text": "When John and Mary went to the store, John gave a drink to", "sae": "s1", "map": "m1", "head": 3], nil
    )
}
