private import Glibc

/// Whether what this process writes goes to systemd's journal.
///
/// *Source:* systemd.exec(5), `$JOURNAL_STREAM`: the device and inode of the journal's socket, as in `8:12345`; a child may have been
/// given the variable and another standard error.
public struct JournalStream: Sendable {
    private let name: String?

    /// Reads what the environment says.
    public init(environment: [String: String]) { name = environment["JOURNAL_STREAM"] }

    /// Whether standard error is the journal.
    public var isStandardError: Bool {
        guard let name else { return false }
        var status = stat()
        return unsafe fstat(STDERR_FILENO, &status) == 0 && "\(status.st_dev):\(status.st_ino)" == name
    }
}
