import Dictionaries
import Foundation
import Tensors

// The masked map in double precision on all feature pairs, as the formulas stand in the specification (1.5), and its dense trainer.

struct MapTwin {
    let H, K, n_Q, n_K: Int
    let attn_scale: Double
    /// [n_Q][n_K][H].
    var M: [[[Double]]]
    var mask: [[[Double]]]
    /// [n_K][H].
    let beta: [[Double]]

    init(_ pair: TranscoderPair, attn_scale: Float) {
        self.attn_scale = Double(attn_scale)
        let query = TwinSide(pair.query), key = TwinSide(pair.key)
        let (H, K, n_Q, n_K) = (query.H, query.K, query.F, key.F)
        (self.H, self.K, self.n_Q, self.n_K) = (H, K, n_Q, n_K)
        let product = { (x: [Double], a: Int, y: [Double], b: Int, h: Int) in
            (0..<K).reduce(0) { $0 + x[(a * H + h) * K + $1] * y[(b * H + h) * K + $1] }
        }
        M = (0..<n_Q).map { a in
            (0..<n_K).map { b in (0..<H).map { product(query.W_dec, a, key.W_dec, b, $0) } }
        }
        beta = (0..<n_K).map { b in (0..<H).map { product(query.b_out, 0, key.W_dec, b, $0) } }
        mask = M.map { $0.map { $0.map { _ in 1 } } }
    }

    /// Ŝ [h][i][j], j ≤ i; with `magnitude` the sum of the terms' magnitudes instead.
    func scores(_ f_Q: SparseRows, _ f_K: SparseRows, magnitude: Bool = false) -> [[[Double]]] {
        let size = { (x: Double) in magnitude ? abs(x) : x }
        return (0..<H).map { h in
            (0..<f_Q.rows).map { i in
                (0...i).map { j in
                    var s = 0.0
                    for y in f_K.range(j) {
                        let b = Int(f_K.indices[y])
                        s += size(Double(f_K.values[y]) * beta[b][h])
                        for x in f_Q.range(i) {
                            let a = Int(f_Q.indices[x])
                            s += size(Double(f_Q.values[x]) * Double(f_K.values[y]) * M[a][b][h] * mask[a][b][h])
                        }
                    }
                    return s * attn_scale
                }
            }
        }
    }

    /// KL and dm without the penalty's part.
    func step(_ batch: MaskBatch) -> (kl: Double, gradient: [[[Double]]]) {
        let B = batch.query.count, T = batch.length, R = Double(B * T * H)
        var kl = 0.0, gradient = M.map { $0.map { $0.map { _ in 0.0 } } }
        for s in 0..<B {
            let range = s * T * H * K..<(s + 1) * T * H * K
            let P = TwinPattern(H: H, K: K, T: T, attn_scale: attn_scale).pattern(
                batch.q.map(Double.init)[range], batch.k.map(Double.init)[range])
            let P_hat = scores(batch.query[s], batch.key[s]).map { $0.map(softmax) }
            kl += divergence(P, P_hat) / R
            for i in 0..<T {
                for j in 0...i {
                    for x in batch.query[s].range(i) {
                        for y in batch.key[s].range(j) {
                            let (a, b) = (Int(batch.query[s].indices[x]), Int(batch.key[s].indices[y]))
                            let f = Double(batch.query[s].values[x]) * Double(batch.key[s].values[y])
                            for h in 0..<H {
                                let G = (P_hat[h][i][j] - P[h][i][j]) / R
                                gradient[a][b][h] += M[a][b][h] * G * f * attn_scale
                            }
                        }
                    }
                }
            }
        }
        return (kl, gradient)
    }
}

/// The trainer that keeps every pair of every feature: Adam in double precision and the clamp.
struct DenseMaskTrainer {
    var map: MapTwin
    private var first, second: [[[Double]]]
    private var step = 0

    init(_ map: MapTwin) {
        self.map = map
        first = map.M.map { $0.map { $0.map { _ in 0 } } }
        second = first
    }

    /// One step; returns the divergence before it.
    mutating func advance(_ batch: MaskBatch, lambda: Double, learningRate: Double) -> Double {
        step += 1
        let (kl, gradient) = map.step(batch)
        for a in 0..<map.n_Q {
            for b in 0..<map.n_K {
                for h in 0..<map.H {
                    let g = gradient[a][b][h] + lambda / (2 * (map.mask[a][b][h] + 1e-6).squareRoot())
                    first[a][b][h] = 0.9 * first[a][b][h] + 0.1 * g
                    second[a][b][h] = 0.999 * second[a][b][h] + 0.001 * g * g
                    let root = (second[a][b][h] / (1 - pow(0.999, Double(step)))).squareRoot() + 1e-8
                    let moved = map.mask[a][b][h] - learningRate * first[a][b][h] / (1 - pow(0.9, Double(step))) / root
                    map.mask[a][b][h] = min(max(moved, 0), 1)
                }
            }
        }
        return kl
    }
}
