private import Glibc

/// A file that appears under its name only when it is whole: written beside it, synchronised, then renamed.
///
/// After a crash at any moment the name holds the old contents or the new, never a part. One that goes before ``commit()`` leaves
/// nothing behind. It has the rights that the process's umask leaves, and belongs to the process's user.
public struct ReplacementFile: ~Copyable, ByteSink {
    private let parent: ParentDirectory
    private let temporary: String
    private let descriptor: Int32
    private let replacing: Bool
    private var committed = false
    /// The bytes appended.
    public private(set) var count = 0

    /// The name that the finished file will have.
    public var path: String { parent.path }

    /// Creates the temporary file in the directory of `path`, of this program's own choice; what is there is replaced at the end.
    ///
    /// - Throws: ``FileError``.
    public init(_ path: String) throws(FileError) { try self.init(.own(path), replacing: true) }

    /// Creates the temporary file in the directory of `path`.
    ///
    /// - Parameters:
    ///   - path: The name that the finished file will have.
    ///   - replacing: Whether something that has the name is replaced; otherwise it is left alone.
    ///   - isPrivate: Whether nobody but its user may read it, whatever the umask.
    /// - Throws: ``FileError``; one that ``FileError/isTaken`` where nothing is to be replaced and the name is taken.
    public init(_ path: GuardedPath, replacing: Bool, isPrivate: Bool = false) throws(FileError) {
        let parent = try ParentDirectory(of: path)
        if !replacing, parent.isTaken { throw FileError("write", path.path, errno: EEXIST) }
        let directory = parent.descriptor
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let mode: mode_t = isPrivate ? 0o600 : 0o666
        (temporary, descriptor) = try parent.makeTemporary { unsafe openat(directory, $0, flags, mode) }
        self.replacing = replacing
        self.parent = parent
    }

    deinit {
        close(descriptor)
        if !committed { unsafe unlinkat(parent.descriptor, temporary, 0) }
    }

    /// Appends bytes.
    ///
    /// - Throws: ``FileError``, with `ENOSPC` if the disk is full.
    public mutating func append(_ bytes: RawSpan) throws(FileError) {
        let failure = write(bytes, to: descriptor)
        if failure != 0 { throw FileError("write", path, errno: failure) }
        count += bytes.byteCount
    }

    /// Lets somebody else write the contents, at the descriptor's position.
    package func withDescriptor<Result>(_ body: (Int32) throws -> Result) rethrows -> Result { try body(descriptor) }

    /// Makes the contents durable and gives them their name.
    ///
    /// - Throws: ``FileError``; the name then still holds what it held. One that ``FileError/isTaken`` if the name was taken meanwhile.
    public mutating func commit() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError("sync", path, errno: errno) }
        try parent.publish(temporary, replacing: replacing)
        committed = true
        try parent.synchronise()
    }
}
