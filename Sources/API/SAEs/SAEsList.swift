// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `saes.list`: lists sparse autoencoders, newest first.
public enum SAEsList: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// Only those of this model.
        public var model: String?
        /// Only those of this layer.
        public var layer: Int?
        /// Only those of this activation.
        public var site: SAESite?
        /// How many entries at most.
        public var limit: Int
        /// Where the page before this one ended.
        public var cursor: String?

        /// All parameters.
        public init(model: String? = nil, layer: Int? = nil, site: SAESite? = nil, limit: Int = 20, cursor: String? = nil) {
            self.model = model
            self.layer = layer
            self.site = site
            self.limit = limit
            self.cursor = cursor
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The autoencoders.
        public var saes: [SAEInfo]
        /// Where the next page starts; absent on the last one.
        public var next_cursor: String?

        /// All facts.
        public init(saes: [SAEInfo], next_cursor: String? = nil) {
            self.saes = saes
            self.next_cursor = next_cursor
        }
    }

    public static let name = "saes.list"
    public static let summary = "Lists sparse autoencoders, newest first."
    public static let description = "An autoencoder appears once its training has finished, whole."
    public static let params = Schema.object(
        "",
        [
            .optional("model", .name("Only those of this model.")),
            .optional("layer", Schema.layer),
            .optional("site", SAESite.schema),
        ] + Schema.paging)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("saes", .array("The autoencoders.", of: SAEInfo.schema)),
            .optional("next_cursor", Schema.nextCursor),
        ])
    public static let errors: [ErrorKind] = [.cursorInvalid]
    public static let example: (params: JSON, result: JSON?) = (["layer": 1], ["saes": [SAEInfo.example]])
}
