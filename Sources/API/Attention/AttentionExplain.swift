// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `attention.explain`: splits one attention score into feature pairs, bias and error parts that sum to it.
public enum AttentionExplain: Method {
    /// What is asked.
    public struct Params: PromptParams, Hashable {
        /// A resident model's name; the embedded model, or that of the dictionary or map, if absent.
        public var model: String?
        /// The text; exactly one of `text` and `tokens` is given.
        public var text: String?
        /// The tokens themselves.
        public var tokens: [Int]?
        /// Whether a BOS token is put in front; it stands at position 0.
        public var prepend_bos: Bool
        /// A map, which brings its dictionary; one of `map` and `dictionary` is given.
        public var map: String?
        /// A dictionary, as in `d1`, without a map.
        public var dictionary: String?
        /// The layer; that of the dictionary, against which it is checked.
        public var layer: Int?
        /// The head within its layer, counted from 0.
        public var head: Int
        /// The position that looks; negative ones count from the end.
        public var destination: Int
        /// The position that is looked at; negative ones count from the end; the strongest if absent.
        public var source: Int?
        /// How many pairs and features at most.
        public var top_k: Int

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, map: String? = nil,
            dictionary: String? = nil, layer: Int? = nil, head: Int, destination: Int = -1, source: Int? = nil, top_k: Int = 10
        ) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.map = map
            self.dictionary = dictionary
            self.layer = layer
            self.head = head
            self.destination = destination
            self.source = source
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
        /// The layer, counted from 0.
        public var layer: Int
        /// The head within its layer, counted from 0.
        public var head: Int
        /// The position that looks.
        public var destination: Int
        /// The position that is looked at.
        public var source: Int
        /// The text of the token that looks.
        public var destination_piece: String
        /// The text of the token that is looked at.
        public var source_piece: String
        /// The model's own score, divided by √d_head.
        public var attn_score: Float
        /// The model's own pattern.
        public var pattern: Float
        /// The pattern from the pairs that the mask has left; absent without a map.
        public var pattern_masked_map: Float?
        /// The strongest pairs by the magnitude of their contribution.
        public var pairs: [PairPart]
        /// The nine parts.
        public var parts: [ScorePart]
        /// How many pairs are active.
        public var feature_pairs: Int
        /// What they add to the score.
        public var feature_pairs_sum: Float
        /// How many of them the mask has left; absent without a map.
        public var surviving_pairs: Int?
        /// What those add to the score; absent without a map.
        public var surviving_pairs_sum: Float?
        /// The strongest features at the destination.
        public var query_features: [FeatureMarginal]
        /// The strongest features at the source.
        public var key_features: [FeatureMarginal]
        /// The error parts' share of the sum of all parts' magnitudes.
        public var error_share: Float
        /// The sum of all parts minus the model's score.
        public var identity_residual: Float

        /// All facts.
        public init(
            tokens: [Int], pieces: [String], model: String, layer: Int, head: Int, destination: Int, source: Int,
            destination_piece: String, source_piece: String, attn_score: Float, pattern: Float, pattern_masked_map: Float? = nil,
            pairs: [PairPart], parts: [ScorePart], feature_pairs: Int, feature_pairs_sum: Float, surviving_pairs: Int? = nil,
            surviving_pairs_sum: Float? = nil, query_features: [FeatureMarginal], key_features: [FeatureMarginal],
            error_share: Float, identity_residual: Float
        ) {
            self.tokens = tokens
            self.pieces = pieces
            self.model = model
            self.layer = layer
            self.head = head
            self.destination = destination
            self.source = source
            self.destination_piece = destination_piece
            self.source_piece = source_piece
            self.attn_score = attn_score
            self.pattern = pattern
            self.pattern_masked_map = pattern_masked_map
            self.pairs = pairs
            self.parts = parts
            self.feature_pairs = feature_pairs
            self.feature_pairs_sum = feature_pairs_sum
            self.surviving_pairs = surviving_pairs
            self.surviving_pairs_sum = surviving_pairs_sum
            self.query_features = query_features
            self.key_features = key_features
            self.error_share = error_share
            self.identity_residual = identity_residual
        }
    }

    public static let name = "attention.explain"
    public static let summary = "Splits one attention score into feature pairs, bias and error parts that sum to it."
    public static let description = """
        The parts are exact: what the dictionaries do not reproduce is a part of its own, and identity_residual says \
        how far the sum is from the model's score. Without a source, the strongest one of the destination is taken.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .optional("map", .name("A map, which brings its dictionary; one of map and dictionary is given.")),
            .optional("dictionary", .name("A dictionary, as in d1, without a map.")),
            .optional("layer", Schema.layer),
            .required("head", Schema.head),
            .optional("destination", .integer("The position that looks; negative ones count from the end."), default: -1),
            .optional(
                "source", .integer("The position that is looked at; negative ones count from the end; the strongest if absent.")),
            .optional("top_k", .integer("How many pairs and features at most.", in: 1...1000), default: 10),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("model", .name("The model's name.")),
            .required("layer", Schema.layer),
            .required("head", Schema.head),
            .required("destination", .position("The position that looks.")),
            .required("source", .position("The position that is looked at.")),
            .required("destination_piece", .string("The text of the token that looks.")),
            .required("source_piece", .string("The text of the token that is looked at.")),
            .required("attn_score", .number("The model's own score, divided by √d_head.")),
            .required("pattern", .share("The model's own pattern.")),
            .optional("pattern_masked_map", .share("The pattern from the pairs that the mask has left; absent without a map.")),
            .required("pairs", .array("The strongest pairs by the magnitude of their contribution.", of: PairPart.schema)),
            .required("parts", .array("The nine parts.", of: ScorePart.schema)),
            .required("feature_pairs", .count("How many pairs are active.")),
            .required("feature_pairs_sum", .number("What they add to the score.")),
            .optional("surviving_pairs", .count("How many of them the mask has left; absent without a map.")),
            .optional("surviving_pairs_sum", .number("What those add to the score; absent without a map.")),
            .required("query_features", .array("The strongest features at the destination.", of: FeatureMarginal.schema)),
            .required("key_features", .array("The strongest features at the source.", of: FeatureMarginal.schema)),
            .required("error_share", .share("The error parts' share of the sum of all parts' magnitudes.")),
            .required("identity_residual", .number("The sum of all parts minus the model's score.")),
        ])
    public static let errors: [ErrorKind] =
        ErrorKind.ofPrompts + [
            .mapNotFound, .dictionaryNotFound, .dictionaryModelMismatch, .layerOutOfRange, .headOutOfRange, .positionOutOfRange,
        ]
    public static let example: (params: JSON, result: JSON?) = (
        ["text": "When John and Mary went to the store, John gave a drink to", "map": "m1", "head": 2, "source": 10, "top_k": 5],
        nil
    )
}
