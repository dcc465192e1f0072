import Attribution
import Checkpoints
import Dictionaries
import GPT2
import Tensors
import Testing

@Suite struct FeatureGraphTests {
    /// Dictionaries of z of every layer but the second, and of the residual stream before every other layer.
    private static func pass(_ name: String, seed: UInt64, length: Int = 8) throws -> FeaturePass {
        let model = try Fixtures.tinyModel(name), c = model.configuration
        var autoencoders = LayerAutoencoders()
        for layer in 0..<c.n_layers {
            let number = UInt64(layer) + seed
            if layer != 1 {
                autoencoders.z[layer] = randomAutoencoder(d_in: c.n_heads * c.d_head, d_sae: 16, seed: 10 + number)
            }
            if layer % 2 == 0 {
                autoencoders.resid_pre[layer] = randomAutoencoder(d_in: c.d_model, d_sae: 24, seed: 20 + number)
            }
        }
        return try FeaturePass(
            model, autoencoders, tokens: Fixtures.randomTokens(min(length, c.n_ctx), model, seed: 5 + seed))
    }

    /// Everything that can be taken apart at a token.
    private static func subjects(_ pass: FeaturePass, at token: Int) -> [FeatureSubject] {
        var found: [FeatureSubject] = [.logit(token: 1, against: nil), .logit(token: 2, against: 0)]
        for layer in 0..<pass.model.configuration.n_layers {
            if pass.attentionFeatures(layer, at: token) != nil {
                found += (0..<16).map { .attention(layer: layer, feature: $0) }
            }
            if pass.residualFeatures(layer, at: token) != nil {
                found += (0..<24).map { .residual(layer: layer, feature: $0) }
            }
        }
        return found
    }

    @Test(arguments: ResidualLookTests.models)
    func `the parts of every feature and logit sum to the model's own number`(_ name: String) throws {
        let pass = try Self.pass(name, seed: 0)
        var parts = 0
        for token in pass.tokens.indices {
            for subject in Self.subjects(pass, at: token) {
                let found = try #require(try pass.parts(of: subject, at: token))
                // Single precision of the model's own activations; sums are in double precision.
                #expect(
                    abs(found.residual) <= 1e-4 * max(1, found.magnitude), "\(subject) at \(token): \(found.sum), \(found.total)")
                parts += found.parts.count
                for part in found.parts { #expect(part.position <= token, "\(subject): \(part)") }
            }
        }
        #expect(parts > 1000)
    }

    @Test(arguments: ResidualLookTests.models)
    func `at every node of a graph shares and remainders sum to 1`(_ name: String) throws {
        var nodes = 0
        for seed in 0..<4 {
            let pass = try Self.pass(name, seed: UInt64(seed * 100)), last = pass.T - 1
            let roots = Self.subjects(pass, at: last).filter { pass.activation($0, at: last) ?? 1 > 0 }.map { ($0, last) }
            let graph = try FeatureGraph(roots, in: pass, FeatureTraceSettings(most: 3, threshold: 0.1, depth: 5, nodes: 200))
            for (place, node) in graph.nodes.enumerated() {
                let links = graph.links.filter { $0.downstream == place }
                guard let balance = node.balance else {
                    #expect(links.isEmpty)
                    continue
                }
                let tolerance = 1e-4 * max(1, balance.magnitude), sum = links.reduce(0) { $0 + $1.value }
                let all = balance.kept + balance.pruned + balance.error + balance.bias
                #expect(abs(all - balance.total) <= tolerance && abs(balance.residual) <= tolerance, "\(node)")
                #expect(abs(sum - balance.kept) <= 1e-9 * max(1, balance.magnitude), "\(node)")
                let shares =
                    links.reduce(0) { $0 + $1.share }
                    + [balance.pruned, balance.error, balance.bias].reduce(0) { $0 + balance.share($1) }
                #expect(abs(shares - 1) <= tolerance / abs(balance.total), "\(node): \(shares)")
                #expect(links.count <= 3 && links.allSatisfy { abs($0.share) >= 0.1 })
                nodes += 1
            }
        }
        #expect(nodes > 40)
    }

    @Test func `links lead from what is written earlier to what is written later, and bounds are kept`() throws {
        let pass = try Self.pass("plain", seed: 1), last = pass.T - 1
        let roots: [(subject: FeatureSubject, position: Int)] = [(.logit(token: 3, against: nil), last)]
        let graph = try FeatureGraph(roots, in: pass, FeatureTraceSettings(most: 1000, threshold: 0, depth: 3, nodes: 10_000))
        func order(_ subject: FeatureSubject) -> Int {
            switch subject {
            case .embedding, .position: -1
            case .residual(let layer, _): 3 * layer
            case .attention(let layer, _), .attentionOutput(let layer): 3 * layer + 1
            case .mlp(let layer): 3 * layer + 2
            case .logit: Int.max
            }
        }
        for link in graph.links {
            let (writer, reader) = (graph.nodes[link.upstream], graph.nodes[link.downstream])
            #expect(order(writer.subject) < order(reader.subject) && writer.position <= reader.position)
            #expect(writer.depth <= reader.depth + 1)
        }
        // Nothing is pruned where nothing is too weak, and what is told once is told once.
        for balance in graph.nodes.compactMap(\.balance) {
            #expect(abs(balance.pruned) <= 1e-9 * max(1, balance.magnitude))
        }
        #expect(Set(graph.nodes.map { "\($0.subject) \($0.position)" }).count == graph.nodes.count && !graph.isTruncated)
        #expect(graph.nodes.map(\.depth).max() == 3)
        let few = try FeatureGraph(roots, in: pass, FeatureTraceSettings(most: 1000, threshold: 0, depth: 3, nodes: 5))
        #expect(few.isTruncated && few.nodes.filter { $0.balance != nil }.count == 1)
    }

    @Test func `links and work are bounded, and what is left alone is told`() throws {
        let pass = try Self.pass("plain", seed: 1), last = pass.T - 1
        let roots: [(subject: FeatureSubject, position: Int)] = [(.logit(token: 3, against: nil), last)]
        func graph(links: Int = .max, work: Int = .max) throws -> FeatureGraph {
            try FeatureGraph(
                roots, in: pass, FeatureTraceSettings(most: 1000, threshold: 0, depth: 3, nodes: 10_000, links: links, work: work)
            )
        }
        func expanded(_ graph: FeatureGraph) -> Int { graph.nodes.filter { $0.balance != nil }.count }
        let all = try graph(), first = all.links.filter { $0.downstream == 0 }.count
        #expect(!all.isTruncated && expanded(all) > 3)
        // The first root is taken apart whatever that costs.
        let least = try graph(work: 0)
        #expect(least.isTruncated && expanded(least) == 1 && least.links.count == first)
        // Somewhere between nothing and enough is a bound that lets some of it be done.
        let graphs = try (0..<40).map { try graph(work: 1 << $0) }
        #expect(graphs.contains { $0.isTruncated && expanded($0) > 1 && expanded($0) < expanded(all) })
        #expect(zip(graphs, graphs.dropFirst()).allSatisfy { expanded($0) <= expanded($1) } && graphs.last?.isTruncated == false)
        let few = try graph(links: first + 1), into = Dictionary(grouping: few.links, by: \.downstream).mapValues(\.count)
        #expect(few.isTruncated && expanded(few) < expanded(all))
        // The bound is passed by the links of one node at most.
        #expect(few.links.count - (few.links.last.flatMap { into[$0.downstream] } ?? 0) < first + 1)
    }

    @Test(arguments: ResidualLookTests.models)
    func `a pass that keeps only the rows it needs says the same as one that has all`(_ name: String) throws {
        let model = try Fixtures.tinyModel(name), c = model.configuration, tokens = Fixtures.randomTokens(6, model, seed: 9)
        let dictionaries: [(FeaturePass.Site, Autoencoder)] = (0..<c.n_layers).flatMap {
            layer -> [(FeaturePass.Site, Autoencoder)] in
            // Large enough that many features are active nowhere.
            var z = randomAutoencoder(d_in: c.n_heads * c.d_head, d_sae: 96, seed: UInt64(30 + layer))
            var residual = randomAutoencoder(d_in: c.d_model, d_sae: 96, seed: UInt64(40 + layer))
            (z.gate, residual.gate) = (.largest(3), .largest(3))
            return [(.z(layer), z), (.resid_pre(layer), residual)]
        }
        var whole = LayerAutoencoders()
        for (site, autoencoder) in dictionaries {
            switch site {
            case .z(let layer): whole.z[layer] = autoencoder
            case .resid_pre(let layer): whole.resid_pre[layer] = autoencoder
            }
        }
        let known = try FeaturePass(model, whole, tokens: tokens)
        var pass = try FeaturePass(model, sites: Set(dictionaries.map(\.0)), tokens: tokens)
        for (site, autoencoder) in dictionaries {
            let encoding = pass.encoding(autoencoder, of: site, keeping: [95])
            // The activation and its error, at most 3 features of 6 tokens and one more, and two numbers for each activation.
            let floats = 2 * 6 * autoencoder.shape.d_in + 19 * (2 * autoencoder.shape.d_in + 1) + 2 * 18
            #expect(encoding.bytes <= 4 * floats)
            pass.take(encoding, of: site)
        }
        #expect(pass.activeFeatures == known.activeFeatures && pass.encodedBytes > known.encodedBytes)
        let last = pass.T - 1
        var compared = 0
        for layer in 0..<c.n_layers {
            let active = try #require(pass.attentionFeatures(layer, at: last)).map(\.feature) + [95]
            for subject in active.map({ FeatureSubject.attention(layer: layer, feature: $0) })
                + [.residual(layer: layer, feature: 95), .logit(token: 1, against: 2)]
            {
                let found = try #require(try pass.parts(of: subject, at: last)),
                    own = try #require(try known.parts(of: subject, at: last))
                #expect(
                    found.parts.map(\.value) == own.parts.map(\.value) && found.parts.map(\.subject) == own.parts.map(\.subject))
                #expect(
                    [found.total, found.error, found.bias] == [own.total, own.error, own.bias] && found.sources == own.sources)
                compared += found.parts.count
            }
        }
        #expect(compared > 50)
    }

    @Test func `the sources of a feature are those of its attribution`() throws {
        let model = try Fixtures.tinyModel("plain"), c = model.configuration, layer = c.n_layers - 1
        let tokens = Fixtures.randomTokens(7, model, seed: 8)
        let autoencoder = randomAutoencoder(d_in: c.n_heads * c.d_head, d_sae: 16, seed: 1)
        var autoencoders = LayerAutoencoders()
        autoencoders.z[layer] = autoencoder
        let pass = try FeaturePass(model, autoencoders, tokens: tokens)
        let sources = try FeatureSources(model, layer: layer, autoencoder, tokens: tokens)
        for feature in 0..<16 {
            let shares = sources.attribution(feature, destination: 6), found = try #require(pass.sources(layer, feature, at: 6))
            for source in 0..<7 {
                let own = (0..<c.n_heads).reduce(0) { $0 + shares[source * c.n_heads + $1] }
                // Two passes in single precision, one of which leaves more layers to compute.
                #expect(abs(own - found[source]) <= 1e-5 * max(1, abs(own)))
            }
        }
    }

    @Test func `direct effects sum to what the attention, or the stream before a layer, adds to a logit`() throws {
        let pass = try Self.pass("plain", seed: 3), token = pass.T - 1, model = pass.model, c = model.configuration
        let own = try model.forward(
            TokenBatch(pass.tokens),
            capture: [ActivationName(.ln_final_scale), ActivationName(.attn_out, 0), ActivationName(.resid_pre, 0)])
        let sigma = Double(own[.ln_final_scale].values[token]), gain = model.weights.ln_final.gain, D = c.d_model
        func effect(_ rows: [Float]) -> Double {
            let row = rows[token * D..<(token + 1) * D].map(Double.init), mean = row.reduce(0, +) / Double(D)
            return (0..<D).reduce(0.0) {
                let unembedding = Double(model.weights.W_U_transposed[2 * D + $1]) - Double(model.weights.W_U_transposed[$1])
                return $0 + (row[$1] - mean) / sigma * Double(gain[$1]) * unembedding
            }
        }
        let attention = try #require(try pass.directEffects(ofAttention: 0, on: 2, against: 0, at: token))
        let stream = try #require(pass.directEffects(ofResidual: 0, on: 2, against: 0, at: token))
        for (found, rows) in [(attention, own[.attn_out, 0].values), (stream, own[.resid_pre, 0].values)] {
            let magnitude = found.features.reduce(abs(found.error) + abs(found.bias)) { $0 + abs($1.value) }
            #expect(abs(found.sum - effect(rows)) <= 1e-4 * max(1, magnitude) && !found.features.isEmpty)
        }
        #expect(try pass.directEffects(ofAttention: 1, on: 2, against: 0, at: token)?.sum == nil)
    }
}

/// What Tests/References/saes/features.py computed with PyTorch in double precision.
@Suite struct FeatureReferenceTests {
    private static let path =
        #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/Fixtures/features.safetensors"
    private let pass: FeaturePass

    private func values(_ name: String) throws -> [Float] { try SafetensorsFile(Self.path).tensor(name).values }

    init() throws {
        let file = try SafetensorsFile(Self.path), model = try Fixtures.demoModel()
        func autoencoder(_ name: String) throws -> Autoencoder {
            // The file has W_enc as [D, F].
            let W_enc = try file.tensor(name + ".W_enc"), (D, F) = (W_enc.shape[0], W_enc.shape[1])
            var found = Autoencoder(zeros: AutoencoderShape(d_in: D, d_sae: F))
            for d in 0..<D { for f in 0..<F { found.W_enc[f * D + d] = W_enc.values[d * F + f] } }
            found.b_enc = try file.tensor(name + ".b_enc").values
            found.W_dec = try file.tensor(name + ".W_dec").values
            found.b_dec = try file.tensor(name + ".b_dec").values
            return found
        }
        var autoencoders = LayerAutoencoders()
        for layer in 0..<3 { autoencoders.z[layer] = try autoencoder("z.\(layer)") }
        autoencoders.resid_pre[2] = try autoencoder("resid_pre.2")
        pass = try FeaturePass(model, autoencoders, tokens: try file.tensor("tokens").values.map { Int32($0) })
    }

    /// Compares a subject's parts with the file's arrays, each part's value by its name.
    private func compare(_ subject: FeatureSubject, at position: Int, _ name: String, positions: [Int]) throws {
        let found = try #require(try pass.parts(of: subject, at: position))
        // Single precision of the activations that parts are computed from.
        let tolerance = 1e-4 * max(1, found.magnitude)
        let total = Double(try values(name + ".total")[0]), error = Double(try values(name + ".error")[0])
        #expect(abs(found.total - total) <= tolerance, "\(name): \(found.total), \(total)")
        #expect(abs(found.error - error) <= tolerance, "\(name): error \(found.error), \(error)")
        var seen = 0.0, arrays: [String: [Float]] = [:]
        for part in found.parts {
            let place = positions.firstIndex(of: part.position) ?? -1
            let (array, index) =
                switch part.subject {
                case .embedding: ("embedding", place)
                case .position: ("position", place)
                case .mlp(let layer): ("mlp.\(layer)", place)
                case .attentionOutput(let layer): ("attention.\(layer)", place)
                case .attention(let layer, let feature): ("feature.\(layer)", place * 24 + feature)
                case .residual(_, let feature): ("residual", place * 24 + feature)
                case .logit: ("", -1)
                }
            let own = try arrays[array] ?? values("\(name).\(array)"), wanted = Double(own[index])
            arrays[array] = own
            #expect(abs(part.value - wanted) <= tolerance, "\(name): \(part), \(wanted)")
            seen += wanted
        }
        // What has no name in the file's arrays is the biases.
        #expect(abs(found.bias - (total - error - seen)) <= 2 * tolerance, "\(name): biases \(found.bias)")
    }

    private func number(_ name: String, _ index: Int = 0) throws -> Int { Int(try values(name)[index]) }

    @Test func `an attention-output feature is made of what PyTorch says, by residual features and without them`() throws {
        let last = pass.T - 1, all = Array(0...last)
        let second = FeatureSubject.attention(layer: 2, feature: try number("attention.2.feature"))
        try compare(second, at: last, "attention.2", positions: all)
        let first = FeatureSubject.attention(layer: 1, feature: try number("attention.1.feature"))
        try compare(first, at: last, "attention.1", positions: all)
    }

    @Test func `a residual feature and a logit are made of what PyTorch says`() throws {
        let last = pass.T - 1
        let feature = FeatureSubject.residual(layer: 2, feature: try number("residual.2.feature"))
        try compare(feature, at: last - 1, "residual.2", positions: [last - 1])
        let (right, wrong) = (try number("logit.tokens"), try number("logit.tokens", 1))
        try compare(.logit(token: Int32(right), against: Int32(wrong)), at: last, "logit", positions: [last])
    }
}
