import Dictionaries
import Tensors

/// A small layer with a dictionary to find: x is a sparse mixture of directions, q and k are linear in x.
struct SmallProblem {
    let shape: TranscoderShape
    let B, T: Int
    /// Not 1/√K, so that a place which forgets to take it from the batch shows.
    let attn_scale: Float = 0.3
    private let directions, W_Q, W_K: [Float]
    private let sources = 24

    init(shape: TranscoderShape = TranscoderShape(d_model: 24, d_sae: 48, n_heads: 2, d_head: 8), B: Int = 4, T: Int = 80) {
        (self.shape, self.B, self.T) = (shape, B, T)
        var generator = RandomGenerator(seed: 11)
        let scale = 1 / Float(shape.d_model).squareRoot()
        let normals = { (count: Int, generator: inout RandomGenerator) in
            (0..<count).map { _ in Float(generator.normal()) * scale }
        }
        directions = normals(sources * shape.d_model, &generator)
        W_Q = normals(shape.d_model * shape.d_out, &generator).map { $0 * 2 }
        W_K = normals(shape.d_model * shape.d_out, &generator).map { $0 * 2 }
    }

    /// A batch whose numbers follow from `seed`.
    func batch(seed: UInt64) -> PatternBatch {
        var generator = RandomGenerator(seed: seed)
        let (D, out) = (shape.d_model, shape.d_out)
        var x = [Float](repeating: 0, count: B * T * D), q = [Float](repeating: 0, count: B * T * out), k = q
        for t in 0..<B * T {
            for _ in 0..<3 {
                let source = Int(generator.next() % UInt64(sources)), size = 2 + 2 * generator.uniform()
                for d in 0..<D { x[t * D + d] += size * directions[source * D + d] }
            }
            for c in 0..<out {
                for d in 0..<D {
                    q[t * out + c] += x[t * D + d] * W_Q[d * out + c]
                    k[t * out + c] += x[t * D + d] * W_K[d * out + c]
                }
            }
        }
        return PatternBatch(sequences: B, length: T, attn_scale: attn_scale, x: x, q: q, k: k)
    }

    /// Both sides at the start of training.
    func start(seed: UInt64) -> TranscoderPair {
        var generator = RandomGenerator(seed: seed)
        let batch = batch(seed: seed)
        let x = means(batch.x, shape.d_model)
        let query = Transcoder(shape, inputMean: x, outputMean: means(batch.q, shape.d_out), using: &generator)
        let key = Transcoder(shape, inputMean: x, outputMean: means(batch.k, shape.d_out), using: &generator)
        return TranscoderPair(query: query, key: key)
    }

    /// `steps` steps of training from the start; the batch of step s has seed 1000 + s.
    func trained(steps: Int, lambda: Float = 0.15) -> TranscoderPair {
        var pair = start(seed: 1), gradient = pair, optimiser = TranscoderOptimiser(for: pair)
        var step = TranscoderStep()
        let schedule = TrainingSchedule(steps: 2 * steps, learningRate: 3e-3, lambda: lambda)
        for s in 0..<steps {
            _ = step(
                pair, batch(seed: 1000 + UInt64(s)), schedule.coefficients(at: s), paths: (.sparse, .sparse),
                gradient: &gradient)
            optimiser.apply(gradient, to: &pair, learningRate: schedule.learningRate(at: s), movesKeyBias: false)
        }
        return pair
    }
}

/// The mean of the rows of [N, columns].
func means(_ values: [Float], _ columns: Int) -> [Float] {
    var sums = [Float](repeating: 0, count: columns)
    for (index, value) in values.enumerated() { sums[index % columns] += value }
    return sums.map { $0 * Float(columns) / Float(values.count) }
}

/// ‖a − b‖/‖b‖.
func relativeDistance(_ a: [Double], _ b: [Double]) -> Double {
    let difference = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let norm = b.reduce(0) { $0 + $1 * $1 }
    return norm == 0 ? difference.squareRoot() : (difference / norm).squareRoot()
}
