private import Glibc

/// A regular file opened for reading; closed when it goes.
///
/// It is read, never mapped: a mapped file that another process shortens kills its reader by SIGBUS, a read one comes up short.
public struct ReadableFile: ~Copyable, Sendable {
    /// The path as it was given.
    public let path: String
    /// The file's length in bytes when it was opened.
    public let size: Int
    private let descriptor: Int32

    /// Opens a regular file of this program's own choice.
    ///
    /// - Throws: ``FileError`` if it does not open or is a directory, a pipe or a device.
    public init(_ path: String) throws(FileError) { try self.init(.own(path)) }

    /// Opens a regular file.
    ///
    /// - Throws: ``FileError`` if it does not open, is a directory, a pipe or a device, or lies where its namer may not reach.
    public init(_ path: GuardedPath) throws(FileError) {
        try self.init(owning: path.open(O_RDONLY, "open"), named: path.path)
    }

    /// Reads a regular file that is open already, such as one that another process has sent.
    ///
    /// - Parameters:
    ///   - descriptor: Closed when this goes, and at once if it is refused.
    ///   - name: What errors call it.
    /// - Throws: ``FileError`` if it is not a regular file.
    public init(owning descriptor: Int32, named name: String) throws(FileError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            let failure = Glibc.errno
            close(descriptor)
            throw FileError("open", name, errno: failure)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            let kind =
                switch status.st_mode & S_IFMT {
                case S_IFDIR: "a directory"
                case S_IFIFO: "a pipe"
                case S_IFCHR, S_IFBLK: "a device"
                case S_IFSOCK: "a socket"
                default: "something else"
                }
            throw FileError("open", name, reason: "it is \(kind), not a regular file", isRefusal: true)
        }
        path = name
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
                // In pieces, each of which is a sign of life.
                let wanted = min(buffer.count - done, Steps.bytes)
                let count = unsafe pread(descriptor, buffer.baseAddress! + done, wanted, off_t(offset + done))
                Steps.advance()
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

    /// Reads a whole small file of this program's own choice.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes accepted.
    /// - Throws: ``FileError``, also if the file is longer than `limit`.
    public static func contents(of path: String, limit: Int) throws(FileError) -> [UInt8] {
        try contents(of: .own(path), limit: limit)
    }

    /// Reads a whole small file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes accepted.
    /// - Throws: ``FileError``, also if the file is longer than `limit`.
    public static func contents(of path: GuardedPath, limit: Int) throws(FileError) -> [UInt8] {
        let file = try ReadableFile(path)
        if file.size > limit {
            throw FileError("read", path.path, reason: "it has \(file.size) bytes, more than the \(limit) allowed")
        }
        return try file.bytes(file.size, at: 0)
    }
}
