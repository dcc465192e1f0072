// The check of a whole store, in read transactions of bounded length so that writers' pages are not held:
//
// 1. every record of every database: checksum, layout version, a key of the right form;
// 2. every tensor that has a header: all its chunks are there, with its stamp and their sizes;
// 3. every map that has a summary: entries, mirror and rankings hold as many as it says;
// 4. every collection of examples that has a summary: its records can be read, and there are as many as it says.
//
// Chunks without a header, entries and examples without a summary are not damage: they are what an interrupted job leaves.
import LMDB

/// What `Store.verify` found.
public struct VerificationReport: Hashable, Sendable {
    /// One piece of damage.
    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        /// The database.
        public let database: String
        /// The record, as people read it.
        public let key: String
        /// What is wrong with it.
        public let what: String

        /// Damage of a document, found by whoever understands it.
        public init(_ kind: DocumentKind, id: String, what: String) {
            self.init(database: kind.table.name, key: id, what: what)
        }

        init(database: String, key: String, what: String) {
            (self.database, self.key, self.what) = (database, key, what)
        }

        /// One line.
        public var description: String { "\(database) \(key): \(what)" }

        /// What a person can do about it.
        public var advice: String {
            switch Schema.Table.allCases.first(where: { $0.name == database }) {
            // Of a model's name, not of a dictionary's: see DecompositionArchive.
            case .tensors where key.hasPrefix("model-"): "nothing: the decomposition is made anew when it is next asked for"
            case .dictionaries, .tensors: "delete the dictionary, and import it again or train it anew; or restore a backup"
            case .saes: "delete the sparse autoencoder and train it anew; or restore a backup"
            case .maps, .mapEntries, .mapMirror, .mapRankings, .mapSummaries:
                "delete the map, and import it again or train it anew; or restore a backup"
            case .examples, .exampleRecords: "collect the examples of that map again"
            case .models, .names: "load the model again under that name"
            case .caches: "delete the activation cache and create it again"
            case .studies: "delete the study and run it again"
            case .traces, .traceGraphs: "delete the trace and create it again"
            case .jobs: "the job's record is lost, what it has published is not; delete the job"
            case .meta, nil: "restore a backup with 'qklensd --restore FILE' while the service is stopped"
            }
        }
    }

    /// Records read.
    public var records = 0
    /// Bytes of their keys and values.
    public var bytes = 0
    /// The damage; empty if the store is sound.
    public var findings: [Finding] = []

    fileprivate mutating func add(_ error: StoreError, in table: Schema.Table) throws {
        guard case .corrupt(let database, let key, let what) = error else { throw error }
        findings.append(Finding(database: database == "data.mdb" ? table.name : database, key: key, what: what))
    }
}

extension Store {
    /// Bytes read in one transaction: some tens of milliseconds.
    private static let bytesPerRead = 64 << 20

    /// Reads everything and returns the damage; changes nothing.
    ///
    /// - Parameter progress: Told the bytes read so far, now and then; what it throws ends the check.
    /// - Throws: `StoreError` for anything but damage. Cost: one checksum of the whole store, about 1 GB/s.
    public func verify(_ progress: (Int) throws -> Void = { _ in }) throws -> VerificationReport {
        var report = VerificationReport()
        for table in Schema.Table.allCases { try verify(table, &report, progress) }
        try verifyEach(.tensors, &report, { try $0.storedOwners().sorted() }) { reader, owner in
            try reader.verifyTensors(owner: owner)
        }
        try verifyEach(.mapSummaries, &report, { try $0.storedMaps().sorted() }) { reader, map in
            try reader.verifyMap(map)
        }
        try verifyEach(.exampleRecords, &report, { try $0.storedExamples().sorted() }) { reader, collection in
            try reader.verifyExamples(collection: collection)
        }
        return report
    }

    /// Step 1 for one database.
    private func verify(_ table: Schema.Table, _ report: inout VerificationReport, _ progress: (Int) throws -> Void) throws {
        var last: [UInt8]? = []
        while let start = last {
            try progress(report.bytes)
            do {
                last = try read { reader in try reader.verifyRecords(table, after: start, limit: Store.bytesPerRead, &report) }
            } catch let error as StoreError {  // a damaged page: the rest of this database cannot be reached
                try report.add(error, in: table)
                return
            }
        }
    }

    /// Steps 2 to 4: a check of each thing in a list, each in a transaction of its own.
    private func verifyEach<Thing>(
        _ table: Schema.Table, _ report: inout VerificationReport, _ list: (StoreReader) throws -> [Thing],
        _ check: (StoreReader, Thing) throws -> Void
    ) throws {
        do {
            for thing in try read(list) {
                do {
                    try read { try check($0, thing) }
                } catch let error as StoreError {
                    try report.add(error, in: table)
                }
            }
        } catch let error as StoreError {
            try report.add(error, in: table)
        }
    }
}

extension StoreReader {
    /// Checks records after a key until `limit` bytes are read; returns the last key, nil at the end.
    fileprivate func verifyRecords(
        _ table: Schema.Table, after start: [UInt8], limit: Int, _ report: inout VerificationReport
    ) throws -> [UInt8]? {
        var cursor = try transaction.cursor(databases[table])
        var found = try cursor.seek(start.span)
        if found, !start.isEmpty, cursor.key.array == start { found = try cursor.next() }
        var bytes = 0
        while found {
            do {
                _ = try Record.payload(cursor.value, key: cursor.key, table: table)
                guard table.takes(cursor.key.array) else { throw table.corrupt(cursor.key, "the key has no valid form") }
            } catch let error as StoreError {
                try report.add(error, in: table)
            }
            report.records += 1
            bytes += cursor.key.count + cursor.value.count
            if bytes >= limit {
                report.bytes += bytes
                return cursor.key.array
            }
            found = try cursor.next()
        }
        report.bytes += bytes
        return nil
    }

    fileprivate func verifyTensors(owner: String) throws {
        for (name, _) in try tensors(owner: owner) {
            guard let header = try tensorHeader(owner: owner, name: name) else { continue }
            for chunk in stride(from: 1, through: header.chunks, by: 1) {
                _ = try tensorChunk(chunk, of: header, owner: owner, name: name)
            }
        }
    }

    fileprivate func verifyMap(_ map: UInt32) throws {
        guard let summary = try summary(map: map) else { return }
        func compare(_ what: String, _ found: Int, _ wanted: Int) throws {
            guard found == wanted else {
                throw Schema.Table.mapSummaries.corrupt(
                    MapKey.map(map).span, "\(what) hold \(found), but the summary counts \(wanted)")
            }
        }
        for table in [Schema.Table.mapEntries, .mapMirror] {
            let (pairs, entries) = try sizes(table, prefix: MapKey.map(map), row: Schema.Map.headBytes)
            try compare("pairs of \(table.name)", pairs, summary.pairs)
            try compare("entries of \(table.name)", entries, summary.entries)
        }
        for (head, count) in summary.entriesByHead.sorted(by: { $0.key < $1.key }) + [(Schema.Map.allHeads, summary.entries)] {
            let prefix = MapKey.ranking(map, head: head)
            let ranked = try sizes(.mapRankings, prefix: prefix, row: Schema.Map.rankedBytes).rows
            try compare("rows of the ranking of head \(head)", ranked, count)
        }
    }

    /// The records under a prefix, and the rows of `row` bytes in them.
    private func sizes(_ table: Schema.Table, prefix: [UInt8], row: Int) throws -> (records: Int, rows: Int) {
        var sizes = (records: 0, rows: 0)
        try forEach(table, prefix: prefix) { key, payload in
            guard payload.count.isMultiple(of: row) else {
                throw table.corrupt(key, "the payload of \(payload.count) bytes is not a whole number of rows of \(row)")
            }
            sizes.records += 1
            sizes.rows += payload.count / row
            return true
        }
        return sizes
    }
}

extension Schema.Table {
    /// Whether a key has the form that the schema gives to this table's keys.
    fileprivate func takes(_ key: [UInt8]) -> Bool {
        switch self {
        case .meta: String(validating: key, as: UTF8.self) != nil
        case .models, .dictionaries, .maps, .jobs, .names, .caches, .examples, .traces, .traceGraphs, .saes, .studies:
            DocumentKey.decode(key) != nil
        case .tensors: TensorKey(key) != nil
        case .mapEntries, .mapMirror: key.count == MapKey.pairBytes
        case .mapRankings: key.count == MapKey.rankingBytes
        case .mapSummaries: key.count == MapKey.mapBytes
        case .exampleRecords: ExampleKey(key) != nil
        }
    }
}
