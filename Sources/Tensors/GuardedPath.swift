// How a file that a caller names is opened, so that no name leads further than its namer may go:
//
// 1. A path that holds a NUL byte is refused: the kernel would read less of it than those who looked at it before.
// 2. Where the namer is confined, the path must begin with one of the directories that are open to him; the rest is resolved by the
//    kernel from there, which refuses `..`, absolute links and links of /proc that lead out. Whoever exchanges a link in the meantime
//    is refused as well, since the check and the opening are one step.
// 3. Nothing is created by following a link, and nothing waits: a pipe without a writer opens and is then refused for what it is.
//
// *Source:* openat2(2), RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS; Linux 5.6 or later.

private import CFiles
private import Glibc

/// Where whoever names a file may reach.
public enum FileAccess: Sendable, Hashable {
    /// Every file that this process may open.
    case anywhere
    /// Only what lies beneath one of these directories, whatever links say; with none of them, nothing.
    case beneath([String])

    /// Beneath some directories; anywhere without a list of them.
    public init(roots: [String]?) { self = roots.map { .beneath($0) } ?? .anywhere }
}

/// A path together with where its namer may reach: whatever is opened by it, or by a path made of it, goes no further.
public struct GuardedPath: Sendable, Hashable, CustomStringConvertible {
    /// The path as it was given.
    public let path: String
    /// Where it may lead.
    public let access: FileAccess

    /// A path that somebody has named.
    public init(_ path: String, _ access: FileAccess) { (self.path, self.access) = (path, access) }

    /// A path that this program itself has chosen.
    public static func own(_ path: String) -> GuardedPath { GuardedPath(path, .anywhere) }

    /// Something in the directory of this path.
    public func appending(_ name: String) -> GuardedPath { GuardedPath("\(path)/\(name)", access) }

    /// The path.
    public var description: String { path }

    /// Opens it; the descriptor belongs to the caller.
    ///
    /// - Parameters:
    ///   - flags: `O_CLOEXEC`, `O_NONBLOCK` and `O_NOCTTY` are added.
    ///   - operation: What an error says was tried.
    func open(_ flags: Int32, _ operation: String) throws(FileError) -> Int32 {
        if path.utf8.contains(0) { throw FileError(operation, path, reason: "the path holds a NUL byte", isRefusal: true) }
        let flags = flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        guard case .beneath(let roots) = access else {
            let descriptor = unsafe Glibc.open(path, flags)
            if descriptor < 0 { throw failure(operation, errno) }
            return descriptor
        }
        guard let (root, rest) = GuardedPath.place(of: path, beneath: roots) else {
            let open = roots.isEmpty ? "the service has none" : roots.joined(separator: " and ")
            throw FileError(
                operation, path, reason: "other users' files may lie only beneath the service's client roots: \(open)",
                isRefusal: true)
        }
        let descriptor = unsafe qk_open_beneath(root, rest, flags, 0)
        if descriptor >= 0 { return descriptor }
        switch errno {
        case EXDEV, ELOOP, EAGAIN:
            throw FileError(operation, path, reason: "it leads out of the client root \(root)", isRefusal: true)
        case ENOSYS:
            throw FileError(
                operation, path, reason: "this kernel cannot confine a path to \(root): openat2 needs Linux 5.6", isRefusal: true)
        default: throw failure(operation, errno)
        }
    }

    private func failure(_ operation: String, _ code: Int32) -> FileError {
        code == ENXIO
            ? FileError(operation, path, reason: "it is a socket, not a regular file", isRefusal: true)
            : FileError(operation, path, errno: code)
    }

    /// The innermost of the directories that a path begins with, and the rest of the path.
    ///
    /// Byte by byte, as the kernel compares: a slash before a combining mark is a slash.
    private static func place(of path: String, beneath roots: [String]) -> (root: String, rest: String)? {
        var found: (root: String, rest: String)?
        let slash = UInt8(ascii: "/")
        for root in roots where root.utf8.count > found?.root.utf8.count ?? 0 {
            var prefix = root.utf8[...]
            while prefix.last == slash { prefix.removeLast() }
            let rest = path.utf8.dropFirst(prefix.count)
            guard path.utf8.starts(with: prefix), rest.first == slash || rest.isEmpty else { continue }
            let relative = String(Substring(rest.drop { $0 == slash }))
            found = (root, relative.isEmpty ? "." : relative)
        }
        return found
    }
}
