// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `store.verify` reads the whole store and reports what is damaged.
public enum StoreVerify: Method {
    public typealias Params = NoParams

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// Whether nothing is damaged.
        public var sound: Bool
        /// Records read.
        public var records: Int
        /// Bytes of their keys and values.
        public var bytes: Int
        /// The damage.
        public var findings: [Finding]

        /// All facts.
        public init(sound: Bool, records: Int, bytes: Int, findings: [Finding]) {
            self.sound = sound
            self.records = records
            self.bytes = bytes
            self.findings = findings
        }
    }

    /// One piece of damage.
    public struct Finding: Codable, Sendable, Hashable {
        /// The table.
        public var table: String
        /// The record.
        public var key: String
        /// What is wrong with it.
        public var what: String
        /// What can be done about it.
        public var advice: String

        /// All facts.
        public init(table: String, key: String, what: String, advice: String) {
            self.table = table
            self.key = key
            self.what = what
            self.advice = advice
        }
    }

    public static let name = "store.verify"
    public static let summary = "Reads the whole store and reports what is damaged."
    public static let description = """
        Every record's checksum, every tensor's pieces, every map's counts; about a second per GB, beside other calls. \
        Changes nothing. Reads are in many short transactions: what is written meanwhile may or may not be seen.
        """
    public static let params = Schema.object()
    public static let result = Schema.object(
        "What was found.",
        [
            .required("sound", .boolean("Whether nothing is damaged.")),
            .required("records", .count("Records read.")),
            .required("bytes", .count("Bytes of their keys and values.")),
            .required(
                "findings",
                .array(
                    "The damage.",
                    of: .object(
                        "One piece of damage.",
                        [
                            .required("table", .string("The table.")),
                            .required("key", .string("The record.")),
                            .required("what", .string("What is wrong with it.")),
                            .required("advice", .string("What can be done about it.")),
                        ]))),
        ])
    public static let errors: [ErrorKind] = [.storeCorrupt, .cancelled]
    public static let example: (params: JSON, result: JSON?) = (
        [:], ["sound": true, "records": 1204, "bytes": 12_503_112, "findings": []]
    )
}
