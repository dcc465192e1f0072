import Dictionaries
import Tensors
import Testing

@Suite struct TranscoderTests {
    @Test func `encode and decode are the twin's`() {
        let problem = SmallProblem(), pair = problem.start(seed: 1), x = problem.batch(seed: 2).x
        let twin = TwinSide(pair.query), want = twin.encode(x.map(Double.init))
        let f = pair.query.encode(x.span)
        #expect(f.rows == want.count)
        for t in 0..<f.rows {
            var row = [Double](repeating: 0, count: twin.F)
            for entry in f.range(t) { row[Int(f.indices[entry])] = Double(f.values[entry]) }
            for a in 0..<twin.F { #expect(abs(row[a] - want[t][a]) < 1e-5) }
            #expect(f.indices[f.range(t)].elementsEqual(f.indices[f.range(t)].sorted()))
            #expect(f.values[f.range(t)].allSatisfy { $0 > 0 })
        }
        #expect(relativeDistance(pair.query.decode(f).map(Double.init), twin.decode(want)) < 1e-6)
    }

    @Test func `initialisation has PyTorch's bounds, fills them, and follows from the seed`() {
        let shape = TranscoderShape(d_model: 50, d_sae: 300, n_heads: 4, d_head: 6)
        let make = { (seed: UInt64) in
            var generator = RandomGenerator(seed: seed)
            return Transcoder(
                shape, inputMean: [Float](repeating: 2, count: 50), outputMean: [Float](repeating: 3, count: 24),
                using: &generator)
        }
        let t = make(1)
        for (values, fanIn) in [(t.W_enc, 50), (t.W_dec, 24)] {
            let bound = (6 / Float(fanIn)).squareRoot()
            #expect(values.allSatisfy { abs($0) <= bound })
            #expect(values.contains { $0 > 0.99 * bound } && values.contains { $0 < -0.99 * bound })
            #expect(abs(values.reduce(0, +)) / Float(values.count) < 0.02 * bound)
        }
        #expect(t.b_enc.allSatisfy { $0 == 0 } && t.b_in.allSatisfy { $0 == 2 } && t.b_out.allSatisfy { $0 == 3 })
        #expect(make(1) == t && make(2) != t)
    }
}
