import API
import Artifacts
import Foundation
import Jobs
import Logging
import Store

// `qklensd --restore`: a backup in the place of the store, and what lay beside the store sorted:
//
// - the files of a job stay if the backup has that very job, ended; with any other job of that name they have nothing to do;
// - an activation cache stays if the backup has that very cache;
// - everything else moves to the directory that keeps the former store, which is a store as a whole with it.
//
// A name is not enough: numbers that were given out after the backup are given out again.

/// A backup in the place of the store.
enum Restoration {
    /// Restores while neither the service nor a worker has the directory.
    ///
    /// - Returns: What was found in the backup, and the directory of the former store, if there was one.
    static func run(_ backup: String, in directory: String) throws -> (report: VerificationReport, former: String?) {
        if !FileManager.default.fileExists(atPath: directory) {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        try becomeOwner(of: directory)
        let service = try DirectoryLock("service", in: directory), worker = try DirectoryLock("worker", in: directory)
        let report = try Store.restore(backup, in: directory)
        let former = try finish(try Store(directory: directory))
        _ = consume service
        _ = consume worker
        return (report, former)
    }

    /// Goes on as the owner of a directory, where root restores for a service that has an account of its own.
    ///
    /// What is written is then the service's, and root follows no link that the account may have put there.
    private static func becomeOwner(of directory: String) throws {
        let attributes = try FileManager.default.attributesOfItem(atPath: directory)
        guard geteuid() == 0, let uid = (attributes[.ownerAccountID] as? NSNumber)?.uint32Value, uid != 0,
            let gid = (attributes[.groupOwnerAccountID] as? NSNumber)?.uint32Value
        else { return }
        guard setegid(gid) == 0, seteuid(uid) == 0 else {
            throw StoreError.unreadable(path: directory, reason: "cannot go on as its owner, user \(uid)")
        }
    }

    /// Sorts what lies beside a store that was restored, unless that is done; to be called before anything else is done with the store.
    ///
    /// Whenever it is cut short, calling it again goes on.
    ///
    /// - Returns: The directory of the former store, if there was anything to sort or to keep.
    @discardableResult
    static func finish(_ store: Store) throws -> String? {
        guard let former = try store.former() else { return nil }
        let files = FileManager.default, folder = "\(store.directory)/\(former)"
        let jobs = try same(.jobs, store, folder).filter { try JobRecords(store: store).job($0).state.hasEnded }
        for (beside, kept) in [("jobs", jobs), ("caches", try same(.caches, store, folder))] {
            let names = (try? files.contentsOfDirectory(atPath: "\(store.directory)/\(beside)")) ?? []
            for name in names where !kept.contains(name) {
                try files.createDirectory(
                    atPath: "\(folder)/\(beside)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                try files.moveItem(atPath: "\(store.directory)/\(beside)/\(name)", toPath: "\(folder)/\(beside)/\(name)")
            }
        }
        // A cache's files are in no backup.
        for cache in try CacheArchive(store: store).all().map(\.cache)
        where !files.fileExists(atPath: CacheArchive(store: store).directory(cache)) {
            try CacheArchive(store: store).delete(cache)
        }
        try store.forgetFormer()
        guard try !files.contentsOfDirectory(atPath: folder).isEmpty else {
            try files.removeItem(atPath: folder)
            return nil
        }
        return folder
    }

    /// The documents that two stores have in common, to the byte; none if the other one cannot be read.
    private static func same(_ kind: DocumentKind, _ store: Store, _ other: String) throws -> Set<String> {
        var options = Store.Options()
        options.preparation = .none
        guard let former = try? Store(directory: other, options: options),
            let found = try? former.read({ try $0.documents(kind) })
        else { return [] }
        return Set(found).intersection(try store.read { try $0.documents(kind) }).reduce(into: []) { $0.insert($1.id) }
    }
}
