private import Glibc

/// A file that appears under its name only when it is whole: written beside it, synchronised, then renamed.
///
/// After a crash at any moment the name holds the old contents or the new, never a part. One that goes before ``commit()`` leaves
/// nothing behind.
public struct ReplacementFile: ~Copyable {
    /// The name that the finished file will have.
    public let path: String
    private let temporary: String
    private let descriptor: Int32
    private var committed = false

    /// How many left-over temporary names are passed over before giving up.
    private static let attempts = 1000

    /// Creates the temporary file in the directory of `path`.
    ///
    /// - Throws: ``FileError``.
    public init(_ path: String) throws(FileError) {
        // A name of this process's own; one that a killed predecessor of the same number left behind is passed over.
        var attempt = 0
        var name: String
        var descriptor: Int32
        repeat {
            name = "\(path).\(getpid()).\(attempt)"
            descriptor = unsafe open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            attempt += 1
        } while descriptor < 0 && errno == EEXIST && attempt < ReplacementFile.attempts
        guard descriptor >= 0 else { throw FileError("write", path, errno: Glibc.errno) }
        self.path = path
        temporary = name
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
        if !committed { unsafe unlink(temporary) }
    }

    /// Appends bytes.
    ///
    /// - Throws: ``FileError``, with `ENOSPC` if the disk is full.
    public mutating func append(_ bytes: RawSpan) throws(FileError) {
        var failure: Int32 = 0
        unsafe bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = unsafe Glibc.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
                if count < 0 {
                    if Glibc.errno == EINTR { continue }
                    failure = Glibc.errno
                    return
                }
                done += count
            }
        }
        if failure != 0 { throw FileError("write", path, errno: failure) }
    }

    /// Appends bytes.
    ///
    /// - Throws: ``FileError``, with `ENOSPC` if the disk is full.
    public mutating func append(_ bytes: [UInt8]) throws(FileError) { try unsafe append(bytes.span.bytes) }

    /// Appends single-precision numbers as the machine writes them.
    ///
    /// - Throws: ``FileError``, with `ENOSPC` if the disk is full.
    public mutating func append(_ values: Span<Float>) throws(FileError) { try unsafe append(values.bytes) }

    /// Appends numbers of any type as the machine writes them.
    ///
    /// - Throws: ``FileError``, with `ENOSPC` if the disk is full.
    public mutating func append<Number: BitwiseCopyable & Numeric>(numbers: Span<Number>) throws(FileError) {
        try unsafe append(numbers.bytes)
    }

    /// Lets somebody else write the contents, at the descriptor's position.
    package func withDescriptor(_ body: (Int32) throws -> Void) rethrows { try body(descriptor) }

    /// Makes the contents durable and gives them their name.
    ///
    /// - Throws: ``FileError``; the name then still holds what it held.
    public mutating func commit() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError("sync", path, errno: Glibc.errno) }
        guard unsafe rename(temporary, path) == 0 else { throw FileError("rename", path, errno: Glibc.errno) }
        committed = true
        // The new name is durable once its directory is.
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let parent = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw FileError("sync", directory, errno: Glibc.errno) }
        defer { close(parent) }
        guard fsync(parent) == 0 else { throw FileError("sync", directory, errno: Glibc.errno) }
    }
}
