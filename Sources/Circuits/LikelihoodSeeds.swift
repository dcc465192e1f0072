private import Attribution
private import Checkpoints
internal import GPT2
private import Glibc
private import Kernels
private import Tensors

// What makes a token likely, part by part (specification 2.7):
//
// 1. The last LayerNorm's σ is held, so the logits after a prompt are those of its bias alone and a row for each part of the last token's
//    stream: the part less its mean, over σ, times the gain, unembedded.
// 2. Integrated gradients of log p(token), from the bias alone to the whole in 64 steps, give each part a worth. They are linear in its row,
//    so one direction serves all: gain ∘ W_U·m with m = ∫ (e_token − p(α)) dα. Worths sum to what the whole adds to the log-likelihood.
// 3. Parts are taken away, the worthiest first, until at most 1 − τ of that is left; each is credited with what the log-likelihood fell by.
//
// No rows are kept: what is unembedded is the stream that is left, of several removals at once.
//
// *Source:* Franco & Crovella's ACC++ (2026), by specification 2.7, which has the share τ and the baseline; the order is that of its looks.

/// The fewest parts, in the order of their worths, that hold a share of a token's log-likelihood.
struct LikelihoodSeeds {
    /// By part: what the log-likelihood fell by when it was taken away; in that order.
    let credits: [PartContribution]
    /// What all parts together add to the log-likelihood, in nats.
    let total: Double
    /// How far the parts' worths are from the worth of their sum: rounding, or a mistake.
    let residual: Double

    /// The share τ of the log-likelihood that is taken away.
    private static let share = 0.8
    /// Steps of the integral.
    private static let steps = 64
    /// Streams that are unembedded at once: 6 MB of GPT-2 small's logits.
    private static let streamsAtOnce = 32
    /// The most parts that are taken away.
    private static let mostParts = 512

    /// Takes a token's log-likelihood after a prompt apart.
    ///
    /// - Throws: ``GPT2Error``.
    /// - Complexity: 2·D·V flops for each part that is taken away, and 64 softmaxes of V.
    init(of token: Int32, _ pass: PromptPass) throws {
        let (D, last) = (pass.D, pass.T - 1), W_U = pass.model.weights.W_U_transposed, norm = pass.model.weights.ln_final
        let x = Array(pass.finalX[last * D..<(last + 1) * D])
        let base = Self.logits([[Float](repeating: 0, count: D)], pass)[0], whole = Self.logits([x], pass)[0]
        let lowest = Self.logLikelihood(base, token)
        total = Self.logLikelihood(whole, token) - lowest
        guard total > 0 else {
            (credits, residual) = ([], 0)
            return
        }
        let m = Self.gradient(base, whole, token).map { Float($0) }
        var direction = [Float](repeating: 0, count: D)
        var span = direction.mutableSpan
        gemm(1, D, m.count, m.span, W_U.span, into: &span)
        for d in 0..<D { direction[d] *= norm.gain[d] }
        let mean = direction.reduce(0, +) / Float(D)
        for d in 0..<D { direction[d] -= mean }
        var weights = [Float](repeating: 0, count: pass.T)
        weights[last] = 1 / pass.finalSigma[last]
        let worths = try PartProjections(pass, before: pass.layers.count, directions: direction).contributions(
            direction: 0, weights: weights)
        let sum = (0..<D).reduce(0) { $0 + Double(direction[$1]) * Double(x[$1]) }
        residual = sum - worths.reduce(0) { $0 + $1.value }
        let order = worths.filter { $0.value > 0 }.sorted { $0.value > $1.value }.prefix(Self.mostParts).map(\.part)
        credits = try Self.removed(order, from: x, token, pass, until: lowest + (1 - Self.share) * total, from: lowest + total)
    }

    /// Parts with what the log-likelihood falls by when they go, one after the other, until it is no higher than `floor`.
    private static func removed(
        _ order: [StreamPart], from x: [Float], _ token: Int32, _ pass: PromptPass, until floor: Double, from start: Double
    ) throws -> [PartContribution] {
        let last = pass.T - 1, sigma = pass.finalSigma[last]
        var stream = x, before = start, credits: [PartContribution] = []
        for first in stride(from: 0, to: order.count, by: streamsAtOnce) {
            let parts = order[first..<min(first + streamsAtOnce, order.count)]
            let streams = try parts.map { part in
                let vector = try pass.vector(part, at: last), mean = vector.reduce(0, +) / Float(vector.count)
                for d in stream.indices { stream[d] -= (vector[d] - mean) / sigma }
                return stream
            }
            for (part, logits) in zip(parts, Self.logits(streams, pass)) {
                let left = logLikelihood(logits, token)
                credits.append(PartContribution(part, before - left))
                before = left
                if left <= floor { return credits }
            }
        }
        return credits
    }

    /// [n][V] the logits of normalised streams [n][D].
    private static func logits(_ streams: [[Float]], _ pass: PromptPass) -> [ArraySlice<Float>] {
        let norm = pass.model.weights.ln_final, V = pass.model.configuration.d_vocab
        let rows = streams.flatMap { stream in stream.indices.map { stream[$0] * norm.gain[$0] + norm.bias[$0] } }
        var logits = [Float](scratch: streams.count * V)
        var span = logits.mutableSpan
        pass.model.unembed(rows.span, into: &span)
        return streams.indices.map { logits[$0 * V..<($0 + 1) * V] }
    }

    private static func logLikelihood(_ logits: ArraySlice<Float>, _ token: Int32) -> Double {
        let greatest = Double(logits.max() ?? 0), sum = logits.reduce(0) { $0 + exp(Double($1) - greatest) }
        return Double(logits[logits.startIndex + Int(token)]) - greatest - log(sum)
    }

    /// [V] m of the integrated gradients, by the trapezoid rule.
    private static func gradient(_ base: ArraySlice<Float>, _ whole: ArraySlice<Float>, _ token: Int32) -> [Double] {
        var m = [Double](repeating: 0, count: base.count)
        for step in 0...steps {
            let alpha = Double(step) / Double(steps), weight = (step == 0 || step == steps ? 0.5 : 1) / Double(steps)
            let logits = zip(base, whole).map { Double($0) + alpha * (Double($1) - Double($0)) }
            let greatest = logits.max() ?? 0
            let powers = logits.map { exp($0 - greatest) }, sum = powers.reduce(0, +)
            for v in m.indices { m[v] -= weight * powers[v] / sum }
            m[Int(token)] += weight
        }
        return m
    }
}
