public import JSON

/// A study: what was asked, and what was found.
public struct StudyInfo: Codable, Sendable, Hashable {
    /// Its name, as in y3.
    public var study: String
    /// What it looks into.
    public var kind: StudyKind
    /// The model's name.
    public var model: String
    /// That model's fingerprint.
    public var model_fingerprint: String
    /// The autoencoders that were studied.
    public var saes: [String]
    /// The parameters, with their defaults.
    public var settings: JSON
    /// When it was finished (milliseconds since 1970).
    public var created_ms: Int
    /// The job that made it.
    public var job: String
    /// The user who may delete it.
    public var owner_uid: Int
    /// What was found; left out in lists.
    public var findings: StudyFindings?

    /// All facts.
    public init(
        study: String, kind: StudyKind, model: String, model_fingerprint: String, saes: [String], settings: JSON,
        created_ms: Int, job: String, owner_uid: Int, findings: StudyFindings? = nil
    ) {
        self.study = study
        self.kind = kind
        self.model = model
        self.model_fingerprint = model_fingerprint
        self.saes = saes
        self.settings = settings
        self.created_ms = created_ms
        self.job = job
        self.owner_uid = owner_uid
        self.findings = findings
    }
}

extension StudyInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A study: what was asked, and what was found.",
        [
            .required("study", .name("Its name, as in y3.")),
            .required("kind", StudyKind.schema),
            .required("model", .name("The model's name.")),
            .required("model_fingerprint", .string("That model's fingerprint.")),
            .required("saes", .array("The autoencoders that were studied.", of: .name(""))),
            .required("settings", .record("The parameters, with their defaults.")),
            .required("created_ms", .time("When it was finished (milliseconds since 1970).")),
            .required("job", .string("The job that made it.")),
            .required("owner_uid", .count("The user who may delete it.")),
            .optional("findings", StudyFindings.schema),
        ])

    /// A study of induction, for the methods' examples.
    static let example: JSON = [
        "study": "y3", "kind": "prefixes", "model": "demo-4l", "model_fingerprint": "9c1f2a7be04d8835", "saes": [],
        "settings": ["kind": "prefixes", "samples": 400], "created_ms": 1_767_225_600_000, "job": "j3", "owner_uid": 1000,
    ]
}
