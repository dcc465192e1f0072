private import Glibc
private import Synchronization

/// Set by SIGTERM, read by whoever works in steps.
private let isRequested = Atomic<Bool>(false)

/// The service manager's (or the daemon's) request to end: SIGTERM, noted at once and obeyed between two steps.
public enum Termination {
    /// The work ended because it was asked to.
    public struct Requested: Error {
        /// The fact.
        public init() {}
    }

    /// Notes SIGTERM from now on; SIGINT and SIGPIPE are ignored.
    ///
    /// A terminal's Ctrl-C reaches the whole process group, a worker too, though it is meant for the daemon; and a reader that is gone
    /// is to show as a failed write.
    public static func listen() {
        signal(SIGTERM) { _ in isRequested.store(true, ordering: .relaxed) }
        signal(SIGINT, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        survivesFileSizeLimit()
    }

    /// Has a write beyond the limit on a file's size fail, as one on a full disk does, instead of ending the process by SIGXFSZ.
    public static func survivesFileSizeLimit() { signal(SIGXFSZ, SIG_IGN) }

    /// Whether SIGTERM has come.
    public static var isRequestedNow: Bool { isRequested.load(ordering: .relaxed) }

    /// - Throws: ``Requested`` once SIGTERM has come.
    public static func check() throws { if isRequestedNow { throw Requested() } }
}
