import API
import Artifacts
import Dictionaries
import JSON
import Store
import Tensors
private import Synchronization

/// The sparse autoencoders that calls can name; those used last stay resident.
final class SAELibrary: Sendable {
    /// Bytes that stay resident, a quarter of the machine's: of 768 × 24,576 one is 150 MB, and the 24 that explore GPT-2 small by z and
    /// the residual stream 3.6 GB.
    private static let residentLimit = MachineMemory.bytes / 4

    let archive: SAEArchive
    /// Prompts that are taken apart by many at once.
    let turns = PassTurns()
    private let models: ModelLibrary
    private let compute: Compute
    private let resident = Mutex(
        RecentlyUsed<Autoencoder>(limit: residentLimit) { autoencoder in
            autoencoder.buffers.reduce(0) { $0 + $1.values.count } * MemoryLayout<Float>.stride
        })

    /// A library over an archive.
    init(archive: SAEArchive, models: ModelLibrary, compute: Compute) {
        (self.archive, self.models, self.compute) = (archive, models, compute)
    }

    /// An autoencoder with its weights and its model.
    ///
    /// - Parameters:
    ///   - id: The autoencoder.
    ///   - site: The activation that the question needs; nil if it takes any.
    ///   - modelName: The model that the call names, if any; it must be the autoencoder's own.
    /// - Throws: `sae_not_found`, `sae_unsuited`, `dictionary_model_mismatch`.
    func autoencoder(_ id: String, of site: SAESite?, modelName: String?) async throws -> LoadedSAE {
        try await autoencoder(id, ofOneOf: site.map { [$0] } ?? SAESite.allCases, modelName: modelName)
    }

    /// An autoencoder of one of some activations, with its weights and its model.
    ///
    /// - Throws: `sae_not_found`, `sae_unsuited`, `dictionary_model_mismatch`.
    func autoencoder(_ id: String, ofOneOf sites: [SAESite], modelName: String?) async throws -> LoadedSAE {
        let (info, model) = try await described(id, ofOneOf: sites, modelName: modelName)
        return LoadedSAE(info: info, model: model, weights: try await weights(info) { $0[$2] = $1 })
    }

    private func described(
        _ id: String, ofOneOf sites: [SAESite], modelName: String?
    ) async throws -> (info: SAEInfo, model: LoadedModel) {
        let info = try archive.info(id)
        guard sites.contains(info.site) else {
            let needed = sites.map(\.rawValue).joined(separator: " or ")
            throw APIError(
                .saeUnsuited, "sparse autoencoder \(id) is of \(info.site.rawValue); this question needs one of \(needed)",
                facts: ["sae": .string(id), "site": .string(info.site.rawValue), "needed": .string(needed)])
        }
        let model = try await models.model(modelName ?? info.model)
        guard model.fingerprint == info.model_fingerprint else {
            throw APIError(
                .dictionaryModelMismatch,
                "sparse autoencoder \(id) is for '\(info.model)' with fingerprint \(info.model_fingerprint); '\(model.name)' has "
                    + model.fingerprint,
                facts: ["sae": .string(id), "model": .string(model.name), "fingerprint": .string(model.fingerprint)])
        }
        return (info, model)
    }

    /// The weights of one of many that are read in turn; it stays resident if nothing else has to go for it.
    ///
    /// - Throws: `sae_not_found` if it has been deleted meanwhile.
    func weightsInPassing(_ info: SAEInfo) async throws -> Autoencoder { try await weights(info) { $0.offer($1, $2) } }

    private func weights(
        _ info: SAEInfo, _ keep: (inout RecentlyUsed<Autoencoder>, Autoencoder, String) -> Void
    ) async throws -> Autoencoder {
        // The fingerprint, because a name may stand for another once the first is deleted.
        let key = "\(info.sae) \(info.fingerprint)"
        if let weights = resident.withLock({ $0[key] }) { return weights }
        let weights = try await compute.run { [archive] in
            do {
                return try archive.weights(info)
            } catch {
                // Of one that is gone, that it is gone.
                _ = try archive.info(info.sae)
                throw error
            }
        }
        resident.withLock { keep(&$0, weights, key) }
        return weights
    }
}

extension SAELibrary {
    /// What a graph of features is made of.
    private static let tracedSites: [SAESite] = [.z, .resid_pre]

    /// Where an autoencoder stands: one of each layer and activation is used.
    private struct Place: Hashable {
        let layer: Int
        let site: SAESite

        init(_ info: SAEInfo) { (layer, site) = (info.layer, info.site) }
    }

    /// Weights that one call reads, one autoencoder after another: 24 of GPT-2 small's, 768 × 24,576, are 3.6 GB.
    static let mostBytes = 4 << 30
    /// Weights of one autoencoder among several: to read and to encode by it takes about a second.
    static let mostBytesOfOne = 1 << 30

    /// Autoencoders that take a prompt apart, those of lower layers first, and their model; their weights are not read.
    ///
    /// - Parameters:
    ///   - asked: Those that the call names; nil for the newest of each layer and activation.
    ///   - roots: Those that must be among them.
    ///   - modelName: The model that the call names, if any.
    /// - Throws: `sae_not_found`, `sae_unsuited`, `dictionary_model_mismatch`, `model_not_found`, `out_of_memory` for more than one call reads;
    ///   a parameter error for two of one layer and activation.
    func autoencoders(_ asked: [String]?, roots: [String], modelName: String?) async throws -> (LoadedModel, [SAEInfo]) {
        var names: [String] = []
        for name in (asked ?? []) + roots where !names.contains(name) { names.append(name) }
        var found: [Place: SAEInfo] = [:], model = try await models.model(modelName), isFirst = modelName == nil
        for name in names {
            let (info, own) = try await described(
                name, ofOneOf: Self.tracedSites, modelName: isFirst ? nil : model.name)
            if let other = found[Place(info)] {
                throw ParameterError("saes", "\(other.sae) and \(name) are both of \(info.site.rawValue) of layer \(info.layer)")
            }
            found[Place(info)] = info
            (model, isFirst) = (own, false)
        }
        if asked == nil {
            let fingerprint = model.fingerprint
            let all = try archive.newest(after: nil, limit: Int.max) {
                $0.model_fingerprint == fingerprint && Self.tracedSites.contains($0.site)
            }.found
            for info in all where found[Place(info)] == nil { found[Place(info)] = info }
        }
        guard !found.isEmpty else { throw Self.none(model) }
        try Self.check(Array(found.values))
        return (
            model,
            found.values.sorted { ($0.layer, $0.site != .resid_pre ? 1 : 0) < ($1.layer, $1.site != .resid_pre ? 1 : 0) }
        )
    }

    /// What is said where a model has no autoencoders.
    static func none(_ model: LoadedModel) -> APIError {
        APIError(
            .saeNotFound,
            "there is no sparse autoencoder of z or resid_pre of '\(model.name)'; `saes.train` and `saes.import` make one",
            facts: ["model": .string(model.name)])
    }

    /// - Throws: `out_of_memory`.
    private static func check(_ infos: [SAEInfo]) throws(APIError) {
        let bytes = infos.reduce(0) { $0 + $1.bytes }
        guard bytes <= mostBytes else {
            throw APIError(
                .outOfMemory,
                "the weights of \(infos.count) sparse autoencoders are \(bytes) bytes, and a call reads at most \(mostBytes); name fewer of "
                    + "them with 'saes'",
                facts: ["bytes": .integer(bytes), "limit_bytes": .integer(mostBytes), "saes": .integer(infos.count)])
        }
        guard let large = infos.first(where: { $0.bytes > mostBytesOfOne }) else { return }
        throw APIError(
            .outOfMemory,
            "the weights of sparse autoencoder \(large.sae) are \(large.bytes) bytes, and a prompt is taken apart by one of at most "
                + "\(mostBytesOfOne); name others with 'saes'",
            facts: ["sae": .string(large.sae), "bytes": .integer(large.bytes), "limit_bytes": .integer(mostBytesOfOne)])
    }
}

extension SAEInfo {
    /// What its weights take in memory.
    var bytes: Int { (2 * d_in * d_sae + d_in + 2 * d_sae) * MemoryLayout<Float>.stride }

    /// - Throws: `feature_out_of_range`.
    func check(feature: Int) throws(APIError) {
        guard (0..<d_sae).contains(feature) else {
            throw APIError(
                .featureOutOfRange, "feature \(feature) is out of range for sparse autoencoder '\(sae)' (d_sae = \(d_sae))",
                facts: ["feature": .integer(feature), "d_sae": .integer(d_sae), "sae": .string(sae)])
        }
    }
}

/// An autoencoder with everything that using it takes.
struct LoadedSAE: Sendable {
    let info: SAEInfo
    let model: LoadedModel
    let weights: Autoencoder

    /// - Throws: `feature_out_of_range`.
    func check(feature: Int) throws(APIError) { try info.check(feature: feature) }
}
