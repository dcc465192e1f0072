import Checkpoints
import Circuits
import GPT2
import Heads
import Tensors
import Testing

/// Scores of pairs of heads, from inner products, beside NumPy's from whole maps.
@Suite struct CompositionScoresTests {
    /// Scores lie between 0 and 1; single precision over 128 summands keeps six digits.
    static let tolerance: Float = 2e-5

    @Test(arguments: Fixtures.names, CompositionKind.allCases)
    func `scores are those of the whole maps`(name: String, kind: CompositionKind) throws {
        let model = try Fixtures.model(name), c = model.configuration, H = c.n_heads
        let expected = try Fixtures.expected(name).tensor("composition.\(kind)").values
        let maps = try (0..<c.n_layers).map { try HeadMaps(model, layer: $0) }, grams = maps.map { HeadGrams($0) }
        for to in 1..<c.n_layers {
            let reader = DirectionReader(maps[to], grams[to], kind)
            for from in 0..<to {
                let found = reader.scores(from: LayerWriter(maps[from], grams[from]))
                let wanted = (0..<H * H).map { expected[((from * H + $0 / H) * c.n_layers + to) * H + $0 % H] }
                #expect(wanted.contains { $0 > 0.05 }, "the reference is not all zero")
                expectClose(found, wanted, within: Self.tolerance, "\(name) \(kind) \(from) to \(to)")
            }
        }
    }

    @Test(arguments: Fixtures.names, CompositionKind.allCases)
    func `components are read as strongly as the whole maps read them`(name: String, kind: CompositionKind) throws {
        let model = try Fixtures.model(name), c = model.configuration, last = c.n_layers - 1
        let writers = try OVDecompositions(HeadMaps(model, layer: 0), layer: 0)
        let maps = try HeadMaps(model, layer: last)
        let reader = DirectionReader(maps, HeadGrams(maps), kind)
        let found = writers.heads.flatMap { reader.strengths($0.writes) }
        expectClose(
            found, try Fixtures.expected(name).tensor("components.\(kind)").values, within: Self.tolerance, "\(name) \(kind)")
    }

    @Test(arguments: Fixtures.names, CompositionKind.allCases)
    func `a reader's components take up all that it reads`(name: String, kind: CompositionKind) throws {
        let model = try Fixtures.model(name), c = model.configuration, last = c.n_layers - 1
        let writes = try OVDecompositions(HeadMaps(model, layer: 0), layer: 0).heads[1].writes
        let maps = try HeadMaps(model, layer: last)
        let components = try components(model, maps, kind, layer: last), uptake = components[0].uptake(of: writes)
        let expected = try Fixtures.expected(name).tensor("uptake.\(kind)").values
        let rank = c.d_head, found = uptake.flatMap { row in row.sorted { $0.component < $1.component }.map(\.strength) }
        expectClose(found, expected, within: Self.tolerance, "\(name) \(kind)")
        let strengths = DirectionReader(maps, HeadGrams(maps), kind).strengths(writes)
        for (k, row) in uptake.enumerated() {
            #expect(row.count == rank && zip(row, row.dropFirst()).allSatisfy { $0.strength >= $1.strength })
            let sum = row.reduce(0) { $0 + $1.strength * $1.strength }.squareRoot()
            #expect(abs(sum - strengths[k * c.n_heads]) < Self.tolerance, "component \(k)")
        }
    }

    @Test(arguments: Fixtures.names, CompositionKind.allCases)
    func `overlaps are those of orthonormal bases`(name: String, kind: CompositionKind) throws {
        let model = try Fixtures.model(name), c = model.configuration, last = c.n_layers - 1
        let writers = try OVDecompositions(HeadMaps(model, layer: 0), layer: 0).heads
        let readers = try components(model, HeadMaps(model, layer: last), kind, layer: last)
        let found = writers.flatMap { writer in
            readers.map { Float(SubspaceOverlap.projectionKernel(writer.writes, $0.reads, D: c.d_model)) }
        }
        #expect(writers.allSatisfy { $0.dimension == c.d_head } && readers.allSatisfy { $0.dimension == c.d_head })
        // Sums of up to 32 squares.
        expectClose(found, try Fixtures.expected(name).tensor("overlap.\(kind)").values, within: 2e-4, "\(name) \(kind)")
    }

    private func components(
        _ model: GPT2Model, _ maps: HeadMaps, _ kind: CompositionKind, layer: Int
    ) throws -> [ReaderComponents] {
        if kind == .v { return try OVDecompositions(maps, layer: layer).heads.map { ReaderComponents($0) } }
        return try LayerDecompositions(model, layer: layer, form: .plain).heads.map { ReaderComponents($0, kind) }
    }

    @Test func `random directions have length one, no mean, and the strength that theory gives them`() throws {
        let model = try Fixtures.model("demo-4l"), D = model.configuration.d_model
        var generator = RandomGenerator(seed: 11)
        let directions = randomDirections(400, D, &generator)
        for row in 0..<400 {
            let values = directions[row * D..<(row + 1) * D].map { Double($0) }
            #expect(abs(values.reduce(0, +)) < 1e-5)
            #expect(abs(values.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
        }
        let maps = try HeadMaps(model, layer: 2)
        let reader = DirectionReader(maps, HeadGrams(maps), .k)
        let baseline = StrengthBaseline(reader, directions, n_heads: model.configuration.n_heads)
        for head in 0..<model.configuration.n_heads {
            // E[strength²] = 1/(D − 1); 400 draws leave 5 % of it.
            let square = baseline.mean[head] * baseline.mean[head] + baseline.sd[head] * baseline.sd[head]
            #expect(abs(square * Double(D - 1) - 1) < 0.15, "head \(head)")
            #expect(abs(baseline.z(Float(baseline.mean[head] + 2 * baseline.sd[head]), head: head) - 2) < 1e-4)
        }
        var again = RandomGenerator(seed: 11)
        #expect(randomDirections(400, D, &again) == directions)
    }

    @Test func `random spaces overlap as theory says, and a space with itself by its dimension`() throws {
        var generator = RandomGenerator(seed: 3)
        let (dimension, D) = (16, 128)
        let reference = SubspaceOverlap.randomReference(dimension: dimension, D: D, spaces: 16, &generator)
        let expected = SubspaceOverlap.expected(dimension, dimension, D: D)
        #expect(abs(reference.mean - expected) < 0.1 * expected && reference.sd > 0 && reference.sd < expected)
        let own = try OVDecompositions(HeadMaps(Fixtures.model("demo-4l"), layer: 1), layer: 1).heads[0]
        #expect(abs(SubspaceOverlap.projectionKernel(own.writes, own.writes, D: 128) - 32) < 1e-3)
    }
}
