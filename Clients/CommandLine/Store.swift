import API
import ArgumentParser
import Presentation

/// What the daemon has stored.
struct Store: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The daemon's store: stats, verify, backup.",
        discussion:
            "To bring a backup back, stop the socket and the daemon and run 'qklensd --restore FILE' as the user whose store it is; "
            + "see qklensd(8).",
        subcommands: [Stats.self, Verify.self, Backup.self])

    struct Stats: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show how large the store is and who reads it.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try global.run(StoreStats.self, StoreStats.Params()) { stats, style in
                var sheet = FactSheet()
                sheet.add("directory", "\(stats.directory), layout \(stats.schema_version)")
                sheet.add(
                    "file",
                    "\(stats.file_bytes.bytes): \(stats.used_bytes.bytes) used, \(stats.free_bytes.bytes) free to be used again")
                sheet.add("disk", "\(stats.disk_available_bytes.bytes) left")
                let tables = stats.records.filter { $0.value > 0 }.sorted { $0.key < $1.key }
                sheet.add("records", tables.map { "\($0.key) \($0.value.grouped)" }.joined(separator: ", "))
                let behind = "the oldest \(stats.oldest_reader_transactions.grouped) transactions behind"
                sheet.add("readers", stats.readers == 0 ? "none" : "\(stats.readers.grouped), \(behind)")
                return sheet.text(style)
            }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read the whole store and report what is damaged.", discussion: "Ends with status 1 if anything is.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let session = try global.connect()
            let report = try session.call(StoreVerify.self, StoreVerify.Params())
            try session.show(report) { _ in
                let read = "\(report.records.grouped) records, \(report.bytes.bytes)"
                if report.sound { return "the store is sound: \(read)\n" }
                return report.findings.map { "\($0.table) \($0.key): \($0.what)\n    \($0.advice)\n" }.joined()
                    + "\(report.findings.count.grouped) damaged, of \(read)\n"
            }
            if !report.sound { throw ExitCode.failure }
        }
    }

    struct Backup: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the store's state at this moment to a file.",
            discussion:
                "The daemon writes the file, so it must be where the daemon may write: a user's own daemon anywhere that the user may, "
                + "the machine's only below /var/lib/qklens, where root may name files, or what a drop-in opens to it.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The file to write; it must not be there.") var path: String

        func run() throws {
            try global.run(StoreBackup.self, StoreBackup.Params(path: Terminal.absolute(path))) { backup, _ in
                "\(backup.bytes.bytes) in \(backup.path)\n"
            }
        }
    }
}
