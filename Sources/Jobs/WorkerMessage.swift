public import API

/// One line of a worker's report; exactly one member is set.
public struct WorkerMessage: Codable, Sendable {
    /// How far the job is.
    public var progress: JobProgress?
    /// The job goes on from a checkpoint.
    public var resumed: Resumption?
    /// A checkpoint after so many steps is on the disk.
    public var checkpoint: Int?
    /// Why the job cannot be done.
    public var failed: String?

    /// From where a job goes on.
    public struct Resumption: Codable, Sendable {
        /// The steps that it has.
        public var step: Int
        /// Whether it will end with the very numbers of a run that was never interrupted.
        public var bit_identical: Bool

        /// A resumption.
        public init(step: Int, bit_identical: Bool) { (self.step, self.bit_identical) = (step, bit_identical) }
    }

    /// A report of progress.
    public init(progress: JobProgress) { self.progress = progress }

    /// A report of a resumption.
    public init(resumed: Resumption) { self.resumed = resumed }

    /// A report of a checkpoint.
    public init(checkpoint: Int) { self.checkpoint = checkpoint }

    /// A report of failure.
    public init(failed: String) { self.failed = failed }
}
