import Foundation
import Jobs
import Store

/// `qklensd --restore`: a backup in the place of the store.
enum Restoration {
    /// Restores while neither the service nor a worker has the directory.
    static func run(_ backup: String, in directory: String) throws -> (report: VerificationReport, former: String?) {
        if !FileManager.default.fileExists(atPath: directory) {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        let service = try DirectoryLock("service", in: directory), worker = try DirectoryLock("worker", in: directory)
        let result = try Store.restore(backup, in: directory)
        _ = consume service
        _ = consume worker
        return result
    }
}
