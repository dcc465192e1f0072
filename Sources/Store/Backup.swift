// A backup is one file: the store's state at one moment without its free pages. It is whole or not there: written beside its name,
// synchronised, renamed.
//
// Bringing one back happens while nothing has the store open:
//
// 1. the backup is copied into a directory of its own within the store's, opened there, which brings an older layout to the present
//    one, and read to the last checksum; damage ends it here, with the store as it was;
// 2. it notes in itself the name of a directory for the former store;
// 3. the former store's file gets a second name in that directory, and the copy takes the first in one step: whenever this is cut short,
//    there is a whole store under that name;
// 4. what else lies in the store's directory, the files of jobs and the activation caches, is of the former store; a backup holds none.
//    Whoever knows those files sorts them, by the name noted, before anything else is done with the store.

private import Glibc
import LMDB
public import Tensors

extension Store {
    /// The file of an environment within its directory.
    private static let fileName = "data.mdb"

    /// Writes a backup; reading and writing go on meanwhile.
    ///
    /// - Parameter file: The file to fill; the caller gives it its name.
    /// - Returns: Its bytes.
    /// - Throws: `StoreError`. Cost: reads and writes what the store holds, without its free pages.
    @discardableResult
    public func backUp(to file: borrowing ReplacementFile) throws -> Int {
        try file.withDescriptor { descriptor in try translating { try environment.copy(to: descriptor) } }
    }

    /// Puts a backup in the place of the store in a directory, which nothing may have open.
    ///
    /// - Returns: What was found in the backup.
    /// - Throws: `StoreError` if the backup cannot be read, is none or is damaged; the store is then as it was.
    public static func restore(_ backup: String, in directory: String) throws -> VerificationReport {
        let trial = directory + "/restoring"
        do {
            try FileSystem.removeDirectory(trial)
            try FileSystem.makeDirectories(trial)
            defer { try? FileSystem.removeDirectory(trial) }
            try FileSystem.copyFile(backup, to: "\(trial)/\(fileName)")
            let former = unusedName(in: directory), report = try examine(backup, in: trial, former: former)
            let place = "\(directory)/\(fileName)"
            try FileSystem.makeDirectories("\(directory)/\(former)")
            if FileSystem.exists(place) { try FileSystem.addName("\(directory)/\(former)/\(fileName)", to: place) }
            try FileSystem.move("\(trial)/\(fileName)", to: place)
            try FileSystem.removeFile("\(directory)/lock.mdb")
            return report
        } catch let error as LMDBError {
            throw StoreError.unreadable(path: backup, reason: error.description)
        }
    }

    /// Steps 1 and 2 for the copy in `trial`.
    private static func examine(_ backup: String, in trial: String, former: String) throws -> VerificationReport {
        var options = Options()
        options.preparation = .migrateExisting
        do {
            // An empty file is to the engine one that it may begin to fill.
            guard FileSystem.size("\(trial)/\(fileName)") > 0 else { throw StoreError.absent }
            let store = try Store(directory: trial, options: options), report = try store.verify()
            if let finding = report.findings.first {
                throw StoreError.unreadable(
                    path: backup, reason: "the backup is damaged in \(report.findings.count) places, the first: \(finding)")
            }
            try store.write { try $0.put(Array(former.utf8).span, for: Array(Schema.Meta.former.utf8), in: .meta) }
            return report
        } catch StoreError.absent {
            throw StoreError.unreadable(path: backup, reason: "it is no backup of a store")
        } catch StoreError.unreadable(_, let reason) {
            throw StoreError.unreadable(path: backup, reason: reason)
        }
    }

    /// The name of the directory, within this store's, that keeps the one in whose place this store was put; nil if what lay beside it is
    /// sorted, or this is no backup.
    public func former() throws -> String? {
        try read { reader in
            guard let name = try reader.payload(Array(Schema.Meta.former.utf8), in: .meta) else { return nil }
            return String(decoding: name.array, as: UTF8.self)
        }
    }

    /// Says that what lay beside this store is sorted.
    public func forgetFormer() throws {
        _ = try write { try $0.delete(Array(Schema.Meta.former.utf8), in: .meta) }
    }

    /// `former-1`, or the first number after it that nothing has.
    private static func unusedName(in directory: String) -> String {
        var number = 1
        while FileSystem.exists("\(directory)/former-\(number)") { number += 1 }
        return "former-\(number)"
    }
}
