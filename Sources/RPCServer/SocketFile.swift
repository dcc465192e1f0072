// The file that a Unix socket appears as.
//
// A socket file outlives a server that was killed. Whether it is such a leftover is found out by connecting: if somebody answers,
// the path is taken and left alone; if the connection is refused, the file is a leftover and may go. Anything that is not a socket
// is left alone too.

private import API
private import Glibc
import NIOCore
import NIOPosix

/// Why a server cannot listen at a path.
public enum SocketError: Error, Hashable, CustomStringConvertible {
    /// A server answers there.
    case inUse(path: String)
    /// The folder cannot be opened.
    case folder(path: String, code: CInt)
    /// The socket cannot be made.
    case bind(path: String, code: CInt)
    /// The permissions cannot be set.
    case mode(path: String, code: CInt)

    /// One sentence: the path, and what would help.
    public var description: String {
        switch self {
        case .inUse(let path): "another server listens at \(path); end it first, or choose another path"
        case .folder(let path, let code):
            "the folder of the socket \(path) cannot be opened: \(SocketError.words(code)); create it first"
        case .bind(let path, ENOTSOCK): "what lies at \(path) is no socket; remove it, or choose another path"
        case .bind(let path, let code):
            "the socket \(path) cannot be made: \(SocketError.words(code)); make its directory writable, or choose another path"
        case .mode(let path, let code): "the permissions of \(path) cannot be set: \(SocketError.words(code))"
        }
    }

    private static func words(_ code: CInt) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "errno \(code)"
    }
}

/// The path of a listening socket.
final class SocketFile: Sendable {
    private let path: String
    /// The path that `bind` and `connect` are given: the same one, or a short one through the folder's descriptor.
    let bindablePath: String
    private let folder: CInt?

    init(_ path: String) throws(SocketError) {
        self.path = path
        guard path.utf8.count > SocketPath.longestDirect else {
            bindablePath = path
            folder = nil
            return
        }
        let slash = path.lastIndex(of: "/")
        let descriptor = unsafe open(slash.map { String(path[..<$0]) } ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .folder(path: path, code: errno) }
        folder = descriptor
        bindablePath = "/proc/self/fd/\(descriptor)/\(slash.map { String(path[path.index(after: $0)...]) } ?? path)"
    }

    deinit { if let folder { close(folder) } }

    /// Makes sure that nobody listens there.
    func clear(group: any EventLoopGroup) async throws {
        do {
            let channel = try await ClientBootstrap(group: group).connect(unixDomainSocketPath: bindablePath).get()
            try? await channel.close()
        } catch let error as IOError where [ECONNREFUSED, ENOENT].contains(error.errnoCode) {
            return
        } catch let error as IOError where error.errnoCode == EAGAIN {
            // Its queue is full, so it has one.
        } catch let error as IOError {
            throw SocketError.bind(path: path, code: error.errnoCode)
        }
        throw SocketError.inUse(path: path)
    }

    /// Sets who may connect.
    ///
    /// Until then only the owner may, under any usual umask.
    func setMode(_ mode: UInt32) throws(SocketError) {
        guard unsafe chmod(bindablePath, mode) == 0 else { throw .mode(path: path, code: errno) }
    }

    /// Removes the file, so that no client tries a socket that nobody answers.
    func remove() { unsafe unlink(bindablePath) }
}
