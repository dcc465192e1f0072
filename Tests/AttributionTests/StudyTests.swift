import Attribution
import Checkpoints
import Dictionaries
import GPT2
import Tensors
import Testing
import Tokenizer

/// What studies count, against the same numbers found another way.
@Suite struct StudyTests {
    private static func autoencoder(_ model: GPT2Model, seed: UInt64) -> Autoencoder {
        let c = model.configuration
        return randomAutoencoder(d_in: c.n_heads * c.d_head, d_sae: 24, seed: seed)
    }

    @Test func `every source is of one kind, and a feature's family is the one that gives most`() throws {
        let model = try Fixtures.demoModel(), layer = 1, autoencoder = Self.autoencoder(model, seed: 1)
        // Token 3 stands at 1 and 6, so 2 and, for what comes later, 7 follow an earlier occurrence of it.
        let context: [Int32] = [0, 3, 9, 11, 12, 13, 3, 14, 15, 3]
        var roles = FeatureRoles(model, layer: layer, autoencoder, localDistance: 2, following: nil)
        try roles.add(context)
        try roles.add(context)
        let sources = try FeatureSources(model, layer: layer, autoencoder, tokens: context)
        #expect(roles.tokens == 20 && roles.together.isEmpty && roles.roles.count > 5)
        for (feature, role) in roles.roles {
            var kinds = [Double](repeating: 0, count: 4), distances = role.distances.map { _ in 0.0 }, active = 0
            for destination in context.indices where sources.activation(Int(feature), at: destination) > 0 {
                active += 2
                let given = sources.attribution(Int(feature), destination: destination), H = given.count / context.count
                for source in 0...destination {
                    let sum = 2 * (0..<H).reduce(0) { $0 + given[source * H + $1] }
                    guard sum > 0 else { continue }
                    distances[DistanceBins.bin(destination - source)] += sum
                    let follows = destination == 6 && source == 2 || destination == 9 && (source == 2 || source == 7)
                    let kind: SourceKind =
                        source == 0 ? .first : follows ? .induction : destination - source <= 2 ? .local : .long_range
                    kinds[kind.rawValue] += sum
                }
            }
            #expect(role.active == active)
            // The same sums in another order.
            #expect(zip(role.kinds, kinds).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, $1) }, "feature \(feature)")
            #expect(zip(role.distances, distances).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, $1) })
            let shares = SourceKind.allCases.map(role.share)
            if let family = role.family {
                #expect(role.share(family) == shares.max() && abs(shares.reduce(0, +) - 1) < 1e-12)
            }
        }
    }

    @Test func `followed features are counted together, and alike ones are of one group`() throws {
        let model = try Fixtures.demoModel(), layer = 0
        var autoencoder = Self.autoencoder(model, seed: 2)
        let D = autoencoder.shape.d_in
        // Feature 5 is feature 4 again; 6 is its opposite and is never active with them.
        for d in 0..<D {
            autoencoder.W_enc[5 * D + d] = autoencoder.W_enc[4 * D + d]
            autoencoder.W_enc[6 * D + d] = -autoencoder.W_enc[4 * D + d]
        }
        (autoencoder.b_enc[4], autoencoder.b_enc[5], autoencoder.b_enc[6]) = (0, 0, 0)
        let contexts = try Fixtures.demoContexts(2, T: 32)
        var roles = FeatureRoles(model, layer: layer, autoencoder, localDistance: 4, following: [4, 5, 6])
        for number in 0..<contexts.count { try roles.add(try contexts.context(number)) }
        let four = try #require(roles.roles[4]), five = try #require(roles.roles[5]), six = try #require(roles.roles[6])
        #expect(roles.roles.count == 3 && roles.together[FeatureCouple(5, 4)] == four.active)
        #expect(roles.together[FeatureCouple(4, 6)] == nil && four.active + six.active == 64)
        #expect(abs(RoleClusters.likeness(four, five, together: four.active) - 1) < 1e-9)
        #expect(RoleClusters.likeness(four, six, together: 0) < 0.67)
        #expect(RoleClusters.groups([4, 5, 6, 7], in: roles, threshold: 0.9) == [[4, 5], [6]])
        #expect(RoleClusters.groups([6, 5, 4], in: roles, threshold: 0) == [[4, 5, 6]])
        #expect(RoleClusters.features(of: 1, shares: [[1, 0], [0.2, 0.8], [0.5, 0.5]], count: 2) == [1, 2])
    }

    @Test func `prefixes are copied once, and scores are the pattern's own entries`() throws {
        let model = try Fixtures.demoModel(), c = model.configuration
        var generator = RandomGenerator(seed: 4)
        for prefix in [1, 3, 6] {
            var study = PrefixInduction(model), sums = [Double](repeating: 0, count: c.n_layers * c.n_heads)
            let trials = (0..<3).map { _ in
                PrefixInduction.Trial(T: 16, prefix: prefix, bos: 0, d_vocab: c.d_vocab, using: &generator)
            }
            for trial in trials {
                let copy = trial.tokens[(trial.destination - prefix + 1)...trial.destination]
                #expect(Array(copy) == Array(trial.tokens[(trial.source - prefix)..<trial.source]))
                #expect(trial.tokens.count == 16 && trial.tokens[0] == 0 && trial.source < trial.destination - prefix + 1)
                #expect(trial.source > prefix && trial.destination < 16 && Set(trial.tokens).count == 16 - prefix)
                let names = Set((0..<c.n_layers).map { ActivationName(.pattern, $0) })
                let found = try model.forward(TokenBatch(trial.tokens), capture: names)
                for layer in 0..<c.n_layers {
                    for head in 0..<c.n_heads {
                        sums[layer * c.n_heads + head] += Double(
                            found[.pattern, layer].values[(head * 16 + trial.destination) * 16 + trial.source])
                    }
                }
            }
            try study.add([trials[0]])
            try study.add(Array(trials[1...]))
            #expect(zip(study.scores, sums).allSatisfy { abs($0 - $1 / 3) < 1e-6 })
        }
    }

    @Test func `a feature's drop is that of the intervention that removes it, and its sources sum to its pre-activation`() throws
    {
        let model = try Fixtures.demoModel(), layer = 1, autoencoder = Self.autoencoder(model, seed: 6),
            D = autoencoder.shape.d_in
        let prompts = try Fixtures.demoPrompts(4).map { tokens in
            PlacedPrompt(
                tokens: Array(tokens.prefix(12)), answer: Answer(right: 40, wrong: [41, 42]), places: ["A": 3, "B": 7, "END": 11])
        }
        var study = AnswerFeatures(model, layer: layer, autoencoder, places: ["B", "END"])
        for prompt in prompts { try study.observe(prompt) }
        study.choose(3)
        try study.observeChanged(prompts[0])
        try study.measure(prompts) {}
        #expect(study.features.count == 6 && study.changedPrompts == 1 && study.differences.count == 4)
        let z = ActivationName(.z, layer), logits = ActivationName(.logits), V = model.configuration.d_vocab
        func differences(_ intervention: FeatureIntervention) throws -> [Double] {
            let batch = TokenBatch(prompts.flatMap(\.tokens), B: 4, T: 12)
            let found = try model.forward(batch, capture: [logits], editing: [intervention]).activations[logits].values
            return (0..<4).map { b in
                let row = (b * 12 + 11) * V
                return Double(found[row + 40]) - (Double(found[row + 41]) + Double(found[row + 42])) / 2
            }
        }
        let own = try differences(FeatureIntervention(z, autoencoder, edits: []))
        #expect(zip(own, study.differences).allSatisfy { abs($0 - $1) < 1e-4 })
        for feature in study.features {
            let place = feature.place == "B" ? 7 : 11
            let removed = try differences(
                FeatureIntervention(
                    z, autoencoder,
                    edits: [.init(feature: feature.feature, .scale(0), tokens: Set((0..<4).map { $0 * 12 + place }))]))
            for b in 0..<4 {
                // Logits in single precision, a few units large.
                #expect(abs(own[b] - removed[b] - feature.drops[b]) < 1e-4, "feature \(feature.feature) at \(feature.place)")
            }
            var expected = 0.0, active = 0
            for prompt in prompts {
                let sources = try FeatureSources(model, layer: layer, autoencoder, tokens: prompt.tokens)
                guard sources.activation(Int(feature.feature), at: place) > 0 else { continue }
                active += 1
                expected += sources.pre(Int(feature.feature), at: place) - sources.constant(Int(feature.feature))
            }
            let given = feature.sources.values.reduce(0, +)
            #expect(abs(given - expected) < 1e-4 * max(1, abs(expected)) && feature.prompts == active)
            #expect(Set(feature.sources.keys).isSubset(of: ["A", "B", "END", "first", "other"]))
            #expect(feature.strongest.values.reduce(0, +) == active && feature.sources[feature.pointsTo ?? ""] != nil)
        }
        // Without the error: z is what the autoencoder makes of it there.
        let edit: GPT2Model.Edit = { span in
            for b in 0..<4 {
                let row = b * 12 + 7
                var own = [Float](repeating: 0, count: D)
                for d in 0..<D { own[d] = span[row * D + d] }
                let rebuilt = autoencoder.decode(autoencoder.encode(own))
                for d in 0..<D { span[row * D + d] = rebuilt[d] }
            }
        }
        let batch = TokenBatch(prompts.flatMap(\.tokens), B: 4, T: 12)
        let bare = try model.forward(batch, capture: [logits], edits: [z: edit])[logits].values
        let drops = try #require(study.errorDrops["B"])
        for b in 0..<4 {
            let row = (b * 12 + 11) * V
            let difference = Double(bare[row + 40]) - (Double(bare[row + 41]) + Double(bare[row + 42])) / 2
            #expect(abs(own[b] - difference - drops[b]) < 1e-4)
        }
    }
}
