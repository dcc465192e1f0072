private import CFiles
private import Glibc

/// The directory in which something new is made: held open, so that what is written lands in it whatever happens to its name.
struct ParentDirectory: ~Copyable {
    /// The path of what is made.
    let path: String
    /// Its name in the directory.
    let name: String
    /// The directory.
    let descriptor: Int32

    /// How many left-over temporary names are passed over before giving up.
    private static let attempts = 1000
    /// A temporary name is the final one and a process and a number more; a longer one is not repeated in it.
    private static let longestRepeated = 200

    /// Opens the directory of a path.
    init(of path: GuardedPath) throws(FileError) {
        // Byte by byte, as the kernel reads: a slash before a combining mark is a slash.
        let bytes = path.path.utf8, slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        let name = slash.map { String(Substring(bytes[bytes.index(after: $0)...])) } ?? path.path
        guard !["", ".", ".."].contains(name), !name.utf8.contains(0) else {
            throw FileError("write", path.path, reason: "it ends with no name that a file can have", isRefusal: true)
        }
        // Before the work: the temporary name of a name that is too long need not be too long itself.
        guard name.utf8.count <= Int(NAME_MAX) else { throw FileError("write", path.path, errno: ENAMETOOLONG) }
        let parent = slash.map { $0 == bytes.startIndex ? "/" : String(Substring(bytes[..<$0])) } ?? "."
        descriptor = try GuardedPath(parent, path.access).open(O_RDONLY | O_DIRECTORY, "write into")
        (self.path, self.name) = (path.path, name)
    }

    deinit { close(descriptor) }

    /// Whether something has the name already.
    var isTaken: Bool {
        var status = stat()
        return unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
    }

    /// Makes something under a name of this process's own; one that a killed predecessor of the same number left behind is passed over.
    ///
    /// - Parameter body: Returns a negative number, with `errno`, if it cannot.
    func makeTemporary(_ body: (_ name: String) -> Int32) throws(FileError) -> (name: String, result: Int32) {
        let stem = name.utf8.count <= ParentDirectory.longestRepeated ? name : ".qklens"
        for attempt in 0..<ParentDirectory.attempts {
            let temporary = "\(stem).\(getpid()).\(attempt)"
            let result = body(temporary)
            if result >= 0 { return (temporary, result) }
            if errno != EEXIST { break }
        }
        throw FileError("write", path, errno: errno)
    }

    /// Gives the finished work its name.
    func publish(_ temporary: String, replacing: Bool) throws(FileError) {
        let result =
            unsafe replacing
            ? renameat(descriptor, temporary, descriptor, name) : qk_rename_without_replacing(descriptor, temporary, name)
        guard result == 0 else { throw FileError("rename", path, errno: errno) }
    }

    /// Makes the name outlast a crash.
    func synchronise() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError("sync", path, errno: errno) }
    }
}
