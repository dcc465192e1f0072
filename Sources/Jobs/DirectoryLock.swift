private import Glibc
private import SystemPackage

/// The sole use of a store by one kind of process: `service`, or `worker`.
///
/// An advisory lock on a file beside the store, which the kernel gives back whenever and however the process ends.
public struct DirectoryLock: ~Copyable {
    /// Somebody else has it.
    public struct Taken: Error, CustomStringConvertible {
        /// The lock's file.
        public let path: String
        /// What to do.
        public var description: String { "\(path) is locked: another process works with this directory" }
    }

    private let descriptor: CInt

    /// Takes the lock.
    ///
    /// - Parameters:
    ///   - role: Who takes it: the file's name is `<role>.lock`.
    ///   - directory: The store's directory.
    ///   - waits: Whether to wait until it is free.
    /// - Throws: ``Taken``, or the system's error from opening the file.
    public init(_ role: String, in directory: String, waits: Bool = false) throws {
        let path = "\(directory)/\(role).lock"
        let file = try FileDescriptor.open(
            FilePath(path), .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
        guard flock(file.rawValue, LOCK_EX | (waits ? 0 : LOCK_NB)) == 0 else {
            try file.close()
            throw Taken(path: path)
        }
        descriptor = file.rawValue
    }

    deinit { close(descriptor) }
}
