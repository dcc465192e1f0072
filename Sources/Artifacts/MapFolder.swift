public import API
private import Checkpoints
public import Dictionaries
private import JSON
public import Store
public import Tensors

// A map as a folder that can be given away: a list of coordinates, one entry per row.
//
//     map.json            the map's description, and the fingerprints of its dictionary and of its entries
//     map.safetensors     query_feature, key_feature, head: I32 [n]; M, mask, expected_contribution: F32 [n]; beta: F32 [d_sae_key, H]
//
// or, in NumPy's format, one file for each of the seven: query_feature.npy, …, beta.npy. What is written is sorted by query feature, key
// feature and head; what is read may stand in any order. beta follows from the dictionary and is written for those who compute with
// the map elsewhere; reading does not need it.

/// A map in files.
public struct MapFolder: Sendable {
    /// How the numbers are kept.
    public typealias Format = MapsExport.Format

    /// The description, as the folder has it.
    public let description: MapInfo
    /// The fingerprint of the dictionary that it was made for.
    public let dictionaryFingerprint: String
    /// The entries.
    public let entries: [StoredEntry]
    /// Whether the entries are still those that the description was written for.
    public let isAsDescribed: Bool

    private static let descriptionFile = "map.json", tensorFile = "map.safetensors"
    /// A description is some kilobytes; what a map of eighty heads and hundreds of trials says of itself stays below this.
    private static let largestDescription = 1 << 18
    /// What a file may hold besides its numbers: headers, and the columns' names.
    private static let largestHeader = 1 << 20
    /// Query feature, key feature, head, M, mask and expected contribution.
    private static let entryBytes = 6 * 4

    /// Writes a map to a folder that appears when it is whole.
    ///
    /// - Parameters:
    ///   - info: Its description.
    ///   - entries: Its entries, sorted by query feature, key feature and head.
    ///   - dictionary: The weights that it is a map of, and their description.
    ///   - format: How the numbers are kept.
    ///   - path: The folder, which must not be there, in one that is.
    /// - Throws: `file_exists`, `file_unwritable`, `path_refused`.
    public static func write(
        _ info: MapInfo, _ entries: [StoredEntry], of dictionary: (info: DictionaryInfo, pair: TranscoderPair), _ format: Format,
        to path: GuardedPath
    ) throws {
        do {
            var folder = try NewFolder(path)
            let columns = Columns(entries)
            let beta = (values: dictionary.pair.beta, shape: [dictionary.info.d_sae_key, dictionary.info.n_heads])
            switch format {
            case .safetensors: try columns.writeSafetensors(beta, to: "\(folder.inside)/\(tensorFile)")
            case .npy: try columns.writeNumPy(beta, to: folder.inside)
            }
            let description: JSON = [
                "map": try JSON(encoding: info), "dictionary_fingerprint": .string(dictionary.info.fingerprint),
                "entries_fingerprint": .string(columns.fingerprint),
            ]
            var file = try ReplacementFile("\(folder.inside)/\(descriptionFile)")
            try file.append(Array((description.prettyText() + "\n").utf8))
            try file.commit()
            try folder.commit()
        } catch {
            throw APIError.unwritable(path, error)
        }
    }

    /// Reads a folder that is said to be a map of a dictionary.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - dictionary: Its sizes bound what is read.
    /// - Throws: `path_refused`, `file_not_found`, `map_unreadable`.
    public init(_ path: GuardedPath, of dictionary: DictionaryInfo) throws {
        let bytes: [UInt8]
        do {
            bytes = try ReadableFile.contents(of: path.appending(Self.descriptionFile), limit: Self.largestDescription)
        } catch {
            throw APIError.refusal(path, error)
                ?? APIError(
                    .fileNotFound,
                    "\(path) has no readable \(Self.descriptionFile); a map is a folder that maps.export has written",
                    facts: ["path": .string(path.path)])
        }
        let columns: Columns
        do {
            let json = try JSON(parsing: bytes)
            guard let map = json["map"], let fingerprint = json["dictionary_fingerprint"]?.string else {
                throw Self.unreadable(path, "\(Self.descriptionFile) lacks 'map' or 'dictionary_fingerprint'")
            }
            if let violation = MapInfo.schema.validate(map, at: "map").first {
                throw Self.unreadable(path, "\(Self.descriptionFile): \(violation)")
            }
            description = try map.decode(MapInfo.self)
            dictionaryFingerprint = fingerprint
            let tensors = path.appending(Self.tensorFile)
            try Self.check(sizesIn: path, dictionary)
            columns = try SafetensorsFile.exists(tensors) ? Columns(safetensors: tensors) : Columns(numPyFolder: path)
            entries = try columns.entries()
            isAsDescribed = json["entries_fingerprint"]?.string == Columns(entries.sorted(by: Columns.precedes)).fingerprint
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError.refusal(path, error) ?? Self.unreadable(path, "\(error)")
        }
    }

    /// Refuses files that hold more than any map of the dictionary can.
    private static func check(sizesIn path: GuardedPath, _ dictionary: DictionaryInfo) throws {
        let biases = dictionary.d_sae_key * dictionary.n_heads
        let entries = dictionary.d_sae_query * biases, number = MemoryLayout<Float>.size
        let files = [(tensorFile, entries * entryBytes + biases * number)] + Columns.names.map { ("\($0).npy", entries * number) }
        for (name, most) in files {
            guard let size = try? ReadableFile(path.appending(name)).size, size > most + largestHeader else { continue }
            throw unreadable(
                path, "\(name) has \(size) bytes; a map of '\(dictionary.dictionary)' has at most \(entries) entries")
        }
    }

    private static func unreadable(_ path: GuardedPath, _ reason: String) -> APIError {
        APIError(.mapUnreadable, "\(path): \(reason)", facts: ["path": .string(path.path)])
    }
}

extension MapFolder {
    /// Checks that the folder is a map of a dictionary.
    ///
    /// - Parameters:
    ///   - info: The dictionary.
    ///   - pair: Its weights.
    ///   - path: The folder, for the message.
    /// - Throws: `map_dictionary_mismatch` if it was made for another dictionary; `map_unreadable` for an entry that cannot be one of this
    ///   dictionary's: a feature or head that it does not have, an entry that stands twice, a mask outside 0 to 1, an M that is not the
    ///   product of the two decoder rows.
    /// - Complexity: O(entries · K).
    public func check(_ info: DictionaryInfo, _ pair: TranscoderPair, path: GuardedPath) throws {
        guard dictionaryFingerprint == info.fingerprint else {
            throw APIError(
                .mapDictionaryMismatch,
                "\(path) was made for the dictionary with fingerprint \(dictionaryFingerprint); '\(info.dictionary)' has "
                    + info.fingerprint,
                facts: [
                    "path": .string(path.path), "dictionary": .string(info.dictionary), "fingerprint": .string(info.fingerprint),
                    "map_fingerprint": .string(dictionaryFingerprint),
                ])
        }
        func refuse(_ entry: StoredEntry, _ reason: String) -> APIError {
            Self.unreadable(
                path, "query feature \(entry.query), key feature \(entry.key), head \(entry.head): \(reason)")
        }
        var last: StoredEntry?
        for entry in entries.sorted(by: Columns.precedes) {
            guard entry.query < info.d_sae_query, entry.key < info.d_sae_key, entry.head < info.n_heads else {
                throw refuse(
                    entry, "the dictionary has \(info.d_sae_query) × \(info.d_sae_key) features and \(info.n_heads) heads")
            }
            guard entry.M.isFinite, entry.contribution.isFinite, entry.mask > 0, entry.mask <= 1 else {
                throw refuse(
                    entry,
                    "M \(entry.M), mask \(entry.mask), expected contribution \(entry.contribution): finite numbers and a "
                        + "mask above 0, at most 1, are needed")
            }
            if let last, (last.query, last.key, last.head) == (entry.query, entry.key, entry.head) {
                throw refuse(entry, "it stands twice")
            }
            let (M, size) = pair.product(Int(entry.query), Int(entry.key), head: Int(entry.head))
            guard abs(M - entry.M) <= Self.productTolerance * size else {
                throw refuse(entry, "M is \(entry.M), and the product of the decoder rows is \(M)")
            }
            last = entry
        }
    }

    /// How far M may be from the product computed here, as a share of the sum of its terms' sizes: the rounding of two orders of summation.
    private static let productTolerance: Float = 1e-5
}

/// The entries as columns.
private struct Columns {
    var query: [Int32] = [], key: [Int32] = [], head: [Int32] = []
    var M: [Float] = [], mask: [Float] = [], contribution: [Float] = []

    init(_ entries: [StoredEntry]) {
        query = entries.map { Int32($0.query) }
        key = entries.map { Int32($0.key) }
        head = entries.map { Int32($0.head) }
        M = entries.map(\.M)
        mask = entries.map(\.mask)
        contribution = entries.map(\.contribution)
    }

    static let names = ["query_feature", "key_feature", "head", "M", "mask", "expected_contribution"]

    static func precedes(_ a: StoredEntry, _ b: StoredEntry) -> Bool { (a.query, a.key, a.head) < (b.query, b.key, b.head) }

    /// Equal entries in equal order, equal fingerprint.
    var fingerprint: String {
        var print = Fingerprint()
        for column in [query, key, head] { for number in column { print.update(Int(number)) } }
        for column in [M, mask, contribution] { print.update(column.span) }
        return print.text
    }

    init(safetensors path: GuardedPath) throws {
        let file = try SafetensorsFile(path)
        (query, key, head) = (
            try file.integers("query_feature").numbers, try file.integers("key_feature").numbers,
            try file.integers("head").numbers
        )
        (M, mask, contribution) = (
            try file.tensor("M").values, try file.tensor("mask").values, try file.tensor("expected_contribution").values
        )
    }

    init(numPyFolder path: GuardedPath) throws {
        func integers(_ name: String) throws -> [Int32] {
            try NumPyFile.read(path.appending("\(name).npy"), as: Int32.self).numbers
        }
        func floats(_ name: String) throws -> [Float] {
            try NumPyFile.read(path.appending("\(name).npy"), as: Float.self).numbers
        }
        (query, key, head) = (try integers("query_feature"), try integers("key_feature"), try integers("head"))
        (M, mask, contribution) = (try floats("M"), try floats("mask"), try floats("expected_contribution"))
    }

    /// The rows.
    ///
    /// - Throws: ``Ragged`` if the columns differ in length, or a number cannot be a feature's or a head's.
    func entries() throws -> [StoredEntry] {
        let counts = [query.count, key.count, head.count, M.count, mask.count, contribution.count]
        guard Set(counts).count == 1 else { throw Ragged(reason: "its columns have \(counts) rows") }
        return try query.indices.map { row in
            guard let query = UInt32(exactly: query[row]), let key = UInt32(exactly: key[row]),
                let head = UInt16(exactly: head[row])
            else {
                throw Ragged(
                    reason: "row \(row) has query feature \(query[row]), key feature \(key[row]), head \(head[row])")
            }
            return StoredEntry(query: query, key: key, head: head, M: M[row], mask: mask[row], contribution: contribution[row])
        }
    }

    struct Ragged: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    func writeSafetensors(_ beta: (values: [Float], shape: [Int]), to path: String) throws {
        let n = query.count
        var file = try ReplacementFile(path)
        try file.append(
            SafetensorsWriter.prefix([
                ("query_feature", .I32, [n]), ("key_feature", .I32, [n]), ("head", .I32, [n]), ("M", .F32, [n]),
                ("mask", .F32, [n]), ("expected_contribution", .F32, [n]), ("beta", .F32, beta.shape),
            ]))
        for column in [query, key, head] { try file.append(numbers: column.span) }
        for column in [M, mask, contribution, beta.values] { try file.append(column.span) }
        try file.commit()
    }

    func writeNumPy(_ beta: (values: [Float], shape: [Int]), to folder: String) throws {
        let n = query.count
        for (name, column) in [("query_feature", query), ("key_feature", key), ("head", head)] {
            try NumPyFile.write(column, shape: [n], to: "\(folder)/\(name).npy")
        }
        for (name, column) in [("M", M), ("mask", mask), ("expected_contribution", contribution)] {
            try NumPyFile.write(column, shape: [n], to: "\(folder)/\(name).npy")
        }
        try NumPyFile.write(beta.values, shape: beta.shape, to: "\(folder)/beta.npy")
    }
}

extension TranscoderPair {
    /// ⟨W_dec^Q[a, h, :], W_dec^K[b, h, :]⟩, and the sum of its terms' sizes.
    fileprivate func product(_ a: Int, _ b: Int, head: Int) -> (value: Float, size: Float) {
        let K = query.shape.d_head, H = query.shape.n_heads
        return Self.product(query.W_dec, at: (a * H + head) * K, key.W_dec, at: (b * H + head) * K, count: K)
    }

    /// [d_sae_key, H] ⟨b_out^Q[h, :], W_dec^K[b, h, :]⟩.
    fileprivate var beta: [Float] {
        let K = query.shape.d_head, H = query.shape.n_heads
        return (0..<key.shape.d_sae * H).map { index in
            Self.product(query.b_out, at: index % H * K, key.W_dec, at: index * K, count: K).value
        }
    }

    private static func product(_ x: [Float], at i: Int, _ y: [Float], at j: Int, count: Int) -> (value: Float, size: Float) {
        var value: Float = 0, size: Float = 0
        for offset in 0..<count {
            let term = x[i + offset] * y[j + offset]
            value += term
            size += abs(term)
        }
        return (value, size)
    }
}
