private import Glibc

/// A folder that appears under its name only when it is whole: filled beside it, closed to others, then renamed.
///
/// One that goes before ``commit()`` leaves nothing behind. What is in it has the rights that the process's umask leaves.
public struct NewFolder: ~Copyable {
    private let parent: ParentDirectory
    private let temporary: String
    private let descriptor: Int32
    /// The folders made in it.
    private var folders: [String] = []
    private let mode: mode_t
    private var committed = false

    /// While it is filled only its owner may look in: nobody can put a link where a file is about to be made.
    private static let closed: mode_t = 0o700

    /// Creates the temporary folder beside `path`.
    ///
    /// - Throws: ``FileError``; one that ``FileError/isTaken`` if the name is taken.
    public init(_ path: GuardedPath) throws(FileError) {
        let parent = try ParentDirectory(of: path)
        if parent.isTaken { throw FileError("write", path.path, errno: EEXIST) }
        let directory = parent.descriptor
        let temporary = try parent.makeTemporary { unsafe mkdirat(directory, $0, 0o777) }.name
        let opened = unsafe openat(directory, temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        var status = stat()
        guard opened >= 0, unsafe fstat(opened, &status) == 0, fchmod(opened, NewFolder.closed) == 0 else {
            let failure = errno
            if opened >= 0 { close(opened) }
            unsafe unlinkat(directory, temporary, AT_REMOVEDIR)
            throw FileError("write", path.path, errno: failure)
        }
        mode = status.st_mode & 0o7777
        descriptor = opened
        self.temporary = temporary
        self.parent = parent
    }

    deinit {
        if !committed {
            for folder in folders.reversed() { NewFolder.empty(descriptor, folder) }
            NewFolder.empty(descriptor)
            unsafe unlinkat(parent.descriptor, temporary, AT_REMOVEDIR)
        }
        close(descriptor)
    }

    /// The path under which the folder's inside is reached while it is filled, whatever happens to its name.
    public var inside: String { "/proc/self/fd/\(descriptor)" }

    /// Makes a folder in it.
    ///
    /// - Parameter name: A single name.
    /// - Returns: The path under which its inside is reached meanwhile.
    public mutating func makeFolder(_ name: String) throws(FileError) -> String {
        guard unsafe mkdirat(descriptor, name, 0o777) == 0 else {
            throw FileError("write", "\(parent.path)/\(name)", errno: errno)
        }
        folders.append(name)
        return "\(inside)/\(name)"
    }

    /// Makes the contents durable and gives them their name.
    ///
    /// - Throws: ``FileError``; one that ``FileError/isTaken`` if the name was taken meanwhile.
    public mutating func commit() throws(FileError) {
        guard fsync(descriptor) == 0, fchmod(descriptor, mode) == 0 else { throw FileError("sync", parent.path, errno: errno) }
        try parent.publish(temporary, replacing: false)
        committed = true
        try parent.synchronise()
    }

    /// Removes the files of a folder, and the folder itself if it is one inside.
    private static func empty(_ descriptor: Int32, _ folder: String? = nil) {
        let opened = unsafe openat(descriptor, folder ?? ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard opened >= 0 else { return }
        guard let stream = unsafe fdopendir(opened) else {
            close(opened)
            return
        }
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { bytes in
                unsafe bytes.withMemoryRebound(to: CChar.self, capacity: 1) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { unsafe unlinkat(opened, name, 0) }
        }
        unsafe closedir(stream)
        if let folder { unsafe unlinkat(descriptor, folder, AT_REMOVEDIR) }
    }
}
