import API
import Artifacts
import Dictionaries
import JSON
import Store
private import Synchronization

/// The sparse autoencoders that calls can name; those used last stay resident.
final class SAELibrary: Sendable {
    /// How many stay resident: at 768 × 24,576 four are 600 MB.
    private static let residentLimit = 4

    let archive: SAEArchive
    private let models: ModelLibrary
    private let compute: Compute
    private let resident = Mutex(RecentlyUsed<Autoencoder>(limit: residentLimit))

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
        let info = try archive.info(id)
        if let site, info.site != site {
            throw APIError(
                .saeUnsuited, "sparse autoencoder \(id) is of \(info.site.rawValue); this question needs one of \(site.rawValue)",
                facts: ["sae": .string(id), "site": .string(info.site.rawValue), "needed": .string(site.rawValue)])
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
