public import API
private import Checkpoints
public import Dictionaries
public import GPT2
private import JSON
private import Tensors

extension SAESite {
    /// The activation of a layer.
    public func activation(_ layer: Int) -> ActivationName {
        switch self {
        case .z: ActivationName(.z, layer)
        case .attn_out: ActivationName(.attn_out, layer)
        case .ln1_x: ActivationName(.ln1_x, layer)
        case .resid_pre: ActivationName(.resid_pre, layer)
        }
    }

    /// How many elements it has for each token.
    public func width(in model: GPT2Model) -> Int {
        let c = model.configuration
        return self == .z ? c.n_heads * c.d_head : c.d_model
    }
}

extension SAEInfo {
    /// The length of the contexts that it was trained on.
    public var context: Int { settings["context"]?.integer.map { max(1, $0) } ?? Corpus.longestContext }

    /// The text that a call names, or the one that it was trained on; a field is named with its text.
    public func corpus(unless corpus: String?, field: String?) -> (corpus: String?, field: String?) {
        if let corpus { return (corpus, field) }
        return (self.corpus.isEmpty ? nil : self.corpus, field ?? settings["text_field"]?.string)
    }
}

extension Autoencoder {
    /// A short name of the weights: equal weights and gates, equal fingerprint.
    public var fingerprint: String {
        var print = Fingerprint()
        for size in [shape.d_in, shape.d_sae] { print.update(size) }
        for buffer in buffers { print.update(buffer.values.span) }
        if case .largest(let k) = gate { print.update(k) }
        return print.text
    }
}
