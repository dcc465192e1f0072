import LMDB

/// What `Store.collectGarbage` removed.
public struct GarbageReport: Hashable, Sendable {
    /// Numbers of maps that were not published.
    public let maps: [UInt32]
    /// Owners of tensors that were not published.
    public let owners: [String]
}

extension Store {
    /// Removes the entries of maps and the tensors of owners that are not published: what interrupted jobs left.
    ///
    /// - Parameters:
    ///   - maps: The numbers to keep: published ones, and those that a job is writing now.
    ///   - owners: The owners of tensors to keep, likewise.
    /// - Returns: What was removed.
    /// - Throws: `StoreError`. Cost: one descent per map and owner, and the deletions, in small transactions.
    @discardableResult
    public func collectGarbage(published maps: Set<UInt32>, owners: Set<String>) throws -> GarbageReport {
        let (staleMaps, staleOwners) = try read { reader in
            (try reader.storedMaps().subtracting(maps), try reader.storedOwners().subtracting(owners))
        }
        for map in staleMaps { try deleteEntries(map: map) }
        for owner in staleOwners { try deleteTensors(owner: owner) }
        return GarbageReport(maps: staleMaps.sorted(), owners: staleOwners.sorted())
    }
}

extension StoreReader {
    /// The numbers of all maps of which there is any record.
    func storedMaps() throws -> Set<UInt32> {
        var maps: Set<UInt32> = []
        for table in Schema.Map.tables {
            var cursor = try transaction.cursor(databases[table])
            var found = try cursor.first()
            while found {
                guard cursor.key.count >= MapKey.mapBytes else {
                    throw table.corrupt(cursor.key, "the key does not begin with a map's number")
                }
                let map = cursor.key.bigEndian(at: 0, as: UInt32.self)
                maps.insert(map)
                guard map < .max else { break }
                found = try cursor.seek(MapKey.map(map + 1).span)
            }
        }
        return maps
    }

    /// The owners of all tensors of which there is any record.
    func storedOwners() throws -> Set<String> {
        var owners: Set<String> = []
        var cursor = try transaction.cursor(databases[.tensors])
        var found = try cursor.first()
        while found {
            guard let key = TensorKey(cursor.key.array) else {
                throw Schema.Table.tensors.corrupt(cursor.key, "the key is not a tensor's")
            }
            owners.insert(key.owner)
            // After the owner comes the length of a name, at most `longestName`: 0xFF is past them all.
            found = try cursor.seek((TensorKey.prefix(owner: key.owner) + [0xFF]).span)
        }
        return owners
    }
}
