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
        // The fingerprint, because a name may stand for another once the first is deleted.
        let key = "\(id) \(info.fingerprint)"
        if let weights = resident.withLock({ $0[key] }) { return LoadedSAE(info: info, model: model, weights: weights) }
        let weights = try await compute.run { [archive] in try archive.weights(info) }
        resident.withLock { $0[key] = weights }
        return LoadedSAE(info: info, model: model, weights: weights)
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

    /// Autoencoders that take a prompt apart, those of lower layers first, and their model.
    ///
    /// - Parameters:
    ///   - asked: Those that the call names; nil for the newest of each layer and activation.
    ///   - roots: Those that must be among them.
    ///   - modelName: The model that the call names, if any.
    /// - Throws: `sae_not_found`, `sae_unsuited`, `dictionary_model_mismatch`, `model_not_found`; a parameter error for two of one layer and
    ///   activation.
    func autoencoders(_ asked: [String]?, roots: [String], modelName: String?) async throws -> (LoadedModel, [LoadedSAE]) {
        var names: [String] = []
        for name in (asked ?? []) + roots where !names.contains(name) { names.append(name) }
        var found: [Place: LoadedSAE] = [:], model = try await models.model(modelName)
        for name in names {
            let first = found.values.first
            let sae = try await autoencoder(name, ofOneOf: Self.tracedSites, modelName: modelName ?? first?.model.name)
            if let other = found[Place(sae.info)] {
                throw ParameterError(
                    "saes", "\(other.info.sae) and \(name) are both of \(sae.info.site.rawValue) of layer \(sae.info.layer)")
            }
            found[Place(sae.info)] = sae
            model = sae.model
        }
        if asked == nil {
            let fingerprint = model.fingerprint
            let all = try archive.newest(after: nil, limit: Int.max) {
                $0.model_fingerprint == fingerprint && Self.tracedSites.contains($0.site)
            }.found
            for info in all where found[Place(info)] == nil {
                found[Place(info)] = try await autoencoder(info.sae, ofOneOf: Self.tracedSites, modelName: model.name)
            }
        }
        guard !found.isEmpty else {
            throw APIError(
                .saeNotFound,
                "there is no sparse autoencoder of z or resid_pre of '\(model.name)'; `saes.train` and `saes.import` make one",
                facts: ["model": .string(model.name)])
        }
        return (
            model,
            found.values.sorted {
                ($0.info.layer, $0.info.site != .resid_pre ? 1 : 0) < ($1.info.layer, $1.info.site != .resid_pre ? 1 : 0)
            }
        )
    }
}

/// An autoencoder with everything that using it takes.
struct LoadedSAE: Sendable {
    let info: SAEInfo
    let model: LoadedModel
    let weights: Autoencoder

    /// - Throws: `feature_out_of_range`.
    func check(feature: Int) throws(APIError) {
        guard (0..<info.d_sae).contains(feature) else {
            throw APIError(
                .featureOutOfRange,
                "feature \(feature) is out of range for sparse autoencoder '\(info.sae)' (d_sae = \(info.d_sae))",
                facts: ["feature": .integer(feature), "d_sae": .integer(info.d_sae), "sae": .string(info.sae)])
        }
    }
}
