import Attribution
import Checkpoints
import Foundation
import GPT2
import Tensors
import Testing

/// Losses and divergence the plain way, in double precision from the logits.
struct NaiveComparison {
    private(set) var CE_model = 0.0, CE = 0.0, KL_logits = 0.0

    /// - Parameters:
    ///   - batch: [B, T] tokens.
    ///   - own: [B, T, V] logits.
    ///   - changed: [B, T, V] logits.
    init(_ batch: TokenBatch, own: Tensor, changed: Tensor) {
        let V = own.shape[2], T = batch.T
        for row in 0..<batch.B * T {
            let p = logProbabilities(own.values[row * V..<(row + 1) * V].map(Double.init))
            let q = logProbabilities(changed.values[row * V..<(row + 1) * V].map(Double.init))
            KL_logits += zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) } / Double(batch.B * T)
            if row % T < T - 1 {
                let next = Int(batch.tokens[row + 1]), predictions = Double(batch.B * (T - 1))
                CE_model -= p[next] / predictions
                CE -= q[next] / predictions
            }
        }
    }
}

/// A row's log-softmax.
func logProbabilities(_ scores: [Double]) -> [Double] {
    let greatest = scores.max() ?? 0
    let norm = greatest + log(scores.reduce(0) { $0 + exp($1 - greatest) })
    return scores.map { $0 - norm }
}

@Suite struct LogitComparisonTests {
    private static let names: (normalized: ActivationName, logits: ActivationName) = (.init(.ln_final_normalized), .init(.logits))

    /// A run of a tiny model, and the same with one block's attention output doubled.
    private func runs(_ model: GPT2Model, _ batch: TokenBatch) throws -> (own: Activations, changed: Activations) {
        let wanted: Set = [Self.names.normalized, Self.names.logits]
        let changed = try model.forward(
            batch, capture: wanted,
            edits: [
                ActivationName(.attn_out, 0): { span in
                    for index in 0..<span.count { span[index] *= 2 }
                }
            ])
        return (try model.forward(batch, capture: wanted), changed)
    }

    /// 90 rows: more than go through the unembedding at once.
    @Test func `losses and divergence over two batches are the naive ones`() throws {
        let model = try Fixtures.tinyModel("plain"), T = min(9, model.configuration.n_ctx), sizes = [10, 10]
        var comparison = LogitComparison(), expected: [NaiveComparison] = []
        for (number, B) in sizes.enumerated() {
            let batch = TokenBatch(Fixtures.randomTokens(B * T, model, seed: UInt64(number)), B: B, T: T)
            let (own, changed) = try runs(model, batch)
            comparison.add(model, batch, own: own[Self.names.normalized], changed: changed[Self.names.normalized])
            expected.append(NaiveComparison(batch, own: own[Self.names.logits], changed: changed[Self.names.logits]))
        }
        let mean = { (value: (NaiveComparison) -> Double) in expected.map(value).reduce(0, +) / Double(sizes.count) }
        #expect(mean { $0.KL_logits } > 1e-5, "the change must show")
        // Log-probabilities in single precision: 24 bits of numbers up to 10.
        #expect(abs(try #require(comparison.CE_model) - mean { $0.CE_model }) < 2e-6)
        #expect(abs(try #require(comparison.CE) - mean { $0.CE }) < 2e-6)
        #expect(abs(comparison.KL_logits - mean { $0.KL_logits }) < 2e-6)
    }

    @Test func `texts of one token have a divergence and no loss`() throws {
        let model = try Fixtures.tinyModel("plain"), batch = TokenBatch([1, 2, 3], B: 3, T: 1)
        let (own, changed) = try runs(model, batch)
        var comparison = LogitComparison()
        comparison.add(model, batch, own: own[Self.names.normalized], changed: changed[Self.names.normalized])
        #expect(comparison.CE == nil && comparison.CE_model == nil && comparison.KL_logits > 0)
    }

    @Test func `a share of next to nothing is no share`() throws {
        #expect(RecoveredShare(CE: 2, CE_model: 1, CE_zero: 5).value == 0.75)
        let undefined = RecoveredShare(CE: 1.05, CE_model: 1.0547, CE_zero: 1.0507)
        #expect(undefined.value == nil && abs(undefined.denominator + 0.004) < 1e-12)
    }
}
