/// An activation cache: activations of a model on a text, kept on disk.
public struct CacheInfo: Codable, Sendable, Hashable {
    /// Its name, as in `c1`: that of the job that made it, with another letter.
    public var cache: String
    /// The model whose activations they are.
    public var model: String
    /// The model's fingerprint.
    public var model_fingerprint: String
    /// The text.
    public var corpus: String
    /// Which field of a .jsonl file's objects was the text.
    public var text_field: String?
    /// The activations.
    public var activations: [CachedActivation]
    /// The length of a context.
    public var context: Int
    /// How many contexts.
    public var contexts: Int
    /// How numbers are kept.
    public var dtype: CacheElement
    /// The size of its file, in bytes.
    public var disk_bytes: Int
    /// Its directory.
    public var path: String
    /// When it was finished (milliseconds since 1970).
    public var created_ms: Int
    /// The job that made it.
    public var job: String
    /// The user who made it, and may delete it.
    public var owner_uid: Int

    /// All facts.
    public init(
        cache: String, model: String, model_fingerprint: String, corpus: String, text_field: String? = nil,
        activations: [CachedActivation], context: Int, contexts: Int, dtype: CacheElement, disk_bytes: Int, path: String,
        created_ms: Int, job: String, owner_uid: Int
    ) {
        self.cache = cache
        self.model = model
        self.model_fingerprint = model_fingerprint
        self.corpus = corpus
        self.text_field = text_field
        self.activations = activations
        self.context = context
        self.contexts = contexts
        self.dtype = dtype
        self.disk_bytes = disk_bytes
        self.path = path
        self.created_ms = created_ms
        self.job = job
        self.owner_uid = owner_uid
    }
}

/// One activation of a cache.
public struct CachedActivation: Codable, Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Numbers per position: all axes but contexts and positions together.
    public var width: Int

    /// All facts.
    public init(name: String, width: Int) { (self.name, self.width) = (name, width) }
}

/// How a cache keeps numbers.
public enum CacheElement: String, Codable, Sendable, CaseIterable {
    /// Half precision, rounded to nearest: half the disk.
    case float16
    /// Single precision, exact.
    case float32
}

extension CacheElement {
    /// What it is on the wire.
    static let schema = Schema.string(
        "How numbers are kept: half precision, rounded to nearest, or single, exact.", oneOf: allCases.map(\.rawValue))
}

extension CachedActivation {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One activation of a cache.",
        [
            .required("name", .string("Its name.")),
            .required("width", .count("Numbers per position: all axes but contexts and positions together.")),
        ])
}

extension CacheInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "An activation cache.",
        [
            .required("cache", .name("Its name, as in c1: that of the job that made it, with another letter.")),
            .required("model", .string("The model whose activations they are.")),
            .required("model_fingerprint", .string("The model's fingerprint.")),
            .required("corpus", .string("The text.")),
            .optional("text_field", .textField),
            .required("activations", .array("The activations.", of: CachedActivation.schema)),
            .required("context", .count("The length of a context.")),
            .required("contexts", .count("How many contexts.")),
            .required("dtype", CacheElement.schema),
            .required("disk_bytes", .count("The size of its file, in bytes.")),
            .required("path", .string("Its directory.")),
            .required("created_ms", .time("When it was finished (milliseconds since 1970).")),
            .required("job", .name("The job that made it.")),
            .required("owner_uid", .count("The user who made it, and may delete it.")),
        ])
}
