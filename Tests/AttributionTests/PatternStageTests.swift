import Attribution
import Checkpoints
import Dictionaries
import Foundation
import GPT2
import Tensors
import Testing

/// Looks at a prompt through an untrained dictionary, whose features are active nearly everywhere, so that keys fire at many sources.
private struct Subject {
    static let layer = 1
    let pair: TranscoderPair
    let look: AttentionLook
    let attn_scale: Float
    let prompt: [Int32]

    init() throws {
        let model = try Fixtures.demoModel()
        prompt = try Fixtures.demoPrompts(3)[2]
        let sample = try patternBatch(model, layer: Self.layer, TokenBatch(prompt))
        pair = freshDictionary(model, d_sae: 10, sample, seed: 12)
        look = try AttentionLook(model, pair, layer: Self.layer, tokens: prompt)
        attn_scale = model.configuration.attn_scale(Self.layer)
    }

    var n_heads: Int { pair.query.shape.n_heads }

    /// ⟨a's row, b's row⟩ for one head; nil stands for the query's bias.
    func M(_ a: Int?, _ b: Int, _ head: Int) -> Double {
        let (H, K) = (n_heads, pair.query.shape.d_head)
        return (0..<K).reduce(0) { sum, index in
            let query = a.map { pair.query.W_dec[($0 * H + head) * K + index] } ?? pair.query.b_out[head * K + index]
            return sum + Double(query) * Double(pair.key.W_dec[(b * H + head) * K + index])
        }
    }

    /// The support of the prompt alone.
    var support: Support {
        var builder = SupportBuilder(d_sae_query: pair.query.shape.d_sae, d_sae_key: pair.key.shape.d_sae)
        builder.add(query: look.query, key: look.key)
        return builder.support
    }

    /// A row's pattern from map entries, features and the query's bias, the plain way.
    func naivePattern(head: Int, destination: Int, mask: (Int, Int) -> Double) -> [Double] {
        let scores = (0...destination).map { j in
            look.key.range(j).reduce(0.0) { sum, key in
                let b = Int(look.key.indices[key])
                let pairs = look.query.range(destination).reduce(M(nil, b, head)) { sum, query in
                    let a = Int(look.query.indices[query])
                    return sum + Double(look.query.values[query]) * M(a, b, head) * mask(a, b)
                }
                return sum + Double(look.key.values[key]) * pairs
            }
        }
        return logProbabilities(scores.map { Double(attn_scale) * $0 }).map { exp($0) }
    }
}

/// The greatest difference of two patterns.
private func distance(_ a: Tensor, _ b: Tensor) -> Float { zip(a.values, b.values).map { abs($0 - $1) }.max() ?? 0 }

@Suite struct PatternStageTests {
    @Test func `the effect of a pair is what a recomputed softmax loses`() throws {
        let subject = try Subject(), look = subject.look
        var several = 0, greatest = 0.0
        for head in 0..<subject.n_heads {
            for i in 0..<look.T {
                let row = (head * look.T + i) * look.T
                let own = (0...i).map { Double(look.attn_scores.values[row + $0]) },
                    before = logProbabilities(own).map { exp($0) }
                for source in 0...i {
                    for pair in look.decomposition(head: head, destination: i, source: source).pairs {
                        let M = subject.M(Int(pair.query), Int(pair.key), head)
                        let firing = (0...i).map { j in
                            look.key.range(j).first { look.key.indices[$0] == pair.key }.map { Double(look.key.values[$0]) } ?? 0
                        }
                        let without = zip(own, firing).map {
                            $0 - Double(subject.attn_scale) * Double(pair.queryActivation) * $1 * M
                        }
                        let expected = before[source] - exp(logProbabilities(without)[source])
                        let effect = look.effect(of: pair, head: head, destination: i, source: source)
                        // The closed form starts from the model's own pattern in single precision.
                        #expect(
                            abs(effect - expected) < 1e-5, "\(pair), head \(head), \(i) to \(source): \(effect) for \(expected)")
                        several += firing.count { $0 > 0 } > 1 ? 1 : 0
                        greatest = max(greatest, abs(effect))
                    }
                }
            }
        }
        #expect(several > 1_000 && greatest > 0.01, "\(several) pairs with several sources; greatest effect \(greatest)")
    }

    @Test func `the whole map has the pattern of the transcoders`() throws {
        let subject = try Subject(), look = subject.look
        let expected = look.pattern(.transcoders, map: nil)
        let map = FeatureMap(subject.pair, support: subject.support, attn_scale: subject.attn_scale)
        #expect(distance(look.pattern(.map, map: nil), expected) < 1e-4)
        #expect(distance(look.pattern(.masked_map, map: map), expected) < 1e-4)
        #expect(distance(look.pattern, expected) > 0.05, "the dictionary is not the model")
        for head in 0..<subject.n_heads {
            for i in 0..<look.T {
                let row = (head * look.T + i) * look.T
                for (j, value) in subject.naivePattern(head: head, destination: i, mask: { _, _ in 1 }).enumerated() {
                    #expect(abs(Double(expected.values[row + j]) - value) < 1e-4)
                }
                #expect(expected.values[row + i + 1..<row + look.T].allSatisfy { $0 == 0 }, "nothing is seen ahead")
            }
        }
    }

    @Test func `a mask with zeros and halves weighs the entries it names`() throws {
        let subject = try Subject(), look = subject.look, H = subject.n_heads, support = subject.support
        var map = FeatureMap(subject.pair, support: support, attn_scale: subject.attn_scale)
        let choice: [Float] = [0, 1, 0.5]
        var generator = RandomGenerator(seed: 2), masks: [[Int]: Double] = [:]
        for a in 0..<support.d_sae_query {
            for pair in support.range(a) {
                for head in 0..<H {
                    map.mask[pair * H + head] = choice[Int(generator.next() % 3)]
                    masks[[a, Int(support.keys[pair]), head]] = Double(map.mask[pair * H + head])
                }
            }
        }
        let found = look.pattern(.masked_map, map: map), pruned = look.pattern(.masked_map, map: map.pruned())
        #expect(distance(found, look.pattern(.map, map: nil)) > 0.01, "the mask must show")
        #expect(distance(found, pruned) < 1e-6)
        for head in 0..<H {
            for i in 0..<look.T {
                let expected = subject.naivePattern(head: head, destination: i) { masks[[$0, $1, head]] ?? 0 }
                for (j, value) in expected.enumerated() {
                    #expect(abs(Double(found.values[(head * look.T + i) * look.T + j]) - value) < 1e-4)
                }
            }
        }
    }

    @Test func `the strongest source is the greatest of the pattern's row`() throws {
        let look = try Subject().look
        for head in 0..<look.pattern.shape[0] {
            for i in 0..<look.T {
                let row = look.pattern.values[(head * look.T + i) * look.T..<(head * look.T + i) * look.T + i + 1]
                #expect(row[row.startIndex + look.strongestSource(head: head, destination: i)] == row.max())
            }
        }
    }
}
