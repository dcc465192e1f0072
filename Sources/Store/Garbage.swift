import LMDB

/// What `Store.collectGarbage` removed.
public struct GarbageReport: Hashable, Sendable {
    /// Numbers of maps that were not published.
    public let maps: [UInt32]
    /// Owners of tensors that were not published.
    public let owners: [String]
    /// Numbers of collections of examples that were not published.
    public let examples: [UInt32]
}

extension Store {
    /// Removes the entries of maps, the tensors of owners and the examples that are not published: what interrupted jobs left.
    ///
    /// - Parameters:
    ///   - maps: The numbers to keep: published ones, and those that a job is writing now.
    ///   - owners: The owners of tensors to keep, likewise.
    ///   - examples: The numbers of collections of examples to keep, likewise.
    /// - Returns: What was removed.
    /// - Throws: `StoreError`. Cost: one descent per map and owner, and the deletions, in small transactions.
    @discardableResult
    public func collectGarbage(published maps: Set<UInt32>, owners: Set<String>, examples: Set<UInt32>) throws -> GarbageReport {
        let (staleMaps, staleOwners, staleExamples) = try read { reader in
            (
                try reader.storedMaps().subtracting(maps), try reader.storedOwners().subtracting(owners),
                try reader.storedExamples().subtracting(examples)
            )
        }
        for map in staleMaps { try deleteEntries(map: map) }
        for owner in staleOwners { try deleteTensors(owner: owner) }
        for collection in staleExamples { try deleteExamples(collection: collection) }
        return GarbageReport(maps: staleMaps.sorted(), owners: staleOwners.sorted(), examples: staleExamples.sorted())
    }
}

extension StoreReader {
    /// The numbers of all maps of which there is any record.
    func storedMaps() throws -> Set<UInt32> { try storedNumbers(Schema.Map.tables) }

    /// The numbers of all collections of examples of which there is any record.
    func storedExamples() throws -> Set<UInt32> { try storedNumbers([.exampleRecords]) }

    /// The numbers with which the keys of tables begin.
    private func storedNumbers(_ tables: [Schema.Table]) throws -> Set<UInt32> {
        var numbers: Set<UInt32> = []
        for table in tables {
            var cursor = try transaction.cursor(databases[table])
            var found = try cursor.first()
            while found {
                guard cursor.key.count >= MapKey.mapBytes else {
                    throw table.corrupt(cursor.key, "the key does not begin with a number")
                }
                let number = cursor.key.bigEndian(at: 0, as: UInt32.self)
                numbers.insert(number)
                guard number < .max else { break }
                found = try cursor.seek(MapKey.map(number + 1).span)
            }
        }
        return numbers
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
