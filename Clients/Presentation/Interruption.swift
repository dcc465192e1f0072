private import Glibc
private import Synchronization

/// Ctrl-C while a job is being followed: noted here, acted upon where the following is done.
public enum Interruption {
    private static let flag = Atomic(false)

    /// How long it may take until an interruption is noticed, at most.
    public static let interval = Duration.milliseconds(100)

    /// From here on Ctrl-C no longer ends the process by itself, even if the parent has blocked it.
    public static func catchFromHere() {
        signal(SIGINT) { _ in Interruption.note() }
        var interrupt = sigset_t()
        unsafe sigemptyset(&interrupt)
        unsafe sigaddset(&interrupt, SIGINT)
        unsafe pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
    }

    /// Whether Ctrl-C was typed.
    public static var isRequested: Bool { flag.load(ordering: .relaxed) }

    // All that a signal handler may do.
    private static func note() { flag.store(true, ordering: .relaxed) }
}
