// What the store holds: every named database, key and value layout, and the version of it all. Nothing else in this target
// knows an offset.
//
// Numbers in keys are big-endian, so that the engine's byte order is their order; numbers in values are little-endian.
// Every value is a record: the header of `Record`, then the payload given here.
//
//     database       key                                        payload
//     meta           "schema"                                   version u32
//                    "next/<kind>", "next/stamp"                the number to give out next u64
//                    "former"                                   the name of the directory that keeps the store which this one,
//                                                               a backup, has taken the place of; until its files are sorted
//     models         identifier, see `DocumentKey`              the document's bytes
//     dictionaries   "                                          "
//     maps           "                                          "
//     jobs           "                                          "
//     names          "                                          "
//     caches         "                                          "
//     examples       "                                          "
//     traces         "                                          "
//     trace_graphs   "                                          "
//     saes           "                                          "
//     studies        "                                          "
//     tensors        owner length u8, owner, name length u8,    chunk 0: stamp u64, rank u32, chunks u32, count u64,
//                    name, chunk u32                                     sizes u64 [rank]
//                                                               chunk n: stamp u64, f32 [at most Tensor.floatsPerChunk]
//     map_entries    map u32, query u32, key u32                per head, ascending: head u16, M f32, mask f32,
//                                                                        contribution f32
//     map_mirror     map u32, key u32, query u32                the same payload as map_entries
//     map_rankings   map u32, head u16, first rank u32          per rank: query u32, key u32, head u16, M f32, mask f32,
//                    (head 0xFFFF: all heads together)                   contribution f32; at most rowsPerBlock ranks
//     map_summaries  map u32                                    entries u64, pairs u64, heads u32,
//                                                               per head: head u16, entries u64
//     example_records  collection u32, kind u8, first u32,      by kind, see `ExampleKey.Kind`; a list is its count u32 and its
//                      second u32                               elements. place: context u32, destination u16, source u16,
//                                                               f^Q f32, f^K f32; tally: token u32, count u64, excess u64
//                      0: (0, 0)                                pairs u64, query features u64, key features u64, contexts u64
//                      1: (query, key)                          places u64, at first u64, product sum f64, distances list of u64,
//                                                               destination tokens and source tokens lists of tally,
//                                                               strongest and sample lists of place, heads list of: head u16,
//                                                               weight f32, effect sum f64, effect magnitude f64,
//                                                               effects list of f32 twice, by effect list of (place, f32)
//                      2, 3: (query or key feature, 0)          active u64, sum f64, tokens list of tally, strongest and sample
//                                                               lists of (context u32, position u16, f f32)
//                      5, 6: (query or key feature, 0)          exponent i32, counts list of u64; older collections have none
//                      4: (context, 0)                          tokens u16 each, or u32 where one does not fit; first their
//                                                               size u8
import LMDB

/// The layout of the store.
enum Schema {
    /// The version that this code reads and writes: one for each migration.
    static var version: UInt32 { UInt32(migrations.count) }

    /// The oldest version that is read: documents of stores before it lack facts that nothing can add.
    static let oldestVersion: UInt32 = 3

    /// One named database; the raw value is the tag in its records' headers and never changes.
    enum Table: UInt8, CaseIterable {
        case meta = 0
        case models = 1
        case dictionaries = 2
        case maps = 3
        case jobs = 4
        case names = 5
        case tensors = 6
        case mapEntries = 7
        case mapMirror = 8
        case mapRankings = 9
        case mapSummaries = 10
        case caches = 11
        case examples = 12
        case exampleRecords = 13
        case traces = 14
        case traceGraphs = 15
        case saes = 16
        case studies = 17

        /// The name in the file.
        var name: String {
            switch self {
            case .meta: "meta"
            case .models: "models"
            case .dictionaries: "dictionaries"
            case .maps: "maps"
            case .jobs: "jobs"
            case .names: "names"
            case .tensors: "tensors"
            case .mapEntries: "map_entries"
            case .mapMirror: "map_mirror"
            case .mapRankings: "map_rankings"
            case .mapSummaries: "map_summaries"
            case .caches: "caches"
            case .examples: "examples"
            case .exampleRecords: "example_records"
            case .traces: "traces"
            case .traceGraphs: "trace_graphs"
            case .saes: "saes"
            case .studies: "studies"
            }
        }
    }

    /// Brings a store from the version of its place in the list to the next; runs inside the transaction that opens the
    /// store.
    typealias Migration = @Sendable (inout WriteTransaction) throws -> Void

    /// Append only: a step that has been released never changes.
    static let migrations: [Migration] = [
        { transaction in  // 0 to 1: the databases of the first version
            for table in Table.allCases where table.rawValue <= Table.mapSummaries.rawValue {
                _ = try transaction.database(table.name)
            }
        },
        { transaction in  // 1 to 2: activation caches
            _ = try transaction.database(Table.caches.name)
        },
        { transaction in  // 2 to 3: examples of feature pairs
            for table in [Table.examples, .exampleRecords] { _ = try transaction.database(table.name) }
        },
        { transaction in  // 3 to 4: traces
            for table in [Table.traces, .traceGraphs] { _ = try transaction.database(table.name) }
        },
        { transaction in  // 4 to 5: sparse autoencoders
            _ = try transaction.database(Table.saes.name)
        },
        { transaction in  // 5 to 6: studies
            _ = try transaction.database(Table.studies.name)
        },
    ]

    /// Keys of `meta`.
    enum Meta {
        static let schema = "schema"
        static let former = "former"
        static let stamp = "next/stamp"
        static func next(_ kind: DocumentKind) -> String { "next/" + kind.table.name }
    }

    /// Sizes of `tensors`.
    enum Tensor {
        /// A value that fills its overflow pages to the last byte: 256 pages of 4096, less the page header of 16.
        static let valueBytes = 256 * 4096 - 16
        /// Stamp u64 before the floats of a chunk.
        static let chunkHeader = 8
        static let floatsPerChunk = (valueBytes - Record.headerBytes - chunkHeader) / MemoryLayout<Float>.size
        /// Stamp, rank, chunks, count.
        static let headerBytes = 8 + 4 + 4 + 8
        /// Chunks per transaction, and deletions: about 8 MiB, tens of milliseconds.
        static let chunksPerTransaction = 8
        /// Owner (at most 255), name, their lengths and the chunk number fit a key of 511 bytes.
        static let longestName = 250
    }

    /// Sizes of the map's tables.
    enum Map {
        /// Head, M, mask, contribution.
        static let headBytes = 2 + 3 * 4
        /// Query, key, head, M, mask, contribution.
        static let rankedBytes = 4 + 4 + 2 + 3 * 4
        /// Rows of a ranking in one record: 1.4 kB, below the 2 kB from which values take whole pages.
        static let rowsPerBlock = 64
        /// The head under which all heads are ranked together.
        static let allHeads: UInt16 = 0xFFFF
        /// Pairs, blocks or deletions per transaction: a few milliseconds.
        static let recordsPerTransaction = 8192
        static let tables: [Table] = [.mapSummaries, .mapRankings, .mapMirror, .mapEntries]
    }
}

extension Schema {
    /// Sizes of `example_records`.
    enum Examples {
        /// Collection, kind, first, second.
        static let keyBytes = 4 + 1 + 4 + 4
        /// Records are written in transactions of about so many bytes: tens of milliseconds.
        static let bytesPerTransaction = 4 << 20
        /// Deletions per transaction.
        static let recordsPerTransaction = 4096
    }
}

/// The handles of the named databases of an open store.
struct Databases: Sendable {
    private let handles: [Database]

    /// Opens every database of the schema, in the order of `Table.allCases`.
    init(_ transaction: inout WriteTransaction) throws {
        var handles: [Database] = []
        for table in Schema.Table.allCases { handles.append(try transaction.database(table.name, create: false)) }
        self.handles = handles
    }

    subscript(_ table: Schema.Table) -> Database { handles[Int(table.rawValue)] }
}
