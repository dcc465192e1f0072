// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `attention.explain`: splits attention scores into feature pairs, bias and error parts that sum to them.
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
        /// The head within its layer, counted from 0; all of the layer's if absent.
        public var head: Int?
        /// The position that looks; negative ones count from the end.
        public var destination: Int
        /// The position that is looked at; negative ones count from the end; the strongest of each head if absent.
        public var source: Int?
        /// How many pairs and features at most.
        public var top_k: Int

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, map: String? = nil,
            dictionary: String? = nil, layer: Int? = nil, head: Int? = nil, destination: Int = -1, source: Int? = nil,
            top_k: Int = 10
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
        /// The dictionary whose features explain.
        public var dictionary: String
        /// The map, if one was named.
        public var map: String?
        /// The layer, counted from 0.
        public var layer: Int
        /// The position that looks.
        public var destination: Int
        /// The text of the token that looks.
        public var destination_piece: String
        /// One head's look, or one for each head of the layer.
        public var heads: [HeadExplanation]

        /// All facts.
        public init(
            tokens: [Int], pieces: [String], model: String, dictionary: String, map: String? = nil, layer: Int, destination: Int,
            destination_piece: String, heads: [HeadExplanation]
        ) {
            self.tokens = tokens
            self.pieces = pieces
            self.model = model
            self.dictionary = dictionary
            self.map = map
            self.layer = layer
            self.destination = destination
            self.destination_piece = destination_piece
            self.heads = heads
        }
    }

    public static let name = "attention.explain"
    public static let summary = "Splits attention scores into feature pairs, bias and error parts that sum to them."
    public static let description = """
        The parts are exact: what the dictionaries do not reproduce is a part of its own, and identity_residual says \
        how far the sum is from the model's score. Without a head, every head of the layer is explained; without a source, the \
        strongest one of the destination is taken, for each head its own. Parts that are the same for every source are marked: the \
        softmax does not see them. The activations of prompts asked about last stay in memory, so a second question about one \
        costs no forward pass.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .optional("map", .name("A map, which brings its dictionary; one of map and dictionary is given.")),
            .optional("dictionary", .name("A dictionary, as in d1, without a map.")),
            .optional("layer", Schema.layer),
            .optional("head", .integer("The head within its layer, counted from 0; all of the layer's if absent.", in: 0...1023)),
            .optional("destination", .integer("The position that looks; negative ones count from the end."), default: -1),
            .optional(
                "source",
                .integer(
                    "The position that is looked at; negative ones count from the end; the strongest of each head if absent.")),
            .optional("top_k", .integer("How many pairs and features at most.", in: 1...1000), default: 10),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("model", .name("The model's name.")),
            .required("dictionary", .name("The dictionary whose features explain.")),
            .optional("map", .name("The map, if one was named.")),
            .required("layer", Schema.layer),
            .required("destination", .position("The position that looks.")),
            .required("destination_piece", .string("The text of the token that looks.")),
            .required("heads", .array("One head's look, or one for each head of the layer.", of: HeadExplanation.schema)),
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
