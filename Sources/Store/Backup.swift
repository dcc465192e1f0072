// A backup is one file: the store's state at one moment without its free pages. It is whole or not there: written beside its name,
// synchronised, renamed.
//
// Bringing one back happens while nothing has the store open:
//
// 1. the backup is copied into a directory of its own within the store's, opened there, which brings an older layout to the present
//    one, and read to the last checksum; damage ends it here, with the store as it was;
// 2. the store's file gets a second name, which keeps it, and the copy takes the first in one step: whenever this is cut short, there is
//    a whole store under that name.

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
    /// - Returns: What was found in the backup, and the name that the former store now has, if there was one.
    /// - Throws: `StoreError` if the backup cannot be read or is damaged; the store is then as it was.
    public static func restore(_ backup: String, in directory: String) throws -> (report: VerificationReport, former: String?) {
        let trial = directory + "/restoring"
        do {
            try FileSystem.removeDirectory(trial)
            try FileSystem.makeDirectories(trial)
            defer { try? FileSystem.removeDirectory(trial) }
            try FileSystem.copyFile(backup, to: "\(trial)/\(fileName)")
            let report = try { try Store(directory: trial).verify() }()
            if let finding = report.findings.first {
                throw StoreError.unreadable(
                    path: backup, reason: "the backup is damaged in \(report.findings.count) places, the first: \(finding)")
            }
            let place = "\(directory)/\(fileName)"
            let former = FileSystem.exists(place) ? unusedName(place) : nil
            if let former { try FileSystem.addName(former, to: place) }
            try FileSystem.move("\(trial)/\(fileName)", to: place)
            try FileSystem.removeFile("\(directory)/lock.mdb")
            return (report, former)
        } catch let error as LMDBError {
            throw StoreError.atOpen(error, directory: directory)
        }
    }

    /// `data.mdb.1`, or the first number after it that no file has.
    private static func unusedName(_ place: String) -> String {
        var number = 1
        while FileSystem.exists("\(place).\(number)") { number += 1 }
        return "\(place).\(number)"
    }
}
