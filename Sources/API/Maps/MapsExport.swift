// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `maps.export`: writes a map to a folder as a list of coordinates.
public enum MapsExport: Method {
    /// How the numbers are kept.
    public enum Format: String, Codable, Sendable, CaseIterable {
        /// All in map.safetensors.
        case safetensors
        /// One .npy file for each array.
        case npy
    }

    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map, as in `m1`.
        public var map: String
        /// The folder to write, an absolute path that is not there yet.
        public var path: String
        /// How the numbers are kept.
        public var format: Format

        /// All parameters.
        public init(map: String, path: String, format: Format = .safetensors) {
            self.map = map
            self.path = path
            self.format = format
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The map.
        public var map: String
        /// The folder.
        public var path: String
        /// How many entries were written.
        public var entries: Int

        /// All facts.
        public init(map: String, path: String, entries: Int) {
            self.map = map
            self.path = path
            self.entries = entries
        }
    }

    public static let name = "maps.export"
    public static let summary = "Writes a map to a folder as a list of coordinates."
    public static let description = """
        One row per entry, sorted by query feature, key feature and head: query_feature, key_feature and head (int32), M, mask and \
        expected_contribution (float32); beta (float32, key feature × head) is the bias term. They are the tensors of map.safetensors, or \
        a .npy file each; map.json describes the map and names its dictionary by fingerprint. The folder appears when it is whole, in one that is there; it \
        belongs to the service's user, with the rights that its umask leaves. Users other than that and root may name a place beneath the \
        service's client roots.
        """
    public static let params = Schema.object(
        "",
        [
            .required("map", .name("The map, as in m1.")),
            .required("path", .string("The folder to write, an absolute path that is not there yet.", length: 1...4096)),
            .optional(
                "format",
                .string(
                    "How the numbers are kept: in one safetensors file, or in a .npy file for each array.",
                    oneOf: Format.allCases.map(\.rawValue)), default: .string(Format.safetensors.rawValue)),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("map", .name("The map.")),
            .required("path", .string("The folder.")),
            .required("entries", .count("How many entries were written.")),
        ])
    public static let errors: [ErrorKind] = [
        .mapNotFound, .dictionaryNotFound, .dictionaryModelMismatch, .modelNotFound, .pathRefused, .fileExists, .fileUnwritable,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1", "path": "/home/ada/m1", "format": "npy"], ["map": "m1", "path": "/home/ada/m1", "entries": 3380]
    )
}
