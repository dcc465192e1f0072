public import API
public import Dictionaries
private import JSON
public import Store

/// Trained dictionaries as the store keeps them: a document in the wire's form, and the ten weight tensors.
///
/// A dictionary is visible once its document is written; its tensors are there by then. It never changes afterwards.
public struct DictionaryArchive: Sendable {
    private let store: Store

    /// The dictionaries of a store.
    public init(store: Store) { self.store = store }

    /// A dictionary's description.
    ///
    /// - Throws: `dictionary_not_found`.
    public func info(_ id: String) throws -> DictionaryInfo {
        try store.read { reader in try Self.described(try reader.document(.dictionaries, id: id), id) }
    }

    private static func described(_ bytes: [UInt8]?, _ id: String) throws -> DictionaryInfo {
        guard let bytes else {
            throw APIError(
                .dictionaryNotFound, "there is no dictionary '\(id)'; `dictionaries.list` names those there are",
                facts: ["dictionary": .string(id)])
        }
        return try JSON(parsing: bytes).decode(DictionaryInfo.self)
    }

    /// Changes a dictionary's description, inside the caller's transaction.
    ///
    /// - Throws: `dictionary_not_found`.
    public static func update(_ id: String, in writer: inout StoreWriter, _ change: (inout DictionaryInfo) -> Void) throws {
        var info = try described(try writer.reader.document(.dictionaries, id: id), id)
        change(&info)
        try publish(info, in: &writer)
    }

    /// A page of descriptions, newest first; only those that are looked at are read.
    ///
    /// - Parameters:
    ///   - cursor: The last dictionary of the page before; nil: from the newest.
    ///   - limit: The most to return.
    ///   - isWanted: Which of them.
    /// - Returns: The page, and whether there are more.
    /// - Throws: `cursor_invalid` for one that names no dictionary.
    public func newest(
        after cursor: String?, limit: Int, where isWanted: (DictionaryInfo) -> Bool
    ) throws -> (found: [DictionaryInfo], hasMore: Bool) {
        try store.newest(.dictionaries, after: cursor, limit: limit, where: isWanted)
    }

    /// The names of all visible dictionaries, for the garbage collection.
    public func identifiers() throws -> Set<String> { Set(try store.read { try $0.identifiers(.dictionaries) }) }

    /// A dictionary's weights.
    ///
    /// - Throws: ``StoreError`` if a tensor is missing or damaged.
    /// - Complexity: one pass over the weights.
    public func weights(_ info: DictionaryInfo) throws -> TranscoderPair {
        TranscoderPair(
            query: try side("query", info.dictionary, d_sae: info.d_sae_query, info),
            key: try side("key", info.dictionary, d_sae: info.d_sae_key, info))
    }

    /// Writes the tensors of a dictionary that is not yet visible, under the number that it will have; all or none.
    ///
    /// - Returns: The identifier to publish it under.
    public func write(_ weights: TranscoderPair) throws -> String {
        let id = try store.write { writer in "d\(try writer.nextNumber(.dictionaries))" }
        do {
            try write(weights.query, "query", owner: id)
            try write(weights.key, "key", owner: id)
        } catch {
            try? store.deleteTensors(owner: id)
            throw error
        }
        return id
    }

    /// Keeps the figures of a training with the dictionary that it has made, which is not yet visible.
    public func write(_ history: TrainingHistory, of id: String) throws {
        let tensor = history.tensor
        if history.lines.isEmpty { return }
        try store.writeTensor(tensor.values, shape: tensor.shape, owner: id, name: TrainingHistory.tensorName)
    }

    /// The figures of a dictionary's training; nil where none were kept.
    ///
    /// - Throws: `dictionary_not_found`.
    public func history(_ id: String) throws -> TrainingHistory? {
        _ = try info(id)
        return try store.read { try $0.tensor(owner: id, name: TrainingHistory.tensorName) }.flatMap {
            TrainingHistory($0.values, shape: $0.shape)
        }
    }

    private func write(_ side: Transcoder, _ name: String, owner: String) throws {
        for parameter in Transcoder.Parameter.allCases {
            try store.writeTensor(
                side[parameter], shape: side.shape.extents(parameter), owner: owner, name: "\(name).\(parameter.rawValue)")
        }
        if let (gate, values) = side.gate.tensor {
            try store.writeTensor(values, shape: [values.count], owner: owner, name: "\(name).\(gate)")
        }
    }

    /// Makes a dictionary visible, or changes its description.
    public func publish(_ info: DictionaryInfo) throws {
        try store.write { writer in try Self.publish(info, in: &writer) }
    }

    /// Makes a dictionary visible, inside the caller's transaction.
    public static func publish(_ info: DictionaryInfo, in writer: inout StoreWriter) throws {
        try writer.put(try JSON(encoding: info).bytes(), .dictionaries, id: info.dictionary)
    }

    /// Removes a dictionary: first from sight, then from the disk.
    public func delete(_ id: String) throws {
        try store.write { writer in _ = try writer.delete(.dictionaries, id: id) }
        try store.deleteTensors(owner: id)
    }

    private func side(_ name: String, _ id: String, d_sae: Int, _ info: DictionaryInfo) throws -> Transcoder {
        let shape = TranscoderShape(
            d_model: info.d_model, d_sae: d_sae, n_heads: info.n_heads, d_head: info.d_model / info.n_heads)
        var transcoder = Transcoder(zeros: shape)
        for parameter in Transcoder.Parameter.allCases {
            let tensorName = "\(name).\(parameter.rawValue)"
            let found = try store.read { try $0.tensor(owner: id, name: tensorName) }
            guard let found, found.shape == shape.extents(parameter) else {
                throw APIError(
                    .storeCorrupt,
                    "dictionary \(id) has \(found.map { "a tensor \(tensorName) of shape \($0.shape)" } ?? "no tensor \(tensorName)") "
                        + "where one of shape \(shape.extents(parameter)) was written",
                    facts: ["dictionary": .string(id), "tensor": .string(tensorName)])
            }
            transcoder[parameter] = found.values
        }
        transcoder.gate = try gate(name, id, d_sae: d_sae)
        return transcoder
    }

    /// The gate: ReLU where no tensor says otherwise.
    private func gate(_ name: String, _ id: String, d_sae: Int) throws -> FeatureGate {
        func values(_ tensor: String, count: Int) throws -> [Float]? {
            guard let found = try store.read({ try $0.tensor(owner: id, name: "\(name).\(tensor)") }) else { return nil }
            guard found.shape == [count], found.values.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
                throw APIError(
                    .storeCorrupt,
                    "dictionary \(id) has a tensor \(name).\(tensor) of shape \(found.shape) where \(count) finite numbers, none "
                        + "negative, were written", facts: ["dictionary": .string(id), "tensor": .string("\(name).\(tensor)")])
            }
            return found.values
        }
        if let thresholds = try values(FeatureGate.thresholdTensor, count: d_sae) { return .threshold(thresholds) }
        if let k = try values(FeatureGate.countTensor, count: 1) { return .largest(Int(k[0])) }
        return .positive
    }
}

extension FeatureGate {
    fileprivate static let thresholdTensor = "threshold", countTensor = "k"

    /// The tensor that stands for it, and the end of its name; nil for ReLU.
    fileprivate var tensor: (name: String, values: [Float])? {
        switch self {
        case .positive: nil
        case .threshold(let values): (Self.thresholdTensor, values)
        case .largest(let k): (Self.countTensor, [Float(k)])
        }
    }
}
