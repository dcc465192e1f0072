import Dictionaries
import Foundation
import Tensors
import Testing

@Suite struct AttentionPatternTests {
    private let n_heads = 2, T = 9

    private func scores(seed: UInt64) -> [Float] {
        var generator = RandomGenerator(seed: seed)
        return (0..<n_heads * T * T).map { _ in Float(generator.normal()) }
    }

    @Test func `scores are the twin's and 0 after the diagonal`() {
        let batch = SmallProblem(B: 1, T: 70).batch(seed: 1), T = 70
        let got = attentionScores(q: batch.q.span, k: batch.k.span, n_heads: 2, d_head: 8, attn_scale: 0.3)
        let want = TwinPattern(H: 2, K: 8, T: T, attn_scale: Double(Float(0.3))).scores(
            batch.q.map(Double.init)[...], batch.k.map(Double.init)[...])
        for h in 0..<2 {
            for i in 0..<T {
                for j in 0..<T {
                    let expected = j <= i ? want[h][i][j] : 0
                    #expect(abs(Double(got[(h * T + i) * T + j]) - expected) < 1e-5 * max(1, abs(expected)))
                }
            }
        }
    }

    @Test func `a pattern explains itself, and a constant of each row is not seen`() {
        let truth = scores(seed: 1)
        var shifted = truth
        for row in 0..<n_heads * T { for j in 0..<T { shifted[row * T + j] += Float(row) / 4 } }
        var metrics = PatternMetrics(n_heads: n_heads)
        metrics.add(truth: truth.span, reconstruction: shifted.span, length: T)
        for h in 0..<n_heads {
            // Adding up to 4.25 to scores in single precision moves them by up to 2.4e-7.
            #expect(abs(metrics.kl[h]) < 1e-6 && metrics.greatestDifference[h] < 1e-6)
            #expect(metrics.sameArgmax[h] == 1 && metrics.unexplained[h] < 1e-12)
        }
    }

    @Test func `uniform attention explains nothing of the variance`() {
        let truth = scores(seed: 1), uniform = [Float](repeating: 0, count: truth.count)
        var metrics = PatternMetrics(n_heads: n_heads)
        metrics.add(truth: truth.span, reconstruction: uniform.span, length: T)
        for h in 0..<n_heads { #expect(abs(metrics.unexplained[h] - 1) < 1e-12) }
    }

    @Test func `the metrics over two sequences are their definitions`() {
        let pairs = [(scores(seed: 1), scores(seed: 2)), (scores(seed: 3), scores(seed: 4))]
        var metrics = PatternMetrics(n_heads: n_heads)
        for (truth, reconstruction) in pairs {
            metrics.add(truth: truth.span, reconstruction: reconstruction.span, length: T)
        }
        for h in 0..<n_heads {
            var kl = 0.0, difference = 0.0, same = 0.0, left = 0.0, total = 0.0
            for (truth, reconstruction) in pairs {
                for i in 0..<T {
                    let row = (h * T + i) * T..<(h * T + i) * T + i + 1
                    let s = truth[row].map(Double.init), s_hat = reconstruction[row].map(Double.init)
                    let P = softmax(s), P_hat = softmax(s_hat)
                    kl += zip(P, P_hat).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
                    difference += zip(P, P_hat).map { abs($0 - $1) }.max()!
                    same += P.firstIndex(of: P.max()!) == P_hat.firstIndex(of: P_hat.max()!) ? 1 : 0
                    let mean = zip(P, s).reduce(0) { $0 + $1.0 * $1.1 }, mean_hat = zip(P, s_hat).reduce(0) { $0 + $1.0 * $1.1 }
                    for j in 0...i {
                        left += P[j] * pow((s[j] - mean) - (s_hat[j] - mean_hat), 2)
                        total += P[j] * pow(s[j] - mean, 2)
                    }
                }
            }
            let rows = Double(2 * T)
            #expect(abs(metrics.kl[h] - kl / rows) < 1e-12)
            #expect(abs(metrics.greatestDifference[h] - difference / rows) < 1e-12)
            #expect(metrics.sameArgmax[h] == same / rows)
            #expect(abs(metrics.unexplained[h] - left / total) < 1e-12)
        }
    }
}
