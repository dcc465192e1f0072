// The one place where the command meets the system: streams, environment, working directory, size of the terminal.

private import Glibc

/// What the process was started with, and where its words go.
public enum Terminal {
    /// Whether results are read by a person.
    public static var hasOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether progress and errors are read by a person.
    public static var hasErrors: Bool { isatty(STDERR_FILENO) == 1 }

    /// How many columns there are; 80 where nobody knows.
    public static var columns: Int {
        var size = winsize()
        let known =
            unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 || ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
        let unknown = 80
        return known && size.ws_col > 0 ? Int(size.ws_col) : unknown
    }

    /// Milliseconds since 1970.
    public static var now: Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
    }

    /// The user.
    public static var uid: UInt32 { getuid() }

    /// A variable of the environment; nil if it is unset.
    public static func variable(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }

    /// Writes text to standard output, which nothing may follow in another way.
    public static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Writes text to standard error.
    public static func writeError(_ text: String) { write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: CInt) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest.removeFirst(count)
            } else if errno != EINTR {
                // A closed pipe: nobody is reading any more.
                return
            }
        }
    }

    /// A path as the service, which works elsewhere, can read it.
    public static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let folder = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(folder) }
        return unsafe String(cString: folder) + "/" + path
    }
}
