private import Glibc
import API
import JSON
import Tensors

/// Who may do what: which files callers may name, and who may delete what somebody has made.
///
/// The kernel vouches for a caller's user. The service's own user and root may name any file, since they could read it anyway; others
/// only what lies beneath the client roots, which without any is nothing. Everybody may read what the service holds; only its owner
/// and root may delete it.
struct Rights: Sendable {
    /// The directories that are open to callers of other users.
    let clientRoots: [String]
    /// The user that the service runs as.
    let serviceUID: UInt32

    /// The rights of this process's callers.
    init(clientRoots: [String]) { (self.clientRoots, serviceUID) = (clientRoots, geteuid()) }

    /// Beneath which directories the caller's files must lie; nil for anywhere.
    func roots(of call: Call) -> [String]? { call.peer.uid == 0 || call.peer.uid == serviceUID ? nil : clientRoots }

    /// Where files that the caller names may lie.
    func access(of call: Call) -> FileAccess { FileAccess(roots: roots(of: call)) }

    /// A path that the caller has named, which leads no further than the caller may go.
    ///
    /// - Throws: `path_refused` for one that depends on where the service happens to run.
    func place(_ path: String, in call: Call) throws(APIError) -> GuardedPath {
        guard path.hasPrefix("/") else {
            throw APIError(
                .pathRefused, "'\(path)' is not an absolute path; the service has another working directory than its callers",
                facts: ["path": .string(path)])
        }
        return GuardedPath(path, access(of: call))
    }

    /// Refuses a caller who is neither the owner of something nor root.
    ///
    /// - Parameters:
    ///   - thing: What it is, as in `map m1`.
    ///   - owner: Whose it is; nil where no record says, which makes it the service's own user's.
    /// - Throws: `permission_denied`.
    func checkOwner(of thing: String, _ owner: Int?, in call: Call) throws(APIError) {
        let owner = owner ?? Int(serviceUID), uid = Int(call.peer.uid)
        guard uid == owner || uid == 0 else {
            throw APIError(
                .permissionDenied,
                "\(thing) belongs to user \(owner); only that user or root may delete it, and you are user \(uid)",
                facts: ["owner_uid": .integer(owner), "uid": .integer(uid)])
        }
    }
}
