internal import Checkpoints
private import Kernels
private import Tensors

// Attention of one block:
//
// 1. q, k, v = LayerNorm(resid) · W_Q, W_K, W_V + biases: one product for all three, or three where one of them is observed
// 2. For each sequence and head: scores = attn_scale · q·kᵀ, pattern = causal softmax, z = pattern · v
// 3. resid += z · W_O + b_O
//
// Step 2 keeps the scores of a few queries only, unless scores or patterns are observed: an observer sees [B, H, T, T].

extension ForwardPass {
    /// resid += attention(LayerNorm(resid)).
    mutating func attention(_ layer: Int) throws -> Bool {
        let block = weights.blocks[layer]
        guard try observer.pass(.init(.resid_pre, layer), &resid),
            try normalise(block.ln1, (.init(.ln1_scale, layer), .init(.ln1_x, layer), .init(.ln1_normalized, layer)))
        else { return false }
        reserve(&z, scratch, batch.B * batch.T * configuration.d_model)
        let sites: [ActivationName.Site] = [.q, .k, .v, .attn_scores, .pattern]
        if sites.contains(where: { observer.isObserved(.init($0, layer)) }) {
            guard try project(layer, block.c_attn), try attend(layer) else { return false }
        } else {
            reserve(&qkv, scratch, batch.B * batch.T * 3 * configuration.d_model)
            block.c_attn.apply(to: normalised, into: &qkv)
            GPT2.attend(qkv, shape, scale: configuration.attn_scale(layer), into: &z)
        }
        guard try observer.pass(.init(.z, layer), &z), try output(layer, block.c_proj) else { return false }
        return try observer.pass(.init(.resid_mid, layer), &resid)
    }

    /// q, k and v, one after the other.
    private mutating func project(_ layer: Int, _ c_attn: GPT2Weights.Linear) throws -> Bool {
        let D = configuration.d_model
        reserve(&q, scratch, batch.B * batch.T * D)
        c_attn.apply(to: normalised, outputs: 0..<D, into: &q)
        guard try observer.pass(.init(.q, layer), &q) else { return false }
        reserve(&k, scratch, batch.B * batch.T * D)
        c_attn.apply(to: normalised, outputs: D..<2 * D, into: &k)
        guard try observer.pass(.init(.k, layer), &k) else { return false }
        reserve(&v, scratch, batch.B * batch.T * D)
        c_attn.apply(to: normalised, outputs: 2 * D..<3 * D, into: &v)
        return try observer.pass(.init(.v, layer), &v)
    }

    /// z = softmax(attn_scale · q·kᵀ) · v, causally.
    private mutating func attend(_ layer: Int) throws -> Bool {
        let (scoresName, patternName) = (ActivationName(.attn_scores, layer), ActivationName(.pattern, layer))
        let scale = configuration.attn_scale(layer)
        guard observer.isObserved(scoresName) || observer.isObserved(patternName) else {
            GPT2.attend(q, k, v, shape, scale: scale, into: &z)
            return true
        }
        reserve(&scores, scratch, batch.B * batch.T * configuration.n_heads * batch.T)
        score(q, k, shape, scale: scale, into: &scores)
        guard try observer.pass(scoresName, &scores) else { return false }
        makePattern(&scores, shape)
        guard try observer.pass(patternName, &scores) else { return false }
        average(scores, v, shape, into: &z)
        return true
    }

    /// resid += z · W_O + b_O; head by head if their contributions are observed.
    private mutating func output(_ layer: Int, _ c_proj: GPT2Weights.Linear) throws -> Bool {
        let name = ActivationName(.result, layer)
        guard observer.isObserved(name) else { return try accumulate(c_proj, of: z, .init(.attn_out, layer)) }
        let heads = HeadContributions(configuration)
        var result = [Float](scratch: z.count * configuration.n_heads)
        heads.contributions(z, c_proj.weight, into: &result)
        guard try observer.pass(name, &result) else { return false }
        reserve(&out, scratch, batch.B * batch.T * configuration.d_model)
        heads.sum(result, c_proj.bias, into: &out)
        guard try observer.pass(.init(.attn_out, layer), &out) else { return false }
        add(out, to: &resid)
        return true
    }
}
