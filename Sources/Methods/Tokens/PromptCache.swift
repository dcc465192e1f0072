import API
import Artifacts
import Attribution
import Dictionaries
import Tensors
private import Synchronization

/// The activations of the prompts that were asked about last, and what dictionaries make of them, so that the next question about one of
/// them costs neither a forward pass nor an encoding.
///
/// An entry belongs to the model's weights, not to its name: a model that is read again from other files has entries of its own.
public final class PromptCache: Sendable {
    fileprivate struct Key: Hashable {
        let fingerprint: String
        let layer: Int
        let tokens: [Int32]
    }

    fileprivate struct Entry {
        let activations: LayerActivations
        /// By dictionary; the name of one that has been deleted never stands for another.
        var encoded: [String: EncodedSequence] = [:]

        var bytes: Int { activations.bytes + encoded.values.reduce(0) { $0 + $1.bytes } }
    }

    fileprivate struct State {
        var entries: [Key: Entry] = [:]
        /// The one used last stands last.
        var order: [Key] = []
        var bytes = 0
        var hits = 0, misses = 0
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
        if let found = state.withLock({ $0.use(key) }) { return found.activations }
        state.withLock { $0.misses += 1 }
        let found = try LayerActivations(model.gpt2, layer: layer, tokens: tokens)
        state.withLock { $0.keep(Entry(activations: found), key, limit: limit) }
        return found
    }

    /// What a dictionary makes of a prompt.
    ///
    /// - Throws: ``GPT2Error``.
    func look(_ dictionary: LoadedDictionary, tokens: [Int32]) throws -> AttentionLook {
        let (model, name, layer) = (dictionary.model, dictionary.info.dictionary, dictionary.info.layer)
        let key = Key(fingerprint: model.fingerprint, layer: layer, tokens: tokens)
        let kept = state.withLock { state in state.entries[key]?.encoded[name] != nil ? state.use(key) : nil }
        if let kept, let encoded = kept.encoded[name] { return AttentionLook(kept.activations, encoded, dictionary.pair) }
        let activations = try activations(model, layer: layer, tokens: tokens)
        let encoded = EncodedSequence(dictionary.pair, x: activations.x.values.span)
        state.withLock { state in
            guard var entry = state.entries[key] else { return }
            entry.encoded[name] = encoded
            state.keep(entry, key, limit: limit)
        }
        return AttentionLook(activations, encoded, dictionary.pair)
    }

    /// How full it is, and what it has been good for.
    var info: PromptCacheInfo {
        state.withLock { state in
            PromptCacheInfo(
                prompts: state.entries.count, bytes: state.bytes, limit_bytes: limit, hits: state.hits, misses: state.misses)
        }
    }

    /// Forgets what belongs to a model's weights.
    func forget(fingerprint: String) {
        state.withLock { state in
            for key in state.order where key.fingerprint == fingerprint { state.remove(key) }
        }
    }
}

extension PromptCache.State {
    fileprivate mutating func use(_ key: PromptCache.Key) -> PromptCache.Entry? {
        guard let found = entries[key] else { return nil }
        order.removeAll { $0 == key }
        order.append(key)
        hits += 1
        return found
    }

    fileprivate mutating func keep(_ entry: PromptCache.Entry, _ key: PromptCache.Key, limit: Int) {
        guard entry.bytes <= limit else { return }
        remove(key)
        entries[key] = entry
        order.append(key)
        bytes += entry.bytes
        while bytes > limit, let oldest = order.first { remove(oldest) }
    }

    fileprivate mutating func remove(_ key: PromptCache.Key) {
        guard let gone = entries.removeValue(forKey: key) else { return }
        order.removeAll { $0 == key }
        bytes -= gone.bytes
    }
}
