internal import Checkpoints

// Attention of one block:
//
// 1. q, k, v = LayerNorm(resid) · W_Q, W_K, W_V + biases, each one product for all rows
// 2. For each sequence and head: scores = attn_scale · q·kᵀ, pattern = causal softmax, z = pattern · v
// 3. out = z · W_O + b_O; resid += out
//
// Step 2 goes head by head through one [T, T] scratch, unless scores or patterns are observed: then all heads go together, because
// an observer sees [B, H, T, T].

extension ForwardPass {
    /// resid += attention(LayerNorm(resid)).
    mutating func attention(_ layer: Int) throws -> Bool {
        let block = weights.blocks[layer]
        let rows = batch.B * batch.T, D = configuration.d_model
        guard try observer.pass(.init(.resid_pre, layer), &resid),
            try normalise(block.ln1, (.init(.ln1_scale, layer), .init(.ln1_x, layer), .init(.ln1_normalized, layer)))
        else { return false }

        if q.isEmpty {
            q = Array(repeating: 0, count: rows * D)
            (k, v, z) = (q, q, q)
        }
        block.c_attn.apply(to: normalised, outputs: 0..<D, into: &q)
        guard try observer.pass(.init(.q, layer), &q) else { return false }
        block.c_attn.apply(to: normalised, outputs: D..<2 * D, into: &k)
        guard try observer.pass(.init(.k, layer), &k) else { return false }
        block.c_attn.apply(to: normalised, outputs: 2 * D..<3 * D, into: &v)
        guard try observer.pass(.init(.v, layer), &v) else { return false }

        guard try attend(layer), try observer.pass(.init(.z, layer), &z) else { return false }
        guard try project(layer, block.c_proj), try observer.pass(.init(.attn_out, layer), &out) else { return false }
        add(out, to: &resid)
        return try observer.pass(.init(.resid_mid, layer), &resid)
    }

    /// z = softmax(attn_scale · q·kᵀ) · v, causally.
    private mutating func attend(_ layer: Int) throws -> Bool {
        let (scoresName, patternName) = (ActivationName(.attn_scores, layer), ActivationName(.pattern, layer))
        let count = batch.B * configuration.n_heads, square = batch.T * batch.T
        let observed = observer.isObserved(scoresName) || observer.isObserved(patternName)
        let together = observed ? count : 1
        if scores.count < together * square { scores = Array(repeating: 0, count: together * square) }
        for first in stride(from: 0, to: count, by: together) {
            let group = first..<first + together
            heads.score(q, k, group, scale: configuration.attn_scale(layer), into: &scores)
            if observed {
                heads.maskFuture(&scores, heads: together)
                guard try observer.pass(scoresName, &scores, count: count * square) else { return false }
            }
            heads.normalise(&scores, heads: together)
            if observed { guard try observer.pass(patternName, &scores, count: count * square) else { return false } }
            heads.average(scores, v, group, into: &z)
        }
        return true
    }

    /// out = z · W_O + b_O; head by head if their contributions are observed.
    private mutating func project(_ layer: Int, _ c_proj: GPT2Weights.Linear) throws -> Bool {
        let name = ActivationName(.result, layer)
        guard observer.isObserved(name) else {
            c_proj.apply(to: z, into: &out)
            return true
        }
        var result = [Float](repeating: 0, count: z.count * configuration.n_heads)
        heads.contributions(z, c_proj.weight, into: &result)
        guard try observer.pass(name, &result) else { return false }
        heads.sum(result, c_proj.bias, into: &out)
        return true
    }
}
