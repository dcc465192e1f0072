internal import Attribution
internal import Checkpoints
internal import GPT2
public import Tensors

// What upstream heads and MLPs carry of the signal that a look reads (specification 2.5):
//
// 1. The look's kept singular vectors of one side, orthonormal, span what the head reads there: P = Σ_k u_k u_kᵀ.
// 2. Of an upstream head's or MLP's output o at that side's token, δ = P·o, less its mean, is the signal. In the form of 2024 P is of vectors with an
//    entry for the biases; the code of 2024 projected [o, 1], and so has a part of δ that no head wrote (`compat2024`).
// 3. The control is a vector of the same length as δ, from as many of the head's other singular vectors, drawn at random; where there are
//    none, or o has nothing of them, any direction at right angles to the signal's.

/// One prompt's look, and what some heads and MLPs below it carry of its signal.
public struct CarriedSignal: Sendable {
    /// What writes into the stream below the look.
    public enum Writer: Hashable, Sendable, CustomStringConvertible {
        /// A head.
        case head(layer: Int, head: Int)
        /// A layer's MLP.
        case mlp(layer: Int)

        /// Its layer.
        public var layer: Int {
            switch self {
            case .head(let layer, _), .mlp(let layer): layer
            }
        }

        /// In words.
        public var description: String {
            switch self {
            case .head(let layer, let head): "head \(layer).\(head)"
            case .mlp(let layer): "the MLP of layer \(layer)"
            }
        }

        fileprivate var part: StreamPart {
            switch self {
            case .head(let layer, let head): .head(layer: layer, head: head)
            case .mlp(let layer): .mlp(layer: layer)
            }
        }

        fileprivate func addition(at token: Int, _ vector: [Float]) -> StreamAddition {
            switch self {
            case .head(let layer, _): StreamAddition(layer: layer, site: .attn_out, token: token, vector: vector)
            case .mlp(let layer): StreamAddition(layer: layer, site: .mlp_out, token: token, vector: vector)
            }
        }
    }

    /// What one writer's output has of the signal.
    struct Share: Sendable {
        let writer: Writer
        /// [D] what it writes at the token, and its part in the signal.
        let output: [Float], signal: [Float]
    }

    /// The look.
    public let look: Look
    /// Whose signal it is.
    public let side: LookSide
    /// Whether the head looks there at all, as the mode's authors have it.
    public let fires: Bool
    /// The model's own attention and scaled score.
    public let attention: Float, score: Float
    /// How many singular vectors the signal has.
    public let terms: Int
    let shares: [Share]
    /// σ of the LayerNorm that the look reads through, at the side's token.
    let sigma: Float
    /// The looking head's decomposition, whose arrays all looks of the head share, and which of its terms are the signal's.
    private let decomposition: SingularDecomposition, kept: [Int]

    /// The token at which the signal is read.
    public var token: Int { side == .destination ? look.destination : look.source }

    /// Finds what they carry.
    ///
    /// - Parameters:
    ///   - look: The look, whose destination is not before its source.
    ///   - side: At which of its tokens.
    ///   - writers: Heads and MLPs of lower layers.
    ///   - pass: The prompt's pass.
    ///   - settings: How the look's terms are selected.
    ///   - decompositions: Gives a layer's decompositions in a form.
    /// - Throws: ``GPT2Error``, and what `decompositions` throws.
    public init(
        _ look: Look, _ side: LookSide, carriedBy writers: [Writer], in pass: PromptPass, _ settings: TraceSettings,
        _ decompositions: Tracer.Decompositions
    ) throws {
        let parts = try SignalLook(
            pass.layers[look.layer].attention, { try decompositions(look.layer, $0) }, head: look.head,
            destination: look.destination, source: look.source, mode: settings.mode, phi: settings.phi)
        let kept = parts.selection(side).kept, found = parts.terms(side).decomposition, D = pass.D
        (self.look, self.side, fires) = (look, side, parts.fires)
        (attention, score, terms) = (pass.attention(look), pass.score(look), kept.count)
        (decomposition, self.kept) = (found, kept)
        let basis = kept.map { side == .destination ? found.u($0) : found.v($0) }
        let token = side == .destination ? look.destination : look.source
        sigma = pass.layers[look.layer].sigma[token]
        let constant: Float = settings.compat2024 ? 1 : 0
        var shares: [Share] = []
        for writer in writers {
            precondition(writer.layer < look.layer, "\(writer) is not below layer \(look.layer)")
            let output = try pass.vector(writer.part, at: token)
            shares.append(Share(writer: writer, output: output, signal: Self.projected(output, on: basis, constant, D)))
        }
        self.shares = shares
    }

    /// [width] a singular vector of the side.
    private func singularVector(_ k: Int) -> [Float] { side == .destination ? decomposition.u(k) : decomposition.v(k) }

    /// [D] P·[o, constant], less its mean.
    private static func projected(_ output: [Float], on basis: [[Float]], _ constant: Float, _ D: Int) -> [Float] {
        var sum = [Double](repeating: 0, count: D)
        for vector in basis {
            var product = vector.count > D ? Double(constant * vector[D]) : 0
            for d in 0..<D { product += Double(output[d]) * Double(vector[d]) }
            for d in 0..<D { sum[d] += product * Double(vector[d]) }
        }
        let mean = sum.reduce(0, +) / Double(D)
        return sum.map { Float($0 - mean) }
    }

    /// How like an upstream output is to itself after its signal is scaled, mean over the writers: the cosine, and the ratio of lengths.
    public func likeness(factor: Float) -> (cosine: Double, ratio: Double) {
        var cosines = 0.0, ratios = 0.0
        for share in shares {
            let changed = share.output.indices.map { Double(share.output[$0]) + Double((factor - 1) * share.signal[$0]) }
            let own = share.output.map(Double.init)
            let lengths = (Self.length(own), Self.length(changed))
            let product = zip(own, changed).reduce(0) { $0 + $1.0 * $1.1 }
            cosines += lengths.0 * lengths.1 > 0 ? product / (lengths.0 * lengths.1) : 0
            ratios += lengths.0 > 0 ? lengths.1 / lengths.0 : 1
        }
        let count = Double(max(shares.count, 1))
        return (cosines / count, ratios / count)
    }

    private static func length(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    /// What scaling the signal adds to each output.
    ///
    /// - Parameter factor: 0 removes it, 2 doubles it.
    public func additions(factor: Float) -> [StreamAddition] {
        shares.map { share in
            share.writer.addition(at: token, share.signal.map { (factor - 1) * $0 })
        }
    }

    /// Vectors as long as the signal's that are not of it, in their place.
    public func control(factor: Float, using generator: inout RandomGenerator) -> [StreamAddition] {
        let isKept = Set(kept), others = (0..<decomposition.rank).filter { !isKept.contains($0) }
        return shares.map { share in
            let D = share.output.count
            let drawn = generator.permutation(others.count).prefix(kept.count).map { singularVector(others[$0]) }
            var vector = Self.projected(share.output, on: drawn, 0, D).map(Double.init)
            if Self.length(vector) == 0 { vector = random(D, using: &generator) }
            let own = Self.length(share.signal.map(Double.init)), length = Self.length(vector)
            let scale = length > 0 ? Double(factor - 1) * own / length : 0
            return share.writer.addition(at: token, vector.map { Float(scale * $0) })
        }
    }

    /// A direction of zero mean at right angles to the signal's vectors.
    private func random(_ D: Int, using generator: inout RandomGenerator) -> [Double] {
        var vector = (0..<D).map { _ in generator.normal() }
        let mean = vector.reduce(0, +) / Double(D)
        for d in 0..<D { vector[d] -= mean }
        for other in kept.map(singularVector) {
            let product = (0..<D).reduce(0) { $0 + vector[$1] * Double(other[$1]) }
            let square = (0..<D).reduce(0) { $0 + Double(other[$1]) * Double(other[$1]) }
            for d in 0..<D where square > 0 { vector[d] -= product / square * Double(other[d]) }
        }
        return vector
    }
}
