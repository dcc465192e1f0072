private import Glibc

// The states of a service of `Type=notify`, in the words of sd_notify(3).
extension Notifier {
    /// The service answers.
    ///
    /// - Parameter status: One line for people, as `systemctl status` shows it.
    public func ready(status: String) { send("READY=1", "STATUS=\(Self.line(status))") }

    /// What the service does now.
    public func show(status: String) { send("STATUS=\(Self.line(status))") }

    /// The service ends.
    public func stopping() { send("STOPPING=1", "STATUS=ending: running calls finish, jobs write their checkpoints") }

    /// Every watched part of the service moves.
    public func ping() { send("WATCHDOG=1") }

    /// The service reads its configuration again.
    ///
    /// - Parameter body: Does it; the service counts as ready again afterwards, whatever came of it, since it goes on with what it had.
    public func reloading(_ body: () async -> Void) async {
        send("RELOADING=1", "MONOTONIC_USEC=\(Self.monotonicMicroseconds)")
        await body()
        send("READY=1")
    }

    /// A value ends with its line.
    private static func line(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }

    /// *Source:* sd_notify(3): the time of CLOCK_MONOTONIC at which the reload began.
    private static var monotonicMicroseconds: Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }
}
