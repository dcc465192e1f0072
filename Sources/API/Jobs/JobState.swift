/// Where a job stands.
public enum JobState: String, Codable, Sendable, CaseIterable {
    /// On disk, waiting for its turn.
    case queued
    /// At work, or about to go on after a restart.
    case running
    /// Ended, and its result is there.
    case finished
    /// Ended by an error.
    case failed
    /// Ended because somebody wanted it to.
    case cancelled
}

extension JobState {
    /// What it is on the wire.
    static let schema = Schema.string("Where the job stands.", oneOf: allCases.map(\.rawValue))

    /// Whether the job will not change any more.
    public var hasEnded: Bool {
        switch self {
        case .queued, .running: false
        case .finished, .failed, .cancelled: true
        }
    }
}
