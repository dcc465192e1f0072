// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `tokens.predict`: gives the most probable next tokens at one position of a text.
public enum TokensPredict: Method {
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
        /// How many predictions.
        public var top_k: Int
        /// After which position; negative ones count from the end.
        public var position: Int

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, top_k: Int = 10,
            position: Int = -1
        ) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.top_k = top_k
            self.position = position
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The tokens as the model read them, BOS included.
        public var tokens: [Int]
        /// The text of each token.
        public var pieces: [String]
        /// The position, counted from the start.
        public var position: Int
        /// The predictions, most probable first.
        public var predictions: [Prediction]

        /// All facts.
        public init(tokens: [Int], pieces: [String], position: Int, predictions: [Prediction]) {
            self.tokens = tokens
            self.pieces = pieces
            self.position = position
            self.predictions = predictions
        }
    }

    /// One token that may come next.
    public struct Prediction: Codable, Sendable, Hashable {
        /// The token.
        public var token: Int
        /// Its text.
        public var piece: String
        /// Its logit.
        public var logit: Float
        /// Its probability.
        public var probability: Float

        /// All facts.
        public init(token: Int, piece: String, logit: Float, probability: Float) {
            self.token = token
            self.piece = piece
            self.logit = logit
            self.probability = probability
        }
    }

    public static let name = "tokens.predict"
    public static let summary = "Gives the most probable next tokens at one position of a text."
    public static let description = """
        One forward pass.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .optional("top_k", .integer("How many predictions.", in: 1...1000), default: 10),
            .optional("position", .integer("After which position; negative ones count from the end."), default: -1),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("position", .position("The position, counted from the start.")),
            .required("predictions", .array("The predictions, most probable first.", of: Prediction.schema)),
        ])
    public static let errors: [ErrorKind] = ErrorKind.ofPrompts + [.positionOutOfRange]
    public static let example: (params: JSON, result: JSON?) = (
        ["text": "When John", "top_k": 2],
        [
            "tokens": [0, 811, 536], "pieces": ["<|endoftext|>", "When", " John"], "position": 2,
            "predictions": [
                ["token": 267, "piece": " and", "logit": 15.583006, "probability": 0.786119],
                ["token": 12, "piece": ",", "logit": 14.2748795, "probability": 0.21250844],
            ],
        ]
    )
}

extension TokensPredict.Prediction {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One token that may come next.",
        [
            .required("token", .integer("The token.", in: 0...Int.max)),
            .required("piece", .string("Its text.")),
            .required("logit", .number("Its logit.")),
            .required("probability", .share("Its probability.")),
        ])
}
