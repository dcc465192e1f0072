import JSON

/// The traces of a task's prompts, as they are kept.
public struct TraceInfo: Codable, Sendable, Hashable {
    /// Its name, as in t1: that of the job that made it, with another letter.
    public var trace: String
    /// The model.
    public var model: String
    /// The model's fingerprint.
    public var model_fingerprint: String
    /// How many layers it has.
    public var n_layers: Int
    /// The task; absent if the prompts were given.
    public var task: String?
    /// How many prompts were traced.
    public var prompts: Int
    /// How many were passed over, since they have no token that the roots name.
    public var passed_over: Int
    /// In how many of them a root fires, and so has links.
    public var fired: Int
    /// What the choice of prompts followed from.
    public var seed: Int
    /// Whether a BOS token stood in front of each.
    public var prepend_bos: Bool
    /// The looks that it began with; absent if it began with the answers.
    public var roots: [TraceRoot]?
    /// How it was made.
    public var options: TraceOptions
    /// The nodes of all graphs.
    public var nodes: Int
    /// The links of all graphs.
    public var links: Int
    /// The links that differ by the task's names of tokens.
    public var edges: Int
    /// When it was finished (milliseconds since 1970).
    public var created_ms: Int
    /// The job that made it.
    public var job: String
    /// The user who made it, and may delete it.
    public var owner_uid: Int

    /// All facts.
    public init(
        trace: String, model: String, model_fingerprint: String, n_layers: Int, task: String? = nil, prompts: Int,
        passed_over: Int, fired: Int,
        seed: Int, prepend_bos: Bool, roots: [TraceRoot]? = nil, options: TraceOptions, nodes: Int, links: Int, edges: Int,
        created_ms: Int, job: String, owner_uid: Int
    ) {
        self.trace = trace
        self.model = model
        self.model_fingerprint = model_fingerprint
        self.n_layers = n_layers
        self.task = task
        self.prompts = prompts
        self.passed_over = passed_over
        self.fired = fired
        self.seed = seed
        self.prepend_bos = prepend_bos
        self.roots = roots
        self.options = options
        self.nodes = nodes
        self.links = links
        self.edges = edges
        self.created_ms = created_ms
        self.job = job
        self.owner_uid = owner_uid
    }
}

extension TraceInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "The traces of a task's prompts.",
        [
            .required("trace", .name("Its name, as in t1: that of the job that made it, with another letter.")),
            .required("model", .string("The model.")),
            .required("model_fingerprint", .string("The model's fingerprint.")),
            .required("n_layers", .count("How many layers it has.")),
            .optional("task", .string("The task; absent if the prompts were given.")),
            .required("prompts", .count("How many prompts were traced.")),
            .required("passed_over", .count("How many were passed over, since they have no token that the roots name.")),
            .required("fired", .count("In how many of them a root fires, and so has links.")),
            .required("seed", .integer("What the choice of prompts followed from.", in: 0...Int.max)),
            .required("prepend_bos", .boolean("Whether a BOS token stood in front of each.")),
            .optional(
                "roots", .array("The looks that it began with; absent if it began with the answers.", of: TraceRoot.schema)),
            .required("options", TraceOptions.recorded),
            .required("nodes", .count("The nodes of all graphs.")),
            .required("links", .count("The links of all graphs.")),
            .required("edges", .count("The links that differ by the task's names of tokens.")),
            .required("created_ms", .time("When it was finished (milliseconds since 1970).")),
            .required("job", .name("The job that made it.")),
            .required("owner_uid", .count("The user who made it, and may delete it.")),
        ])

    static let example: JSON = [
        "trace": "t3", "model": "demo-4l", "model_fingerprint": "8c1f5f1b3a0d9e77", "n_layers": 4, "task": "indirect_object",
        "prompts": 150,
        "passed_over": 0, "fired": 91, "seed": 0, "prepend_bos": true,
        "roots": [["layer": 1, "head": 3, "destination": "END", "source": "S2"]],
        "options": [
            "mode": "score_sum", "phi": 1, "share": 0.7, "max_depth": 16, "max_links": 16, "max_nodes": 200, "compat2024": false,
        ], "nodes": 412, "links": 350, "edges": 12, "created_ms": 1_760_000_000_000, "job": "j3", "owner_uid": 1000,
    ]
}
