private import Glibc

/// Why a file could not be opened, read or written.
public struct FileError: Error, Hashable, CustomStringConvertible {
    /// What was tried: `open`, `read`, `write`, `sync`, `rename`.
    public let operation: String
    /// The file's path as it was given.
    public let path: String
    /// The operating system's error number; 0 if the failure is not one of its own.
    public let errno: Int32
    /// The operating system's words for it, or ours.
    public let reason: String
    /// Whether the path itself is at fault: it leads where its namer may not go, or to something that is no regular file.
    public let isRefusal: Bool

    /// A failure of the operating system, in its own words.
    init(_ operation: String, _ path: String, errno: Int32) {
        self.operation = operation
        self.path = path
        self.errno = errno
        reason = unsafe String(cString: strerror(errno))
        isRefusal = false
    }

    /// A failure that the operating system does not report as one.
    init(_ operation: String, _ path: String, reason: String, isRefusal: Bool = false) {
        self.operation = operation
        self.path = path
        self.errno = 0
        self.reason = reason
        self.isRefusal = isRefusal
    }

    /// Whether there is no such file.
    public var isMissing: Bool { errno == ENOENT || errno == ENOTDIR }

    /// Whether something has the name already that a new file or folder was to have.
    public var isTaken: Bool { errno == EEXIST }

    /// Whether the disk, a user's share of it or the limit on a file's size is exhausted; the same may succeed when there is room.
    public var isLackOfRoom: Bool { errno == ENOSPC || errno == EDQUOT || errno == EFBIG }

    /// One sentence: what was tried on which file, and why it failed.
    public var description: String { "cannot \(operation) \(path): \(reason)" }
}
