public import Dictionaries
private import Tensors

extension TranscoderPair {
    /// A short name of the weights of both sides: equal weights and gates, equal fingerprint.
    public var fingerprint: String {
        var print = Fingerprint()
        for side in [query, key] {
            for size in [side.shape.d_model, side.shape.d_sae, side.shape.n_heads, side.shape.d_head] { print.update(size) }
            for parameter in Transcoder.Parameter.allCases { print.update(side[parameter].span) }
            switch side.gate {
            case .positive: break
            case .threshold(let values): print.update(values.span)
            case .largest(let k): print.update(k)
            }
        }
        return print.text
    }
}
