import Dictionaries
import Tensors
import Testing

/// A twin on random numbers: two heads, B 2, T 5.
private func toy() -> StepTwin {
    var generator = RandomGenerator(seed: 5)
    let shape = TranscoderShape(d_model: 6, d_sae: 9, n_heads: 2, d_head: 3)
    let numbers = { (count: Int, scale: Double, generator: inout RandomGenerator) in
        (0..<count).map { _ in generator.normal() * scale }
    }
    func side(_ generator: inout RandomGenerator) -> TwinSide {
        let start = Transcoder(
            shape, inputMean: [Float](repeating: 0, count: 6), outputMean: [Float](repeating: 0, count: 6), using: &generator)
        var side = TwinSide(start)
        side.b_enc = numbers(9, 0.3, &generator)
        side.b_in = numbers(6, 0.3, &generator)
        side.b_out = numbers(6, 0.3, &generator)
        return side
    }
    let query = side(&generator), key = side(&generator)
    return StepTwin(
        query: query, key: key, x: numbers(60, 1, &generator), q: numbers(60, 1, &generator), k: numbers(60, 1, &generator),
        B: 2, T: 5, attn_scale: 0.7, mu: 0.05, lambda: 0.03)
}

/// The case that the reference dumped: D 12, F 20, H 3, K 4 (scale 1/2), B 2, T 7, λ 1e-2, μ 0.1.
private func dumped(_ fixture: Fixture) throws -> StepTwin {
    let shape = TranscoderShape(d_model: 12, d_sae: 20, n_heads: 3, d_head: 4)
    func side(_ name: String) throws -> TwinSide {
        var side = TwinSide(Transcoder(zeros: shape))
        for parameter in Transcoder.Parameter.allCases { side[parameter] = try fixture("\(name).\(parameter.rawValue)") }
        return side
    }
    return try StepTwin(
        query: side("query"), key: side("key"), x: fixture("x"), q: fixture("q"), k: fixture("k"), B: 2, T: 7, attn_scale: 0.5,
        mu: 0.1,
        lambda: 1e-2)
}

@Suite struct StepTwinTests {
    @Test func `the twin's loss terms and gradients are the reference's`() throws {
        let fixture = try Fixture("step.f64")
        let twin = try dumped(fixture)
        let terms = twin.terms()
        for (name, value) in [
            ("loss", terms.loss), ("loss.kl", terms.kl), ("loss.kl_q", terms.kl_q), ("loss.kl_k", terms.kl_k),
            ("loss.sparsity", terms.sparsity), ("loss.mse", terms.mse),
        ] {
            let want = try fixture(name)[0]
            #expect(abs(value - want) <= 1e-9 * abs(want), "\(name)")
        }
        #expect(try relativeDistance(twin.query.encode(twin.x).flatMap { $0 }, fixture("f_q")) < 1e-9)
        #expect(try relativeDistance(twin.key.encode(twin.x).flatMap { $0 }, fixture("f_k")) < 1e-9)
        let gradient = twin.gradient()
        for (name, side) in [("query", gradient.query), ("key", gradient.key)] {
            for parameter in Transcoder.Parameter.allCases {
                let distance = try relativeDistance(side[parameter], fixture("\(name).\(parameter.rawValue).grad"))
                #expect(distance < 1e-9, "\(name).\(parameter)")
            }
        }
    }

    /// Central differences with step 1e-5 err by about 1e-10 in the loss's third derivative and 1e-11 in rounding.
    @Test(arguments: Transcoder.Parameter.allCases, [true, false])
    func `the twin's gradients are the loss's finite differences`(_ parameter: Transcoder.Parameter, _ isQuery: Bool) {
        let twin = toy(), analytic = twin.gradient(), h = 1e-5
        let expected = isQuery ? analytic.query[parameter] : analytic.key[parameter]
        let differences = expected.indices.map { index in
            let loss = { (shift: Double) in
                var moved = twin
                if isQuery { moved.query[parameter][index] += shift } else { moved.key[parameter][index] += shift }
                return moved.terms().loss
            }
            return (loss(h) - loss(-h)) / (2 * h)
        }
        #expect(relativeDistance(differences, expected) < 1e-6)
    }

    /// As above, for the other penalties, gates and norms; with unit rows both are compared without what is parallel to the rows.
    @Test(arguments: SparsityPenalty.allCases, DecoderNorm.allCases)
    func `the twin's gradients with other penalties, gates and norms are finite differences too`(
        _ penalty: SparsityPenalty, _ norm: DecoderNorm
    ) {
        var twin = toy()
        (twin.penalty, twin.norm) = (penalty, norm)
        (twin.query.gate, twin.key.gate) = (.largest(4), .threshold((0..<9).map { Double($0) / 20 }))
        if norm == .unit {
            for (feature, norm) in twin.query.norms.enumerated() {
                for c in 0..<6 { twin.query.W_dec[feature * 6 + c] /= norm }
            }
        }
        let expected = twin.gradient().query
        for parameter in Transcoder.Parameter.allCases {
            var differences = centralDifferences(expected[parameter].count) { index, shift in
                var moved = twin
                moved.query[parameter][index] += shift
                return moved.terms().loss
            }
            if norm == .unit && parameter == .W_dec { differences = withoutParallel(differences, twin.query.W_dec, width: 6) }
            #expect(relativeDistance(differences, expected[parameter]) < 1e-6, "\(parameter)")
        }
    }

    @Test func `the auxiliary twin's gradients are finite differences`() {
        let twin = toy(), side = twin.query
        let auxiliary = AuxiliaryTwin(x: twin.x, y: twin.q, reconstruction: side.decode(side.encode(twin.x)), k: 3)
        let expected = auxiliary.gradient(side)
        for parameter in Transcoder.Parameter.allCases {
            let differences = centralDifferences(expected[parameter].count) { index, shift in
                var moved = side
                moved[parameter][index] += shift
                return auxiliary.loss(moved)
            }
            #expect(relativeDistance(differences, expected[parameter]) < 1e-6, "\(parameter)")
        }
    }
}

/// (loss(i, h) − loss(i, −h))/2h for each i.
private func centralDifferences(_ count: Int, _ loss: (Int, Double) -> Double) -> [Double] {
    let h = 1e-5
    return (0..<count).map { (loss($0, h) - loss($0, -h)) / (2 * h) }
}
