// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `attention.pattern`: returns the attention patterns and scores of one layer.
public enum AttentionPattern: Method {
    /// What is asked.
    public struct Params: PromptParams, TensorParams, Hashable {
        /// A resident model's name; the embedded model, or that of the dictionary or map, if absent.
        public var model: String?
        /// The text; exactly one of `text` and `tokens` is given.
        public var text: String?
        /// The tokens themselves.
        public var tokens: [Int]?
        /// Whether a BOS token is put in front; it stands at position 0.
        public var prepend_bos: Bool
        /// The layer, counted from 0.
        public var layer: Int
        /// The heads; all of the layer's if absent.
        public var heads: [Int]?
        /// How the arrays reach the caller.
        public var tensors: TensorDelivery
        /// The file that is to hold them.
        public var path: String?
        /// How they are laid out.
        public var format: TensorFormat?

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, layer: Int,
            heads: [Int]? = nil, tensors: TensorDelivery = .json, path: String? = nil, format: TensorFormat? = nil
        ) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.layer = layer
            self.heads = heads
            self.tensors = tensors
            self.path = path
            self.format = format
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The tokens as the model read them, BOS included.
        public var tokens: [Int]
        /// The text of each token.
        public var pieces: [String]
        /// The layer, counted from 0.
        public var layer: Int
        /// The heads, in the order asked for.
        public var heads: [HeadPattern]
        /// Where the arrays are; absent if they are here.
        public var tensors: TensorFile?

        /// All facts.
        public init(tokens: [Int], pieces: [String], layer: Int, heads: [HeadPattern], tensors: TensorFile? = nil) {
            self.tokens = tokens
            self.pieces = pieces
            self.layer = layer
            self.heads = heads
            self.tensors = tensors
        }
    }

    /// Where one head looks.
    public struct HeadPattern: Codable, Sendable, Hashable {
        /// The head within its layer, counted from 0.
        public var head: Int
        /// The shares of its attention, a row per destination; each row sums to one; absent if it is elsewhere.
        public var pattern: [[Float?]]?
        /// Its scores before the softmax, divided by √d_head; absent if they are elsewhere.
        public var attn_scores: [[Float?]]?

        /// All facts.
        public init(head: Int, pattern: [[Float?]]? = nil, attn_scores: [[Float?]]? = nil) {
            self.head = head
            self.pattern = pattern
            self.attn_scores = attn_scores
        }
    }

    public static let name = "attention.pattern"
    public static let summary = "Returns the attention patterns and scores of one layer."
    public static let description = """
        One forward pass, up to the layer. In a file or in memory there are two arrays, blocks.N.attn.hook_pattern and \
        blocks.N.attn.hook_attn_scores, each heads × destinations × sources, the heads in the order asked for; masked entries are 0 in \
        the pattern and −∞ in the scores. At most 4,194,304 numbers are returned as lists, 1 GiB otherwise.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .required("layer", Schema.layer),
            .optional("heads", Schema.heads),
        ] + Schema.tensorDelivery)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("layer", Schema.layer),
            .required("heads", .array("The heads, in the order asked for.", of: HeadPattern.schema)),
            .optional("tensors", TensorFile.schema),
        ])
    public static let errors: [ErrorKind] = ErrorKind.ofPrompts + [.layerOutOfRange, .headOutOfRange] + ErrorKind.ofTensors
    public static let example: (params: JSON, result: JSON?) = (
        ["text": "When John", "layer": 0, "heads": [2]],
        [
            "tokens": [0, 811, 536], "pieces": ["<|endoftext|>", "When", " John"], "layer": 0,
            "heads": [
                [
                    "head": 2, "pattern": [[1, nil, nil], [0.41512734, 0.5848727, nil], [0.17918105, 0.79365987, 0.02715901]],
                    "attn_scores": [[1.2708982, nil, nil], [2.1357518, 2.478561, nil], [-0.44842842, 1.0398297, -2.335117]],
                ]
            ],
        ]
    )
}

extension AttentionPattern.HeadPattern {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "Where one head looks.",
        [
            .required("head", Schema.head),
            .optional(
                "pattern",
                .matrix("The shares of its attention, a row per destination; each row sums to one; absent if it is elsewhere.")),
            .optional(
                "attn_scores", .matrix("Its scores before the softmax, divided by √d_head; absent if they are elsewhere.")),
        ])
}
