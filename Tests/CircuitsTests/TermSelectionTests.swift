import Attribution
import Checkpoints
import Circuits
import GPT2
import Tensors
import Testing

@Suite struct TermSelectionTests {
    @Test(arguments: Fixtures.tinyModels)
    func `looks are taken apart as NumPy takes them apart, in all three ways`(name: String) throws {
        let model = try Fixtures.tinyModel(name), expected = try Fixtures.decompositions()
        var looks = 0
        for layer in 0..<model.configuration.n_layers {
            let decompositions = try QKForm.allCases.map { try LayerDecompositions(model, layer: layer, form: $0) }
            let byForm = Dictionary(uniqueKeysWithValues: decompositions.map { ($0.form, $0) })
            for head in 0..<model.configuration.n_heads {
                for number in 0..<2 {
                    let place = "\(name).\(layer).\(head).\(number)"
                    guard expected["\(place).look"] != nil else { continue }
                    let look = try expected.tensor("\(place).look").values.map { Int($0) }
                    let activations = try LayerActivations(
                        model, layer: layer, tokens: try Fixtures.tinyTokens(name, sequence: look[0]))
                    func take(_ mode: SelectionMode, phi: Double = 1) throws -> SignalLook {
                        SignalLook(
                            activations, { byForm[$0]! }, head: head, destination: look[1], source: look[2], mode: mode, phi: phi)
                    }
                    func numbers(_ what: String) throws -> [Double] {
                        try expected.tensor("\(place).\(what)").values.map(Double.init)
                    }
                    func terms(_ what: String) throws -> [Int] { try numbers(what).map { Int($0) } }
                    func expectClose(_ found: [Double], _ what: String) throws {
                        let off = deviation(found, try numbers(what))
                        #expect(off.worst <= 1e-4 * max(off.largest, 1), "\(place) \(what): off by \(off)")
                    }
                    let byScore = try take(.score_sum)
                    try expectClose(byScore.destinationTerms.contributions(destination: look[1], source: look[2]), "c")
                    #expect(byScore.destinationSelection.kept == (try terms("score_sum")), "\(place)")
                    #expect(byScore.sourceSelection == byScore.destinationSelection)
                    #expect(try take(.score_sum, phi: 0.5).destinationSelection.kept == (try terms("score_sum_half")), "\(place)")
                    let relative = try take(.relative_attention)
                    try expectClose(relative.destinationSelection.ranking, "r_omega_d")
                    try expectClose(relative.sourceSelection.ranking, "r_omega_s")
                    #expect(relative.destinationSelection.kept == (try terms("relative_omega_d")), "\(place)")
                    #expect(relative.sourceSelection.kept == (try terms("relative_omega_s")), "\(place)")
                    let greedy = try take(.softmax_greedy)
                    try expectClose(greedy.destinationSelection.ranking, "gradients")
                    #expect(greedy.destinationSelection.kept == (try terms("greedy")), "\(place)")
                    try expectClose(greedy.destinationSelection.credits, "credits")
                    #expect(greedy.fires == !greedy.destinationSelection.kept.isEmpty)
                    looks += 1
                }
            }
        }
        #expect(looks >= 5, "only \(looks) looks of \(name)")
    }

    @Test(arguments: Fixtures.tinyModels)
    func `the terms of every look and form sum to the model's own score`(name: String) throws {
        let model = try Fixtures.tinyModel(name)
        // One head's centred W_Q has no row for the part of b_Q that lies outside its reach, so offsets cannot stand for it.
        let forms = QKForm.allCases.filter { $0 != .plain || name != "one_head" }
        try expectIdentity(model, tokens: try Fixtures.tinyTokens(name, sequence: 0), forms: forms)
    }

    @Test func `the terms of every look of the trained model sum to its score`() throws {
        let model = try Fixtures.demoModel()
        for tokens in try Fixtures.demoPrompts(2) { try expectIdentity(model, tokens: tokens, forms: QKForm.allCases) }
    }

    /// Expects the sums within 1e-4 of the scores, or of the largest sum of magnitudes that they cancel from.
    private func expectIdentity(_ model: GPT2Model, tokens: [Int32], forms: [QKForm]) throws {
        var worst = 0.0
        for layer in 0..<model.configuration.n_layers {
            let activations = try LayerActivations(model, layer: layer, tokens: tokens)
            for form in forms {
                let decompositions = try LayerDecompositions(model, layer: layer, form: form)
                for head in 0..<model.configuration.n_heads {
                    let terms = HeadTerms(activations, decompositions, head: head)
                    for destination in tokens.indices {
                        for source in 0...destination {
                            let scale = max(1, abs(terms.attn_score(destination: destination, source: source)))
                            worst = max(worst, abs(terms.residual(destination: destination, source: source)) / scale)
                        }
                    }
                }
            }
        }
        #expect(worst <= 1e-4, "off by \(worst)")
    }

    @Test func `the shortest prefix is strictly beyond its share of the total`() {
        #expect(TermSelection.prefix([1, 5, -2, 3], phi: 1).kept == [1, 3])
        #expect(TermSelection.prefix([1, 5, -2, 3], phi: 1).total == 7)
        #expect(TermSelection.prefix([1, 5, -2, 3], phi: 0.5).kept == [1])
        // 4 is not strictly above 4.
        #expect(TermSelection.prefix([4, 1, -1], phi: 1).kept == [0, 1])
        #expect(TermSelection.prefix([4, 1, -1], phi: 1).credits == [4, 1])
        // Nothing is above the sum of all where none is negative.
        #expect(TermSelection.prefix([1, 2], phi: 1).kept == [1, 0])
        #expect(TermSelection.prefix([-4, -1, 2], phi: 1).kept == [0])
        #expect(TermSelection.prefix([2, 2, 2], phi: 0.5).kept == [0, 1])
    }

    @Test func `kept signals read what their terms say, and their vectors are orthonormal`() throws {
        let model = try Fixtures.tinyModel("by_layer_f16"), tokens = try Fixtures.tinyTokens("by_layer_f16", sequence: 1)
        let D = model.configuration.d_model
        for layer in 0..<model.configuration.n_layers {
            let activations = try LayerActivations(model, layer: layer, tokens: tokens)
            for mode in SelectionMode.allCases {
                for head in 0..<model.configuration.n_heads {
                    let look = try SignalLook(
                        activations, { try LayerDecompositions(model, layer: layer, form: $0) }, head: head, destination: 6,
                        source: nil, mode: mode)
                    for side in LookSide.allCases {
                        let signal = look.signal(side), position = side == .destination ? 6 : look.source, n = signal.terms.count
                        let terms = look.terms(side)
                        let projections = side == .destination ? terms.destinationProjections : terms.sourceProjections
                        let expected = signal.terms.reduce(0.0) {
                            $0 + Double(terms.decomposition.s[$1].squareRoot() * abs(projections[position * terms.rank + $1]))
                        }
                        let offset = side == .destination ? terms.decomposition.c_d : terms.decomposition.c_s
                        var x = Array(activations.x.values[position * D..<(position + 1) * D])
                        for d in offset.indices { x[d] += offset[d] }
                        if signal.width > D { x.append(1) }
                        #expect(abs(signal.reading(x.span) - expected) <= 1e-4 * max(1, expected))
                        for a in 0..<n {
                            for b in 0..<n {
                                let product = (0..<signal.width).reduce(0.0) {
                                    let row = (
                                        signal.basis.values[a * signal.width + $1], signal.basis.values[b * signal.width + $1]
                                    )
                                    return $0 + Double(row.0) * Double(row.1)
                                }
                                #expect(abs(product - (a == b ? 1 : 0)) <= 1e-5)
                            }
                        }
                    }
                }
            }
        }
    }
}
