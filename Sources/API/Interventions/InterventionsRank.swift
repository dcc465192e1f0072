// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `interventions.rank`: names the pairs that a head's part in a task rests on, and proves it by removing them.
public enum InterventionsRank: Method {
    /// What pairs are ranked by.
    public enum Measure: String, Codable, Sendable, Hashable, CaseIterable {
        case drop, effect, contribution
    }

    /// At which sources pairs are measured.
    public enum Source: String, Codable, Sendable, Hashable, CaseIterable {
        case strongest, any, answer, wrong
    }

    /// At which destinations pairs are measured.
    public enum Destination: String, Codable, Sendable, Hashable, CaseIterable {
        case end, all
    }

    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// The map, as in m1.
        public var map: String
        /// The heads; all of the layer's if absent.
        public var heads: [Int]?
        /// Prompts, each with its answer.
        public var prompts: [CausalPrompt]?
        /// A task, as tasks.run takes it.
        public var task: String?
        /// How many prompts of a task at most.
        public var count: Int
        /// What the choice of prompts follows from; files are read from their beginning.
        public var seed: Int
        /// Whether a BOS token is put in front of each prompt.
        public var prepend_bos: Bool
        /// How many pairs of each head.
        public var top: Int
        /// What pairs are ranked by.
        public var by: Measure
        /// At which sources that is measured.
        public var source: Source
        /// At which destinations that is measured.
        public var destination: Destination
        /// The random pairs.
        public var control: ControlParams

        /// All parameters.
        public init(
            model: String? = nil, map: String, heads: [Int]? = nil, prompts: [CausalPrompt]? = nil, task: String? = nil,
            count: Int = 100, seed: Int = 0, prepend_bos: Bool = true, top: Int = 10, by: Measure = .drop,
            source: Source = .any, destination: Destination = .end, control: ControlParams = ControlParams()
        ) {
            self.model = model
            self.map = map
            self.heads = heads
            self.prompts = prompts
            self.task = task
            self.count = count
            self.seed = seed
            self.prepend_bos = prepend_bos
            self.top = top
            self.by = by
            self.source = source
            self.destination = destination
            self.control = control
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// The map.
        public var map: String
        /// Its dictionary.
        public var dictionary: String
        /// The layer, counted from 0.
        public var layer: Int
        /// At which sources pairs were measured.
        public var source: Source
        /// How many prompts were asked.
        public var prompts: Int
        /// How well the model answers them.
        public var answers: AnswerFigures
        /// The heads.
        public var heads: [HeadRanking]

        /// All facts.
        public init(
            model: String, map: String, dictionary: String, layer: Int, source: Source, prompts: Int, answers: AnswerFigures,
            heads: [HeadRanking]
        ) {
            self.model = model
            self.map = map
            self.dictionary = dictionary
            self.layer = layer
            self.source = source
            self.prompts = prompts
            self.answers = answers
            self.heads = heads
        }
    }

    public static let name = "interventions.rank"
    public static let summary = "Names the pairs that a head's part in a task rests on, and proves it by removing them."
    public static let description = """
        Pairs act through the head's pattern at the last token, or at every one: what removing each takes from it \
        follows in closed form. Ranked by drop, the default, four times as many pairs as are asked for, those of the \
        greatest effect, are each removed from the running model, and those that take most from the logit difference are \
        named. They are then removed together, one after the other, beside random pairs of equal strength: each drawn \
        from the eight others of the head that are nearest in strength. A drop is the fall of the mean logit difference. \
        Pairs that were chosen on some prompts are best proved on others, by interventions.run. Costs about 60 passes \
        over the prompts for each head.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .required("map", .name("The map, as in m1.")),
            .optional("heads", Schema.heads),
            .optional("prompts", .array("Prompts, each with its answer.", of: CausalPrompt.schema, count: 1...1024)),
            .optional("task", .string("A task, as tasks.run takes it.", length: 1...4096)),
            .optional("count", .integer("How many prompts of a task at most.", in: 1...1024), default: 100),
            .optional(
                "seed",
                .integer("What the choice of prompts follows from; files are read from their beginning.", in: 0...Int.max),
                default: 0),
            .optional("prepend_bos", .boolean("Whether a BOS token is put in front of each prompt."), default: true),
            .optional("top", .integer("How many pairs of each head.", in: 1...50), default: 10),
            .optional(
                "by",
                .string(
                    "What pairs are ranked by: what removing them takes from the logit difference, for four times as many "
                        + "candidates as are asked for, by their effect; what it takes from the pattern; or what they add to the "
                        + "scores.",
                    oneOf: Measure.allCases.map(\.rawValue)), default: .string(Measure.drop.rawValue)),
            .optional(
                "source",
                .string(

                    "At which sources that is measured: the one attended to most, all together, or where the "
                        + "answer's token or a wrong one stands.",
                    oneOf: Source.allCases.map(\.rawValue)), default: .string(Source.any.rawValue)),
            .optional(
                "destination",
                .string(
                    "At which destinations that is measured: the last token, or every token.",
                    oneOf: Destination.allCases.map(\.rawValue)), default: .string(Destination.end.rawValue)),
            .optional("control", ControlParams.schema, default: ["draws": 10, "seed": 0, "strength": "expected_contribution"]),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("map", .name("The map.")),
            .required("dictionary", .name("Its dictionary.")),
            .required("layer", Schema.layer),
            .required(
                "source", .string("At which sources pairs were measured.", oneOf: Source.allCases.map(\.rawValue))),
            .required("prompts", .count("How many prompts were asked.")),
            .required("answers", AnswerFigures.schema),
            .required("heads", .array("The heads.", of: HeadRanking.schema)),
        ])
    public static let errors: [ErrorKind] = ErrorKind.ofInterventions
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1", "heads": [2], "task": "indirect_object", "top": 10],
        nil
    )
}
