public import Circuits
public import Store
private import Tensors

/// The singular decompositions of models' heads as the store keeps them: one tensor for each layer and form, under the model's name.
///
/// They follow from the weights, so none is lost for good: one that is not there, is damaged or was made of other weights is made anew.
public struct DecompositionArchive: Sendable {
    private let store: Store

    /// The decompositions of a store.
    public init(store: Store) { self.store = store }

    /// Whose the decompositions of a model are, among the owners of tensors.
    ///
    /// A model's name may be longer than an owner's.
    public static func owner(ofModel name: String) -> String {
        var print = Fingerprint()
        for byte in name.utf8 { print.update(Int(byte)) }
        return "model-" + print.text
    }

    /// A layer's decompositions; nil if they were not kept, or of other weights.
    ///
    /// - Throws: `StoreError`, but not for damage: what is damaged is not there.
    public func layer(_ model: LoadedModel, _ layer: Int, _ form: QKForm) throws -> LayerDecompositions? {
        let found: StoredTensor?
        do {
            found = try store.read { try $0.tensor(owner: Self.owner(ofModel: model.name), name: name(model, layer, form)) }
        } catch StoreError.corrupt {
            return nil
        }
        return found.flatMap {
            LayerDecompositions(model.gpt2, layer: layer, form: form, packed: Tensor($0.shape, $0.values))
        }
    }

    /// Keeps a layer's decompositions, and forgets those of the weights that had the model's name before.
    ///
    /// They are there once their header is, which is written last: what a killed process leaves of them is nothing.
    /// - Throws: `StoreError.full` among others, after which nothing of them is left.
    public func keep(_ decompositions: LayerDecompositions, of model: LoadedModel) throws {
        let owner = Self.owner(ofModel: model.name), packed = decompositions.packed
        let others = try store.read { try $0.tensors(owner: owner) }
        if others.contains(where: { !$0.name.hasPrefix(model.fingerprint) }) { try store.deleteTensors(owner: owner) }
        try store.writeTensor(
            packed.values, shape: packed.shape, owner: owner, name: name(model, decompositions.layer, decompositions.form))
    }

    /// Forgets a model's decompositions.
    public func delete(model name: String) throws { try store.deleteTensors(owner: Self.owner(ofModel: name)) }

    private func name(_ model: LoadedModel, _ layer: Int, _ form: QKForm) -> String {
        "\(model.fingerprint).\(form.rawValue).\(layer)"
    }
}
