public import API
public import Dictionaries
private import JSON
public import Store

/// Trained maps as the store keeps them: a document in the wire's form, the surviving entries, and the bias term β.
///
/// A map is visible once its document is written; its entries are there by then. It never changes afterwards.
public struct MapArchive: Sendable {
    private let store: Store

    /// The maps of a store.
    public init(store: Store) { self.store = store }

    /// A map's description.
    ///
    /// - Throws: `map_not_found`.
    public func info(_ id: String) throws -> MapInfo {
        try store.read { reader in
            guard let bytes = try reader.document(.maps, id: id) else { throw Self.notFound(id) }
            return try JSON(parsing: bytes).decode(MapInfo.self)
        }
    }

    /// Whether there is such a map; its description is not looked at.
    ///
    /// - Throws: `map_not_found`.
    public func check(_ id: String) throws {
        guard try store.read({ try $0.contains(.maps, id: id) }) else { throw Self.notFound(id) }
    }

    private static func notFound(_ id: String) -> APIError {
        APIError(.mapNotFound, "there is no map '\(id)'; `maps.list` names those there are", facts: ["map": .string(id)])
    }

    /// A page of descriptions, newest first; only those that are looked at are read.
    ///
    /// - Parameters:
    ///   - cursor: The last map of the page before; nil: from the newest.
    ///   - limit: The most to return.
    ///   - isWanted: Which of them.
    /// - Returns: The page, and whether there are more.
    /// - Throws: `cursor_invalid` for one that names no map.
    /// - Complexity: O(maps) names, and as many descriptions as are looked at until the page is full.
    public func newest(
        after cursor: String?, limit: Int, where isWanted: (MapInfo) -> Bool
    ) throws -> (found: [MapInfo], hasMore: Bool) {
        try store.newest(.maps, after: cursor, limit: limit, where: isWanted)
    }

    /// All descriptions, in the order of their making.
    public func all() throws -> [MapInfo] {
        try store.read { reader in
            try reader.documents(.maps).map { try JSON(parsing: $0.bytes).decode(MapInfo.self) }
        }
    }

    /// The numbers of all visible maps, for the garbage collection.
    public func publishedNumbers() throws -> Set<UInt32> {
        Set(try store.read { try $0.identifiers(.maps) }.compactMap(Self.number))
    }

    /// The number under which the store keeps a map's entries: that of its name.
    private static func number(_ id: String) -> UInt32? { UInt32(id.dropFirst()) }

    private static func numberOrTrap(_ info: MapInfo) -> UInt32 {
        guard let number = number(info.map) else { preconditionFailure("map '\(info.map)' is not named m and a number") }
        return number
    }
}

extension MapArchive {
    /// Writes the entries of a map that is not yet visible.
    ///
    /// - Returns: The identifier to publish it under.
    public func write(_ entries: [StoredEntry]) throws -> String {
        let number = try store.write { writer in try writer.nextNumber(.maps) }
        guard let key = UInt32(exactly: number) else { preconditionFailure("map number \(number) does not fit the store's keys") }
        do {
            try store.writeEntries(map: key, entries: entries)
        } catch {
            _ = try? store.deleteEntries(map: key)
            throw error
        }
        return "m\(number)"
    }

    /// Makes a map visible.
    public func publish(_ info: MapInfo) throws {
        try store.write { writer in try Self.publish(info, in: &writer) }
    }

    /// Makes a map visible, inside the caller's transaction.
    public static func publish(_ info: MapInfo, in writer: inout StoreWriter) throws {
        try writer.put(try JSON(encoding: info).bytes(), .maps, id: info.map)
    }

    /// Removes a map: first from sight, then from the disk.
    public func delete(_ id: String) throws {
        try store.write { writer in _ = try writer.delete(.maps, id: id) }
        if let number = Self.number(id) { _ = try store.deleteEntries(map: number) }
    }
}

extension MapArchive {
    /// The heads that use each of some pairs, all from one state of the store.
    ///
    /// - Parameters:
    ///   - map: The map's name.
    ///   - pairs: Features within the sizes of the map's dictionary.
    /// - Throws: `map_not_found`. Cost: a few microseconds for each pair.
    public func entries(_ map: String, pairs: some Sequence<(query: Int, key: Int)>) throws -> [[StoredEntry]] {
        try read(map) { reader, number in
            try pairs.map { try reader.entries(map: number, query: UInt32($0.query), key: UInt32($0.key)) }
        }
    }

    /// Reads entries of a map that is there.
    ///
    /// - Throws: `map_not_found`, and what `body` throws.
    func read<R>(_ map: String, _ body: (StoreReader, UInt32) throws -> R) throws -> R {
        guard let number = Self.number(map) else { throw Self.notFound(map) }
        return try store.read { reader in
            // A map that is being deleted has lost its document before the first of its entries.
            guard try reader.contains(.maps, id: map) else { throw Self.notFound(map) }
            return try body(reader, number)
        }
    }

    /// The map as arithmetic takes it.
    ///
    /// - Parameters:
    ///   - info: The map.
    ///   - dictionary: The weights that it is a map of.
    ///   - attn_scale: The model's, of the layer.
    ///   - strongest: How many entries at most, those of the greatest expected contribution.
    ///
    /// - Complexity: O(entries).
    public func featureMap(
        _ info: MapInfo, of dictionary: TranscoderPair, attn_scale: Float, strongest: Int = .max
    ) throws -> FeatureMap {
        let number = Self.numberOrTrap(info)
        let found = try store.read { (reader: StoreReader) throws in
            try reader.top(map: number, limit: strongest).map(\.entry)
        }
        let sorted = found.sorted { ($0.query, $0.key, $0.head) < ($1.query, $1.key, $1.head) }
        return FeatureMap(
            dictionary,
            entries: sorted.map {
                MapEntry(
                    queryFeature: Int($0.query), keyFeature: Int($0.key), head: Int($0.head), M: $0.M, mask: $0.mask,
                    expectedContribution: $0.contribution)
            }, attn_scale: attn_scale)
    }
}

extension PairEntry {
    /// The entry as the wire has it.
    package init(_ entry: StoredEntry) {
        self.init(
            query_feature: Int(entry.query), key_feature: Int(entry.key), head: Int(entry.head), M: entry.M, mask: entry.mask,
            expected_contribution: entry.contribution)
    }
}
