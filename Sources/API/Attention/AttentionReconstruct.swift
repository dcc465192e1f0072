// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `attention.reconstruct`: replaces a layer's patterns by their reconstructions and says what that costs.
public enum AttentionReconstruct: Method {
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
        /// A map, which brings its dictionary; one of `map` and `dictionary` is given.
        public var map: String?
        /// A dictionary, as in `d1`, without a map.
        public var dictionary: String?
        /// The heads; all of the layer's if absent.
        public var heads: [Int]?
        /// Whether the patterns themselves come back.
        public var include_patterns: Bool
        /// How the arrays reach the caller.
        public var tensors: TensorDelivery
        /// The file that is to hold them.
        public var path: String?
        /// How they are laid out.
        public var format: TensorFormat?

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, map: String? = nil,
            dictionary: String? = nil, heads: [Int]? = nil, include_patterns: Bool = false,
            tensors: TensorDelivery = .json, path: String? = nil, format: TensorFormat? = nil
        ) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.map = map
            self.dictionary = dictionary
            self.heads = heads
            self.include_patterns = include_patterns
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
        /// The model's name.
        public var model: String
        /// The layer, counted from 0.
        public var layer: Int
        /// The dictionary.
        public var dictionary: String
        /// The map, if one was named.
        public var map: String?
        /// The model's own mean loss per token, in nats; absent for a text of one token.
        public var CE: Float?
        /// The loss with the heads' patterns zeroed, in nats; absent for a text of one token.
        public var CE_zero: Float?
        /// The stages.
        public var stages: [ReconstructionStage]
        /// The mean number of active query features per token.
        public var L0_query: Float
        /// The mean number of active key features per token.
        public var L0_key: Float
        /// The patterns, where asked for.
        public var patterns: [HeadPatterns]?
        /// Where the arrays are; absent if there are none or they are here.
        public var tensors: TensorFile?

        /// All facts.
        public init(
            tokens: [Int], pieces: [String], model: String, layer: Int, dictionary: String, map: String? = nil, CE: Float? = nil,
            CE_zero: Float? = nil, stages: [ReconstructionStage], L0_query: Float, L0_key: Float, patterns: [HeadPatterns]? = nil,
            tensors: TensorFile? = nil
        ) {
            self.tokens = tokens
            self.pieces = pieces
            self.model = model
            self.layer = layer
            self.dictionary = dictionary
            self.map = map
            self.CE = CE
            self.CE_zero = CE_zero
            self.stages = stages
            self.L0_query = L0_query
            self.L0_key = L0_key
            self.patterns = patterns
            self.tensors = tensors
        }
    }

    /// One head's pattern beside its reconstructions.
    public struct HeadPatterns: Codable, Sendable, Hashable {
        /// The head within its layer, counted from 0.
        public var head: Int
        /// The model's own pattern.
        public var `true`: [[Float?]]
        /// From the dictionaries alone.
        public var transcoders: [[Float?]]
        /// From all feature pairs.
        public var map: [[Float?]]?
        /// From the pairs that the mask has left.
        public var masked_map: [[Float?]]?

        /// All facts.
        public init(head: Int, `true`: [[Float?]], transcoders: [[Float?]], map: [[Float?]]? = nil, masked_map: [[Float?]]? = nil)
        {
            self.head = head
            self.true = `true`
            self.transcoders = transcoders
            self.map = map
            self.masked_map = masked_map
        }
    }

    public static let name = "attention.reconstruct"
    public static let summary = "Replaces a layer's patterns by their reconstructions and says what that costs."
    public static let description = """
        The patterns of the chosen heads are replaced, those of the others stay the model's own. Three stages at most: \
        from the dictionaries alone, from all feature pairs, from the pairs that the mask has left; without a map only \
        the first. In a file or in memory the patterns are arrays true, transcoders, map and masked_map, each heads × destinations × \
        sources, the heads in the order asked for; asking for them so is asking for the patterns.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .optional("map", .name("A map, which brings its dictionary; one of map and dictionary is given.")),
            .optional("dictionary", .name("A dictionary, as in d1, without a map.")),
            .optional("heads", Schema.heads),
            .optional("include_patterns", .boolean("Whether the patterns themselves come back."), default: false),
        ] + Schema.tensorDelivery)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("model", .name("The model's name.")),
            .required("layer", Schema.layer),
            .required("dictionary", .name("The dictionary.")),
            .optional("map", .name("The map, if one was named.")),
            .optional("CE", .number("The model's own mean loss per token, in nats; absent for a text of one token.")),
            .optional("CE_zero", .number("The loss with the heads' patterns zeroed, in nats; absent for a text of one token.")),
            .required("stages", .array("The stages.", of: ReconstructionStage.schema)),
            .required("L0_query", .number("The mean number of active query features per token.", from: 0)),
            .required("L0_key", .number("The mean number of active key features per token.", from: 0)),
            .optional("patterns", .array("The patterns, where asked for.", of: HeadPatterns.schema)),
            .optional("tensors", TensorFile.schema),
        ])
    public static let errors: [ErrorKind] =
        ErrorKind.ofPrompts + [.mapNotFound, .dictionaryNotFound, .dictionaryModelMismatch, .headOutOfRange] + ErrorKind.ofTensors
    public static let example: (params: JSON, result: JSON?) = (
        ["text": "When John", "map": "m1", "heads": [2]],
        nil
    )
}

extension AttentionReconstruct.HeadPatterns {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One head's pattern beside its reconstructions.",
        [
            .required("head", Schema.head),
            .required("true", .matrix("The model's own pattern.")),
            .required("transcoders", .matrix("From the dictionaries alone.")),
            .optional("map", .matrix("From all feature pairs.")),
            .optional("masked_map", .matrix("From the pairs that the mask has left.")),
        ])
}
