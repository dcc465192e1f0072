// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `store.backup` writes the store's state to a file.
public enum StoreBackup: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The file to write, an absolute path that is not there yet.
        public var path: String

        /// All parameters.
        public init(path: String) { self.path = path }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The file.
        public var path: String
        /// Its size.
        public var bytes: Int

        /// All facts.
        public init(path: String, bytes: Int) {
            self.path = path
            self.bytes = bytes
        }
    }

    public static let name = "store.backup"
    public static let summary = "Writes the store's state at one moment to a file."
    public static let description = """
        Models' names, dictionaries, maps, examples and jobs; not the activation caches, which can be made again, nor the checkpoints \
        of running jobs. The file holds no free pages; it appears when it is whole. Other calls go on meanwhile. To bring one back, \
        stop the service and run `qklensd --restore FILE`.
        """
    public static let params = Schema.object(
        "", [.required("path", .string("The file to write, an absolute path that is not there yet.", length: 1...4095))])
    public static let result = Schema.object(
        "The file.", [.required("path", .string("The file.")), .required("bytes", .count("Its size."))])
    public static let errors: [ErrorKind] = [
        .pathRefused, .fileExists, .fileUnwritable, .storeCorrupt,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["path": "/srv/backup/qklens-2026-11-21.mdb"], ["path": "/srv/backup/qklens-2026-11-21.mdb", "bytes": 12_582_912]
    )
}
