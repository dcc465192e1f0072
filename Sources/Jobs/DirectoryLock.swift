private import Glibc
private import SystemPackage

/// The use of a directory by one kind of process: `service`, or `worker`.
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

    /// Who else may have it at the same time.
    public enum Sharing: Sendable {
        /// Nobody.
        case none
        /// Others that share it.
        case shared
    }

    private let descriptor: CInt

    /// How often a lock that is waited for is tried, in microseconds.
    private static let pause: UInt32 = 20_000

    /// Takes the lock.
    ///
    /// - Parameters:
    ///   - role: Who takes it: the file's name is `<role>.lock`.
    ///   - directory: The directory.
    ///   - sharing: Who else may have it.
    ///   - whileTaken: Called again and again while somebody else has the lock, until it throws or the lock is free.
    /// - Throws: ``Taken``, what `whileTaken` throws, or the system's error from opening the file.
    public init(
        _ role: String, in directory: String, sharing: Sharing = .none,
        whileTaken: (Taken) throws -> Void = { throw $0 }
    ) throws {
        let path = "\(directory)/\(role).lock"
        let file = try FileDescriptor.open(
            FilePath(path), .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
        let kind = sharing == .shared ? LOCK_SH : LOCK_EX
        do {
            while flock(file.rawValue, kind | LOCK_NB) != 0 {
                try whileTaken(Taken(path: path))
                usleep(Self.pause)
            }
        } catch {
            try? file.close()
            throw error
        }
        descriptor = file.rawValue
    }

    deinit { close(descriptor) }
}
