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

    /// A failure of the operating system, in its own words.
    init(_ operation: String, _ path: String, errno: Int32) {
        self.operation = operation
        self.path = path
        self.errno = errno
        reason = unsafe String(cString: strerror(errno))
    }

    /// A failure that the operating system does not report as one.
    init(_ operation: String, _ path: String, reason: String) {
        self.operation = operation
        self.path = path
        self.errno = 0
        self.reason = reason
    }

    /// One sentence: what was tried on which file, and why it failed.
    public var description: String { "cannot \(operation) \(path): \(reason)" }
}

/// A regular file opened for reading; closed when it goes.
///
/// It is read, never mapped: a mapped file that another process shortens kills its reader by SIGBUS, a read one comes up short.
public struct ReadableFile: ~Copyable, Sendable {
    /// The path as it was given.
    public let path: String
    /// The file's length in bytes when it was opened.
    public let size: Int
    private let descriptor: Int32

    /// Opens a regular file.
    ///
    /// - Throws: ``FileError`` if it does not open or is a directory, a pipe or a device.
    public init(_ path: String) throws(FileError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError("open", path, errno: Glibc.errno) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            let failure = Glibc.errno
            close(descriptor)
            throw FileError("open", path, errno: failure)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError("open", path, reason: "it is not a regular file")
        }
        self.path = path
        size = Int(status.st_size)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Reads bytes into memory at hand.
    ///
    /// - Parameters:
    ///   - destination: Filled from its start.
    ///   - offset: Position in the file.
    /// - Returns: How many bytes were read; fewer than asked for only if the file ends there.
    /// - Throws: ``FileError``.
    public func read(into destination: inout MutableRawSpan, at offset: Int) throws(FileError) -> Int {
        var done = 0
        var failure: Int32 = 0
        unsafe destination.withUnsafeMutableBytes { buffer in
            while done < buffer.count {
                let count = unsafe pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
                if count == 0 { return }
                if count < 0 {
                    if Glibc.errno == EINTR { continue }
                    failure = Glibc.errno
                    return
                }
                done += count
            }
        }
        if failure != 0 { throw FileError("read", path, errno: failure) }
        return done
    }

    /// Reads numbers, as the machine writes them, into memory at hand.
    ///
    /// - Parameters:
    ///   - destination: [n] filled from its start.
    ///   - offset: Position in the file, in bytes.
    /// - Returns: How many bytes were read; fewer than asked for only if the file ends there.
    /// - Throws: ``FileError``.
    public func read<Number: BitwiseCopyable>(
        into destination: inout MutableSpan<Number>, at offset: Int
    ) throws(FileError) -> Int where Number: Numeric {
        var bytes = unsafe destination.mutableBytes
        return try read(into: &bytes, at: offset)
    }

    /// Reads `count` bytes, or as many as there are.
    ///
    /// - Throws: ``FileError``.
    public func bytes(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read: Int
        do {
            var span = bytes.mutableSpan
            var raw = unsafe span.mutableBytes
            read = try self.read(into: &raw, at: offset)
        }
        if read < count { bytes.removeLast(count - read) }
        return bytes
    }

    /// Reads a whole small file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes accepted.
    /// - Throws: ``FileError``, also if the file is longer than `limit`.
    public static func contents(of path: String, limit: Int) throws(FileError) -> [UInt8] {
        let file = try ReadableFile(path)
        if file.size > limit {
            throw FileError("read", path, reason: "it has \(file.size) bytes, more than the \(limit) allowed")
        }
        return try file.bytes(file.size, at: 0)
    }
}
