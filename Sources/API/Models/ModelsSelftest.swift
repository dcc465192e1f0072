// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `models.selftest`: compares what a model computes here with what is known of it.
public enum ModelsSelftest: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// The absolute path of a safetensors file with known numbers; those that come with the service if absent.
        public var goldens: String?
        /// The prompts that known traces are of, as tasks.run takes a task; those that came with the numbers if absent.
        public var task: String?

        /// All parameters.
        public init(model: String? = nil, goldens: String? = nil, task: String? = nil) {
            self.model = model
            self.goldens = goldens
            self.task = task
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// The model that the numbers are of; absent if none are known of a model of this shape.
        public var known_as: String?
        /// Where they come from.
        public var source: String?
        /// What it comes to.
        public var verdict: SelfTestVerdict
        /// Why it is another model.
        public var reason: String?
        /// What was compared.
        public var checks: [SelfTestCheck]
        /// What is known and not compared, and why.
        public var left_out: [String]

        /// All facts.
        public init(
            model: String, known_as: String? = nil, source: String? = nil, verdict: SelfTestVerdict, reason: String? = nil,
            checks: [SelfTestCheck], left_out: [String]
        ) {
            self.model = model
            self.known_as = known_as
            self.source = source
            self.verdict = verdict
            self.reason = reason
            self.checks = checks
            self.left_out = left_out
        }
    }

    public static let name = "models.selftest"
    public static let summary = "Compares what a model computes here with what others have published of it."
    public static let description = """
        For GPT-2 small with published numbers: singular values of every head's W_Q·W_Kᵀ, scores and patterns of every \
        head on five prompts with the last logits, looks at an IOI prompt, and the logit differences and traces of 256 IOI \
        prompts, which are published without the prompts: task names a .jsonl file of them. For the embedded model with numbers \
        that transformers and numpy computed, the prompts included. Another model is told from a model that is computed wrongly: by its shape, then \
        by its singular values. goldens names a file of one's own with numbers of another model.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .optional(
                "goldens",
                .string(
                    "The absolute path of a safetensors file with known numbers; those that come with the service if absent.",
                    length: 1...4096)),
            .optional(
                "task",
                .string(
                    "The prompts that known traces are of, as tasks.run takes a task, in their order; those that came with the numbers if absent.",
                    length: 1...4096)),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .optional(
                "known_as", .string("The model that the numbers are of; absent if none are known of a model of this shape.")),
            .optional("source", .string("Where they come from.")),
            .required("verdict", SelfTestVerdict.schema),
            .optional("reason", .string("Why it is another model.")),
            .required("checks", .array("What was compared.", of: SelfTestCheck.schema)),
            .required("left_out", .array("What is known and not compared, and why.", of: .string())),
        ])
    public static let errors: [ErrorKind] = [
        .modelNotFound, .fileNotFound, .pathRefused, .modelUnsupported, .textUnreadable, .textTooLong, .taskNotFound,
        .taskUnsuited,
        .cancelled,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        [:],
        [
            "model": "demo-4l", "known_as": "demo-4l", "source": "computed by transformers", "verdict": "passed",
            "checks": [
                [
                    "check": "singular_values", "compares": "singular values", "is_passed": true, "numbers": 512, "wrong": 0,
                    "worst_deviation": 0.0000002, "tolerance": 0.0005, "place": "head 1.0, value 3",
                ]
            ], "left_out": [],
        ]
    )
}

/// What a self-test comes to.
public enum SelfTestVerdict: String, Codable, Sendable, CaseIterable {
    /// Every number is right.
    case passed
    /// The model is the known one, and numbers are wrong.
    case failed
    /// Nothing is known of this model.
    case other_model
}

extension SelfTestVerdict {
    /// What it is on the wire.
    static let schema = Schema.string(
        "What it comes to: every number is right, some are wrong, or it is another model than any that is known.",
        oneOf: allCases.map(\.rawValue))
}
