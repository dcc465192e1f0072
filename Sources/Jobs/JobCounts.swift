public import API

/// How many jobs there are, by what becomes of them.
public struct JobCounts: Sendable, Hashable {
    /// Jobs that wait for a worker.
    public var waiting: Int
    /// Jobs whose workers run.
    public var running: Int
    /// Jobs that have ended since the service started, by how.
    public var ended: [JobState: Int]
}
