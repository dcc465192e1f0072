import Glibc
import Synchronization

/// Ctrl-C while a job is being followed: noted here, acted upon where the following is done.
enum Interruption {
    private static let flag = Atomic(false)

    /// How long it may take until an interruption is noticed, at most.
    static let interval = Duration.milliseconds(100)

    /// From here on Ctrl-C no longer ends the process by itself.
    static func catchFromHere() { signal(SIGINT) { _ in Interruption.note() } }

    /// Whether Ctrl-C was typed.
    static var isRequested: Bool { flag.load(ordering: .relaxed) }

    // All that a signal handler may do.
    private static func note() { flag.store(true, ordering: .relaxed) }
}
