public import API

/// One line of a worker's report; exactly one member is set.
public struct WorkerMessage: Codable, Sendable {
    /// How far the job is.
    public var progress: JobProgress?
    /// Why the job cannot be done.
    public var failed: String?

    /// A report of progress.
    public init(progress: JobProgress) { self.progress = progress }

    /// A report of failure.
    public init(failed: String) { self.failed = failed }
}
