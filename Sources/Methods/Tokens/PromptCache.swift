import Artifacts
import Attribution
private import Synchronization

/// The activations of the prompts that were asked about last, so that the next question about one of them costs no forward pass.
///
/// An entry belongs to the model's weights, not to its name: a model that is read again from other files has entries of its own.
public final class PromptCache: Sendable {
    fileprivate struct Key: Hashable {
        let fingerprint: String
        let layer: Int
        let tokens: [Int32]
    }

    fileprivate struct State {
        var entries: [Key: LayerActivations] = [:]
        /// The one used last stands last.
        var order: [Key] = []
        var bytes = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// A cache that holds no more than `limit` bytes; 0 keeps nothing.
    public init(limit: Int) { self.limit = limit }

    /// The activations of a prompt at a layer: at hand, or from a forward pass on the caller's thread.
    ///
    /// - Throws: ``GPT2Error``.
    func activations(_ model: LoadedModel, layer: Int, tokens: [Int32]) throws -> LayerActivations {
        let key = Key(fingerprint: model.fingerprint, layer: layer, tokens: tokens)
        if let found = state.withLock({ $0.use(key) }) { return found }
        let found = try LayerActivations(model.gpt2, layer: layer, tokens: tokens)
        state.withLock { $0.keep(found, key, limit: limit) }
        return found
    }

    /// Forgets what belongs to a model's weights.
    func forget(fingerprint: String) {
        state.withLock { state in
            for key in state.order where key.fingerprint == fingerprint { state.remove(key) }
        }
    }

    /// What the entries take.
    var bytes: Int { state.withLock { $0.bytes } }
}

extension PromptCache.State {
    fileprivate mutating func use(_ key: PromptCache.Key) -> LayerActivations? {
        guard let found = entries[key] else { return nil }
        order.removeAll { $0 == key }
        order.append(key)
        return found
    }

    fileprivate mutating func keep(_ activations: LayerActivations, _ key: PromptCache.Key, limit: Int) {
        remove(key)
        guard activations.bytes <= limit else { return }
        entries[key] = activations
        order.append(key)
        bytes += activations.bytes
        while bytes > limit, let oldest = order.first { remove(oldest) }
    }

    fileprivate mutating func remove(_ key: PromptCache.Key) {
        guard let gone = entries.removeValue(forKey: key) else { return }
        order.removeAll { $0 == key }
        bytes -= gone.bytes
    }
}
