// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `store.stats` asks how large the store is and who reads it.
public enum StoreStats: Method {
    public typealias Params = NoParams

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The store's directory.
        public var directory: String
        /// The version of its layout.
        public var schema_version: Int
        /// Bytes of its file, which never shrinks.
        public var file_bytes: Int
        /// Bytes of pages that hold data.
        public var used_bytes: Int
        /// Bytes of pages that wait to be used again.
        public var free_bytes: Int
        /// Bytes that its file system has left.
        public var disk_available_bytes: Int
        /// Records by table.
        public var records: [String: Int]
        /// Open read transactions of all processes.
        public var readers: Int
        /// Write transactions since the state that the oldest reader sees.
        public var oldest_reader_transactions: Int

        /// All facts.
        public init(
            directory: String, schema_version: Int, file_bytes: Int, used_bytes: Int, free_bytes: Int, disk_available_bytes: Int,
            records: [String: Int], readers: Int, oldest_reader_transactions: Int
        ) {
            self.directory = directory
            self.schema_version = schema_version
            self.file_bytes = file_bytes
            self.used_bytes = used_bytes
            self.free_bytes = free_bytes
            self.disk_available_bytes = disk_available_bytes
            self.records = records
            self.readers = readers
            self.oldest_reader_transactions = oldest_reader_transactions
        }
    }

    public static let name = "store.stats"
    public static let summary = "Says how large the store is and who reads it."
    public static let description = "Activation caches and the files of running jobs lie beside the store and are not counted."
    public static let params = Schema.object()
    public static let result = Schema.object(
        "The store.",
        [
            .required("directory", .string("The store's directory.")),
            .required("schema_version", .count("The version of its layout.")),
            .required("file_bytes", .count("Bytes of its file, which never shrinks; freed pages are used again.")),
            .required("used_bytes", .count("Bytes of pages that hold data.")),
            .required("free_bytes", .count("Bytes of pages that wait to be used again.")),
            .required("disk_available_bytes", .count("Bytes that its file system has left.")),
            .required("records", .map("Records by table.", of: .count(""))),
            .required("readers", .count("Open read transactions of all processes.")),
            .required("oldest_reader_transactions", .count("Write transactions since the state that the oldest reader sees.")),
        ])
    public static let errors: [ErrorKind] = [.storeCorrupt]
    public static let example: (params: JSON, result: JSON?) = ([:], nil)
}
