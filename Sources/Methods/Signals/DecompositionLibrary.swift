import API
import Artifacts
public import Store
import Circuits
import JSON
private import Synchronization

/// The singular decompositions that calls ask for: resident, from the store, or made and kept.
///
/// A layer is decomposed once for each form: what is not asked for is never made.
public final class DecompositionLibrary: Sendable {
    /// How many layers stay resident, forms counted apart: every form of GPT-2 small's layers is 228 MB.
    private static let residentLimit = 48

    private let archive: DecompositionArchive
    private let resident = Mutex(RecentlyUsed<LayerDecompositions>(limit: residentLimit))

    /// A library over a store.
    public init(store: Store) { archive = DecompositionArchive(store: store) }

    /// A layer's decompositions, on the caller's thread, which is not the cooperative pool's.
    ///
    /// - Throws: `model_unsupported` for a head whose map has no decomposition in single precision; ``StoreError``, but not for a full
    ///   disk: the decompositions are then made again after the next start.
    func layer(_ model: LoadedModel, _ layer: Int, _ form: QKForm) throws -> LayerDecompositions {
        let key = "\(model.fingerprint).\(form.rawValue).\(layer)"
        if let found = resident.withLock({ $0[key] }) { return found }
        let found = try archive.layer(model, layer, form) ?? made(model, layer, form)
        resident.withLock { $0[key] = found }
        return found
    }

    private func made(_ model: LoadedModel, _ layer: Int, _ form: QKForm) throws -> LayerDecompositions {
        let made: LayerDecompositions
        do {
            made = try LayerDecompositions(model.gpt2, layer: layer, form: form)
        } catch let error as DecompositionError {
            throw APIError(
                .modelUnsupported, error.description,
                facts: ["model": .string(model.name), "layer": .integer(error.layer), "head": .integer(error.head)])
        }
        do {
            try archive.keep(made, of: model)
        } catch StoreError.full {
            // The answer needs no room.
        }
        return made
    }

    /// Forgets what was kept of a model; off the cooperative pool.
    func forget(model name: String) throws { try archive.delete(model: name) }
}
