import Circuits
import GPT2
import Tensors
import Testing

/// What was planted is found, and nothing else.
@Suite struct PlantedCircuitTests {
    private let circuit: PlantedCircuit
    private let decompositions: Fixtures.Decompositions

    init() throws {
        circuit = try PlantedCircuit()
        decompositions = Fixtures.Decompositions(circuit.model)
    }

    @Test(arguments: [(2, 5), (6, 3), (1, 8)], SelectionMode.allCases)
    func `a look is traced to the one head that writes what it reads`(_ places: (Int, Int), _ mode: SelectionMode) throws {
        let (marker, target) = places, tokens = PlantedCircuit.prompt(marker: marker, target: target), end = tokens.count - 1
        let pass = try PromptPass(circuit.model, tokens: tokens)
        let look = Look(layer: 1, head: 1, destination: end, source: target)
        let below = Look(layer: 0, head: 0, destination: end, source: marker)
        #expect(pass.attention(look) > 0.9 && pass.attention(below) > 0.9, "\(pass.attention(look)), \(pass.attention(below))")

        let graph = try Tracer.trace([look], in: pass, TraceSettings(mode: mode), decompositions.layer)
        // The head is asked for by what another wrote, in every mode; what it looks at is there from the beginning.
        let asked = graph.links.filter { $0.downstream == 0 && $0.side == .destination }
        #expect(asked.count == 1)
        let writer = graph.nodes[try #require(asked.first).upstream]
        #expect(writer.subject == .part(.look(layer: 0, head: 0, source: marker)) && writer.position == end)
        let found = graph.links.filter { $0.downstream == 0 && $0.side == .source }
        if mode == .score_sum {
            // Heads only, and none has written what is read there.
            #expect(found.isEmpty && graph.links.count == 1)
        } else {
            #expect(found.count == 1)
            let source = graph.nodes[try #require(found.first).upstream]
            #expect(source.subject == .part(.embedding) && source.position == target)
            // And the look below rests on the two tokens themselves.
            let rest = graph.links.filter { $0.downstream != 0 }
            #expect(rest.count == 2 && graph.links.count == 4)
            #expect(Set(rest.map { graph.nodes[$0.upstream].position }) == [marker, end])
            #expect(rest.allSatisfy { graph.nodes[$0.upstream].subject == .part(.embedding) })
        }
        for reading in graph.nodes[0].readings {
            #expect(abs(reading.residual) < 1e-4 * max(1, abs(reading.total)))
            if mode == .relative_attention { #expect(abs(reading.remainder) < 1e-3 * reading.total) }
        }
    }

    @Test(arguments: SelectionMode.allCases, [true, false])
    func `without its signal the look is gone, with as much of something else it stays`(_ mode: SelectionMode, isLocal: Bool)
        throws
    {
        let tokens = PlantedCircuit.prompt(marker: 2, target: 5), end = tokens.count - 1
        let pass = try PromptPass(circuit.model, tokens: tokens)
        let look = Look(layer: 1, head: 1, destination: end, source: 5)
        let signal = try CarriedSignal(
            look, .destination, carriedBy: [.head(layer: 0, head: 0)], in: pass, TraceSettings(mode: mode), decompositions.layer)
        #expect(signal.fires && signal.token == end && signal.terms > 0)
        func attention(_ additions: [StreamAddition]) throws -> Float {
            let change = isLocal ? StreamAdditions([additions], seenBy: [signal]) : StreamAdditions([additions])
            let found = try change.run(circuit.model, TokenBatch(tokens), capture: [.init(.pattern, 1)])[.pattern, 1]
            return found.values[(tokens.count + end) * tokens.count + 5]
        }
        #expect(abs(try attention(signal.additions(factor: 1)) - signal.attention) < 1e-5)
        // Even, as over ten tokens of which none is asked for.
        #expect(abs(try attention(signal.additions(factor: 0)) - 0.1) < 1e-3)
        #expect(try attention(signal.additions(factor: 2)) > signal.attention)
        #expect(signal.likeness(factor: 0).ratio < 1e-3, "all of what the head writes is the signal")
        #expect(abs(signal.likeness(factor: 2).ratio - 2) < 1e-3 && signal.likeness(factor: 2).cosine > 0.999)
        var generator = RandomGenerator(seed: 5)
        for _ in 0..<5 {
            let control = signal.control(factor: 0, using: &generator)
            let lengths = [control, signal.additions(factor: 0)].map { $0[0].vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            #expect(abs(lengths[0] / lengths[1] - 1) < 1e-4)
            #expect(try attention(control) > 0.8, "the control takes the look away")
        }
    }
    @Test(arguments: SelectionMode.allCases)
    func `what an MLP writes is found where it is read, and the look rests on it`(_ mode: SelectionMode) throws {
        let model = try PlantedCircuit(isMLP: true).model, decompositions = Fixtures.Decompositions(model)
        let tokens = PlantedCircuit.prompt(marker: 2, target: 5), end = tokens.count - 1
        let pass = try PromptPass(model, tokens: tokens), look = Look(layer: 1, head: 1, destination: end, source: 5)
        #expect(pass.attention(look) > 0.9, "\(pass.attention(look))")
        let graph = try Tracer.trace([look], in: pass, TraceSettings(mode: mode), decompositions.layer)
        let asked = graph.links.filter { $0.downstream == 0 && $0.side == .destination }.map { graph.nodes[$0.upstream] }
        // The form of 2024 knows heads alone.
        #expect(asked.map(\.subject) == (mode == .score_sum ? [] : [.part(.mlp(layer: 0))]), "\(asked)")
        #expect(asked.allSatisfy { $0.position == end })
        let signal = try CarriedSignal(
            look, .destination, carriedBy: [.mlp(layer: 0)], in: pass, TraceSettings(mode: mode), decompositions.layer)
        for isLocal in [true, false] {
            func attention(_ additions: [StreamAddition]) throws -> Float {
                let change = isLocal ? StreamAdditions([additions], seenBy: [signal]) : StreamAdditions([additions])
                let found = try change.run(model, TokenBatch(tokens), capture: [.init(.pattern, 1)])[.pattern, 1]
                return found.values[(tokens.count + end) * tokens.count + 5]
            }
            #expect(abs(try attention(signal.additions(factor: 1)) - signal.attention) < 1e-5)
            #expect(abs(try attention(signal.additions(factor: 0)) - 0.1) < 1e-3)
            var generator = RandomGenerator(seed: 5)
            for _ in 0..<5 { #expect(try attention(signal.control(factor: 0, using: &generator)) > 0.8) }
        }
    }
}
