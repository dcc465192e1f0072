import Attribution
import Checkpoints
import Circuits
import Dictionaries
import GPT2
import Tensors
import Testing

/// A dictionary whose features are active everywhere, by their encoder's bias alone, and its map.
private struct EverywhereFeatures {
    let pair: TranscoderPair
    let map: FeatureMap

    /// - Parameters:
    ///   - decoders: [2, F, H, K] decoder rows of both sides.
    ///   - activations: [2, F]; 0 for a feature that never acts.
    ///   - mask: [F, F, H].
    init(_ model: GPT2Model, decoders: [Float], activations: [Float], mask: [Float]) {
        let c = model.configuration, F = activations.count / 2, H = c.n_heads
        func side(_ number: Int) -> Transcoder {
            var side = Transcoder(zeros: TranscoderShape(d_model: c.d_model, d_sae: F, n_heads: H, d_head: c.d_head))
            side.b_enc = Array(activations[number * F..<(number + 1) * F])
            side.W_dec = Array(decoders[number * decoders.count / 2..<(number + 1) * decoders.count / 2])
            return side
        }
        pair = TranscoderPair(query: side(0), key: side(1))
        let all = Support(
            d_sae_key: F, offsets: (0...F).map { $0 * F }, keys: (0..<F).flatMap { _ in (0..<F).map { Int32($0) } })
        var map = FeatureMap(pair, support: all, attn_scale: c.attn_scale(0))
        map.mask = mask
        self.map = map
    }

    /// One look compared.
    func agreement(_ model: GPT2Model, layer: Int, head: Int, tokens: [Int32], _ destination: Int, _ source: Int) throws
        -> (SignalAgreement, SignalLook)
    {
        let activations = try LayerActivations(model, layer: layer, tokens: tokens)
        let look = try SignalLook(
            activations, { try LayerDecompositions(model, layer: layer, form: $0) }, head: head, destination: destination,
            source: source, mode: .score_sum)
        let frame = AgreementFrame(try model.foldedQK(layer), head: head, n_heads: model.configuration.n_heads)
        return (SignalAgreement(look, AttentionLook(activations, pair), pair, map: map, frame: frame), look)
    }
}

extension SignalAgreement.End {
    /// As the fixture lists it.
    fileprivate var numbers: [Double] {
        [
            Double(terms), Double(features), signalInFeatures, signalInFeaturesByChance, featuresInSignal,
            featuresInSignalByChance,
        ]
    }
}

@Suite struct SignalAgreementTests {
    private static let model = "by_layer_f16", layer = 1, head = 2

    @Test(arguments: ["odd_head", "by_layer_f16", "one_head"])
    func `shares of a look with random features are NumPy's`(name: String) throws {
        let model = try Fixtures.tinyModel(name), expected = try Fixtures.agreement(), looks = try Fixtures.decompositions()
        let features = EverywhereFeatures(
            model, decoders: try expected.tensor("\(name).decoders").values,
            activations: try expected.tensor("\(name).activations").values, mask: try expected.tensor("\(name).mask").values)
        for head in 0..<model.configuration.n_heads {
            let place = try looks.tensor("\(name).1.\(head).0.look").values.map { Int($0) }
            let tokens = try Fixtures.tinyTokens(name, sequence: place[0])
            let found = try features.agreement(model, layer: 1, head: head, tokens: tokens, place[1], place[2]).0
            for (end, name) in [(found.destination, "\(name).\(head).destination"), (found.source, "\(name).\(head).source")] {
                let off = deviation(end.numbers, try expected.tensor(name).values.map(Double.init))
                // Single precision, through a pseudo-inverse.
                #expect(off.worst <= 1e-4, "\(name): off by \(off.worst), \(end.numbers)")
            }
        }
    }

    /// A look of the model, and the decoder row that the head's map makes of a direction of the stream.
    private func planted(_ directions: (SignalLook, LookSide) -> [[Float]]) throws -> (SignalAgreement, SignalLook) {
        // A look of one term.
        let place = try Fixtures.decompositions().tensor("\(Self.model).\(Self.layer).\(Self.head).0.look").values.map { Int($0) }
        let model = try Fixtures.tinyModel(Self.model), tokens = try Fixtures.tinyTokens(Self.model, sequence: place[0])
        let c = model.configuration, H = c.n_heads, K = c.d_head, D = c.d_model
        let activations = try LayerActivations(model, layer: Self.layer, tokens: tokens)
        let look = try SignalLook(
            activations, { try LayerDecompositions(model, layer: Self.layer, form: $0) }, head: Self.head,
            destination: place[1], source: place[2],
            mode: .score_sum)
        let maps = try model.foldedQK(Self.layer)
        let sides = LookSide.allCases.map { directions(look, $0) }, F = max(sides[0].count, sides[1].count)
        var decoders = [Float](repeating: 0, count: 2 * F * H * K), active = [Float](repeating: 0, count: 2 * F)
        for (side, vectors) in sides.enumerated() {
            let W = side == 0 ? maps.W_Q : maps.W_K
            for (feature, vector) in vectors.enumerated() {
                active[side * F + feature] = 1
                for k in 0..<K {
                    decoders[((side * F + feature) * H + Self.head) * K + k] = (0..<D).reduce(0) {
                        $0 + vector[$1] * W.values[$1 * D + Self.head * K + k]
                    }
                }
            }
        }
        let features = EverywhereFeatures(
            model, decoders: decoders, activations: active, mask: Array(repeating: 1, count: F * F * H))
        return try features.agreement(model, layer: Self.layer, head: Self.head, tokens: tokens, place[1], look.source)
    }

    @Test func `features that say what the signal reads agree with it wholly`() throws {
        let (found, look) = try planted { look, side in
            let signal = look.signal(side)
            return signal.terms.indices.map { n in Array(signal.vectors.values[n * signal.width..<(n + 1) * signal.width - 1]) }
        }
        for end in [found.destination, found.source] {
            #expect(end.terms == look.destinationSelection.kept.count && end.features == end.terms)
            #expect(end.signalInFeatures >= 1 - 1e-6 && end.featuresInSignal >= 1 - 1e-6, "\(end)")
            #expect(end.terms < 5 && end.signalInFeaturesByChance < 1, "a look of all terms would show nothing")
        }
    }

    @Test func `a feature in a direction of its own agrees as chance has it, in the mean`() throws {
        // Directions drawn evenly from the space that the map reads: normal coefficients along its singular vectors.
        let model = try Fixtures.tinyModel(Self.model), draws = 300
        let spaces = LookSide.allCases.map { side in
            try? LayerDecompositions(model, layer: Self.layer, form: .plain).heads[Self.head].space(side)
        }
        var generator = RandomGenerator(seed: 11), sums = [0.0, 0.0], squares = [0.0, 0.0], chance = [0.0, 0.0]
        for _ in 0..<draws {
            let found = try planted { _, side in
                let space = spaces[side == .destination ? 0 : 1] ?? []
                let weights = space.map { _ in Float(generator.normal()) }
                return [(0..<(space.first?.count ?? 0)).map { d in zip(space, weights).reduce(0) { $0 + $1.0[d] * $1.1 } }]
            }.0
            for (number, end) in [found.destination, found.source].enumerated() {
                sums[number] += end.featuresInSignal
                squares[number] += end.featuresInSignal * end.featuresInSignal
                chance[number] = end.featuresInSignalByChance
                #expect(abs(end.signalInFeaturesByChance - 0.2) <= 1e-9)
            }
        }
        for number in 0..<2 {
            let mean = sums[number] / Double(draws), variance = squares[number] / Double(draws) - mean * mean
            // Four standard errors.
            #expect(abs(mean - chance[number]) <= 4 * (variance / Double(draws)).squareRoot(), "\(mean) for \(chance[number])")
        }
    }

    @Test func `features whose pairs did not survive take no part`() throws {
        let model = try Fixtures.tinyModel(Self.model), H = model.configuration.n_heads, K = model.configuration.d_head, F = 3
        var generator = RandomGenerator(seed: 3)
        let decoders = (0..<2 * F * H * K).map { _ in Float(generator.normal()) }
        var mask = [Float](repeating: 0, count: F * F * H)
        // Only the pair of query feature 1 and key feature 2, in this head.
        mask[(1 * F + 2) * H + Self.head] = 0.5
        let features = EverywhereFeatures(model, decoders: decoders, activations: Array(repeating: 1, count: 2 * F), mask: mask)
        let tokens = try Fixtures.tinyTokens(Self.model, sequence: 0)
        let found = try features.agreement(model, layer: Self.layer, head: Self.head, tokens: tokens, 7, 3).0
        #expect(found.destination.features == 1 && found.source.features == 1)
        let other = try features.agreement(model, layer: Self.layer, head: 0, tokens: tokens, 7, 3).0
        #expect(other.destination.features == 0 && other.destination.signalInFeatures == 0 && other.source.featuresInSignal == 0)
        var means = AgreementMeans()
        means.add(found)
        means.add(other)
        #expect(means.looks == 2 && means.looksWithoutFeatures == 1)
        #expect(means.mean(.source, \.signalInFeatures) == found.source.signalInFeatures / 2)
    }
}

extension SingularDecomposition {
    /// The vectors of one side.
    fileprivate func space(_ side: LookSide) -> [[Float]] { (0..<rank).map { side == .destination ? u($0) : v($0) } }
}
