public import API
public import Dictionaries
private import JSON
public import Store

/// Trained sparse autoencoders as the store keeps them: a document in the wire's form, and the weights.
///
/// One is visible once its document is written; its tensors are there by then. It never changes afterwards. W_enc is stored as it is
/// held, [F, D].
public struct SAEArchive: Sendable {
    private let store: Store

    /// The autoencoders of a store.
    public init(store: Store) { self.store = store }

    /// An autoencoder's description.
    ///
    /// - Throws: `sae_not_found`.
    public func info(_ id: String) throws -> SAEInfo {
        try store.read { reader in try Self.described(try reader.document(.saes, id: id), id) }
    }

    private static func described(_ bytes: [UInt8]?, _ id: String) throws -> SAEInfo {
        guard let bytes else {
            throw APIError(
                .saeNotFound, "there is no sparse autoencoder '\(id)'; `saes.list` names those there are",
                facts: ["sae": .string(id)])
        }
        return try JSON(parsing: bytes).decode(SAEInfo.self)
    }

    /// Changes an autoencoder's description, inside the caller's transaction.
    ///
    /// - Throws: `sae_not_found`.
    public static func update(_ id: String, in writer: inout StoreWriter, _ change: (inout SAEInfo) -> Void) throws {
        var info = try described(try writer.reader.document(.saes, id: id), id)
        change(&info)
        try publish(info, in: &writer)
    }

    /// A page of descriptions, newest first; only those that are looked at are read.
    ///
    /// - Parameters:
    ///   - cursor: The last autoencoder of the page before; nil: from the newest.
    ///   - limit: The most to return.
    ///   - isWanted: Which of them.
    /// - Returns: The page, and whether there are more.
    /// - Throws: `cursor_invalid` for one that names no autoencoder.
    public func newest(
        after cursor: String?, limit: Int, where isWanted: (SAEInfo) -> Bool
    ) throws -> (found: [SAEInfo], hasMore: Bool) {
        try store.newest(.saes, after: cursor, limit: limit, where: isWanted)
    }

    /// The names of all visible autoencoders, for the garbage collection.
    public func identifiers() throws -> Set<String> { Set(try store.read { try $0.identifiers(.saes) }) }

    /// An autoencoder's weights.
    ///
    /// - Throws: ``StoreError`` if a tensor is damaged, `store_corrupt` if one is missing.
    /// - Complexity: one pass over the weights.
    public func weights(_ info: SAEInfo) throws -> Autoencoder {
        let id = info.sae, (D, F) = (info.d_in, info.d_sae)
        var autoencoder = Autoencoder(zeros: AutoencoderShape(d_in: D, d_sae: F))
        autoencoder.W_enc = try tensor("W_enc", of: id, [F, D])
        autoencoder.b_enc = try tensor("b_enc", of: id, [F])
        autoencoder.W_dec = try tensor("W_dec", of: id, [F, D])
        autoencoder.b_dec = try tensor("b_dec", of: id, [D])
        switch info.activation {
        case .relu: break
        case .topk: autoencoder.gate = .largest(Int(try tensor(Self.countTensor, of: id, [1])[0]))
        case .batchtopk, .jumprelu: autoencoder.gate = .threshold(try tensor("threshold", of: id, [F]))
        }
        return autoencoder
    }

    private static let countTensor = "k", densityTensor = "density"

    /// [F] the share of tokens at which each feature was active when its training ended; nil where that was not counted.
    ///
    /// - Throws: ``StoreError`` if it is damaged.
    public func density(_ info: SAEInfo) throws -> [Float]? {
        try store.read { try $0.tensor(owner: info.sae, name: Self.densityTensor) }.map(\.values)
    }

    private func tensor(_ name: String, of id: String, _ shape: [Int]) throws -> [Float] {
        let found = try store.read { try $0.tensor(owner: id, name: name) }
        guard let found, found.shape == shape, found.values.allSatisfy(\.isFinite) else {
            throw APIError(
                .storeCorrupt,
                "sparse autoencoder \(id) has \(found.map { "a tensor \(name) of shape \($0.shape)" } ?? "no tensor \(name)") where "
                    + "finite numbers of shape \(shape) were written", facts: ["sae": .string(id), "tensor": .string(name)])
        }
        return found.values
    }

    /// Writes the tensors of an autoencoder that is not yet visible, under the number that it will have; all or none.
    ///
    /// - Parameters:
    ///   - autoencoder: The autoencoder.
    ///   - density: [F] the share of tokens at which each feature is active, if that was counted.
    /// - Returns: The identifier to publish it under.
    public func write(_ autoencoder: Autoencoder, density: [Double]? = nil) throws -> String {
        let id = try store.write { writer in "s\(try writer.nextNumber(.saes))" }
        var buffers = autoencoder.buffers
        if case .largest(let k) = autoencoder.gate { buffers.append((Self.countTensor, [1], [Float(k)])) }
        if let density { buffers.append((Self.densityTensor, [density.count], density.map { Float($0) })) }
        do {
            for buffer in buffers { try store.writeTensor(buffer.values, shape: buffer.shape, owner: id, name: buffer.name) }
        } catch {
            try? store.deleteTensors(owner: id)
            throw error
        }
        return id
    }

    /// Makes an autoencoder visible, inside the caller's transaction.
    public static func publish(_ info: SAEInfo, in writer: inout StoreWriter) throws {
        try writer.put(try JSON(encoding: info).bytes(), .saes, id: info.sae)
    }

    /// Removes an autoencoder: first from sight, then from the disk.
    public func delete(_ id: String) throws {
        try store.write { writer in _ = try writer.delete(.saes, id: id) }
        try store.deleteTensors(owner: id)
    }
}
