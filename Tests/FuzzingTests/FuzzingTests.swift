import Fuzzing
import Testing

/// A slice of every target's inputs, always the same; `make fuzz` runs millions.
@Suite(.serialized) struct FuzzingTests {
    static let places = FuzzTarget.parts.flatMap(\.places)

    /// Inputs per target: together about two seconds.
    private static let inputs = 1000

    @Test(arguments: places.indices) func `a thousand inputs are borne`(_ index: Int) throws {
        let target = Self.places[index].target
        let directory = try TemporaryFolder()
        let run = FuzzRun(target, FuzzCorpus(target.name), seed: 20, directory: directory.path)
        let report = try run.run { $1 < Self.inputs }
        #expect(report.failure == nil, "\(report.failure?.reason ?? "")")
        #expect(report.accepted > Self.inputs / 50 && report.accepted < Self.inputs, "\(report)")
        #expect(report.inputs == Self.inputs && report.worst < FuzzRun.longestInput, "\(report)")
    }

    @Test func `an input follows from the seed and its number alone`() throws {
        for place in Self.places {
            let corpus = FuzzCorpus(place.target.name)
            let run = FuzzRun(place.target, corpus, seed: 3, directory: "")
            let inputs = (0..<50).map(run.input)
            #expect((0..<50).reversed().map(run.input) == inputs.reversed(), "\(place.target.name)")
            #expect(Set(inputs).count > 20, "\(place.target.name)")
        }
    }
}
