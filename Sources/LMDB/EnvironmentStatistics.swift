/// The size of an environment's file and the transactions that read it.
public struct EnvironmentStatistics: Hashable, Sendable {
    /// Bytes of `data.mdb`.
    public let fileSize: Int
    /// Bytes of address space that the file may fill.
    public let mapSize: Int
    /// Bytes of a page.
    public let pageSize: Int
    /// Pages of the file that have ever been handed out; those in the free list are among them.
    public let usedPages: Int
    /// The number of the last committed write transaction.
    public let lastTransaction: Int
    /// Reader slots.
    public let maxReaders: Int
    /// The open read transactions of all processes, the oldest state first.
    public let readers: [Reader]
}

/// An open read transaction of this or another process.
public struct Reader: Hashable, Sendable {
    /// The process.
    public let process: Int
    /// The number of the write transaction whose state it reads.
    public let transaction: Int

    /// Reads the table that `mdb_reader_list` prints: a heading, then `pid thread txnid` per line, `-` for an idle slot.
    static func parse(_ table: String) -> [Reader] {
        table.split(separator: "\n").compactMap { line in
            let columns = line.split(separator: " ")
            guard columns.count == 3, let process = Int(columns[0]), let transaction = Int(columns[2]) else { return nil }
            return Reader(process: process, transaction: transaction)
        }
        .sorted { ($0.transaction, $0.process) < ($1.transaction, $1.process) }
    }
}
