// Who may put a file into the directory of a service's socket may put a socket there and receive what clients say; who may put one into
// the directory of its state decides what it reads. So before either is used:
//
// 1. It is made, for its user alone, if it is missing.
// 2. It must be the user's own or root's, and so must be a link in its place, which could be turned elsewhere later.
// 3. Nobody outside its owner and group may write into it, but for a socket in a directory such as /tmp, where the kernel keeps users
//    from each other's files. Its group is its owner's affair: where every user has a group of their own, new directories are open to it.

private import Glibc

/// A directory in which the service keeps something.
public struct OwnDirectory: Sendable, Hashable {
    /// What is kept in it.
    public enum Purpose: String, Sendable {
        case state = "state directory"
        case socket = "socket's directory"
    }

    /// The path, without slashes at its end.
    public let path: String
    /// What is kept in it.
    public let purpose: Purpose
    /// Whose it has to be, beside root's.
    public let user: UInt32

    /// A directory; nothing is touched.
    ///
    /// - Parameters:
    ///   - path: The directory.
    ///   - purpose: What is kept in it.
    ///   - user: Whose it has to be, beside root's; the process's own unless given.
    public init(_ path: String, for purpose: Purpose, user: UInt32? = nil) {
        var path = path
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        (self.path, self.purpose, self.user) = (path, purpose, user ?? geteuid())
    }

    /// Makes it unless it is there, and examines it.
    public func prepare() throws(OwnDirectoryError) {
        try make(path)
        try examine()
    }

    /// Examines it, or, where it is missing, whether it could be made; makes nothing.
    public func check() throws(OwnDirectoryError) {
        var place = path
        while unsafe access(place, F_OK) != 0, errno == ENOENT, let parent = OwnDirectory.parent(of: place) { place = parent }
        if place == path { return try examine() }
        // A file in the way is no directory that could be entered either.
        guard unsafe access(place + "/.", W_OK | X_OK) == 0 else { throw failure(.cannotMake(place, code: errno)) }
    }

    private func make(_ path: String) throws(OwnDirectoryError) {
        var status = stat()
        if unsafe lstat(path, &status) == 0 { return }
        guard errno == ENOENT else { throw failure(.cannotMake(path, code: errno)) }
        if let parent = OwnDirectory.parent(of: path) { try make(parent) }
        guard unsafe mkdir(path, OwnDirectory.mode) == 0 || errno == EEXIST else { throw failure(.cannotMake(path, code: errno)) }
    }

    private func examine() throws(OwnDirectoryError) {
        var link = stat(), target = stat()
        guard unsafe lstat(path, &link) == 0 else { throw failure(.unusable(code: errno)) }
        try requireOwner(link.st_uid)
        guard unsafe stat(path, &target) == 0 else { throw failure(.unusable(code: errno)) }
        guard target.st_mode & S_IFMT == S_IFDIR else { throw failure(.unusable(code: ENOTDIR)) }
        try requireOwner(target.st_uid)
        let keepsApart = purpose == .socket && target.st_mode & S_ISVTX != 0
        if target.st_mode & S_IWOTH != 0, !keepsApart { throw failure(.open(mode: target.st_mode & ~S_IFMT)) }
        guard unsafe access(path, W_OK | X_OK) == 0 else { throw failure(.unusable(code: errno)) }
    }

    private func requireOwner(_ owner: UInt32) throws(OwnDirectoryError) {
        if owner != user, owner != 0 { throw failure(.foreign(owner: owner)) }
    }

    private func failure(_ reason: OwnDirectoryError.Reason) -> OwnDirectoryError {
        OwnDirectoryError(path: path, purpose: purpose, user: user, reason: reason)
    }

    /// What is made is its user's alone.
    private static let mode: mode_t = 0o700

    /// The directory above; nil for the topmost.
    private static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return path == "." ? nil : "." }
        let parent = path[..<slash]
        return parent.isEmpty ? (path == "/" ? nil : "/") : String(parent)
    }
}

/// Why a directory cannot be the service's.
public struct OwnDirectoryError: Error, Hashable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Sendable, Hashable {
        /// This directory, or one above it, cannot be made.
        case cannotMake(String, code: CInt)
        /// It is there and cannot be written to, or is no directory.
        case unusable(code: CInt)
        /// It belongs to somebody else.
        case foreign(owner: UInt32)
        /// Everybody may write into it.
        case open(mode: UInt32)
    }

    /// The directory.
    public let path: String
    /// What was to be kept in it.
    public let purpose: OwnDirectory.Purpose
    /// Who wanted it.
    public let user: UInt32
    /// What is wrong.
    public let reason: Reason

    /// One sentence: the directory, what is wrong with it, and what would help.
    public var description: String {
        switch reason {
        case .cannotMake(let place, let code):
            "the \(purpose.rawValue) \(path) cannot be made: \(place): \(Self.words(code)); \(choice)"
        case .unusable(let code): "the \(purpose.rawValue) \(path) cannot be used: \(Self.words(code)); \(choice)"
        case .foreign(let owner):
            "the \(purpose.rawValue) \(path) belongs to user \(owner), not to user \(user) or root, so what is in it cannot be "
                + "trusted; run the daemon as its owner, or \(choice)"
        case .open(let mode):
            "everybody may write into the \(purpose.rawValue) \(path) (mode \(String(mode, radix: 8))), so what is in it cannot be "
                + "trusted; look at what is there, then 'chmod o-w \(path)', or \(choice)"
        }
    }

    private var choice: String {
        switch purpose {
        case .state: "choose another with --state-directory"
        case .socket: "choose another with --socket"
        }
    }

    private static func words(_ code: CInt) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "errno \(code)"
    }
}
