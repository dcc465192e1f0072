import Dictionaries
import Tensors
import Testing

@Suite struct ResamplingTests {
    private static let dead = [3, 17, 40]
    private let problem = SmallProblem(B: 2, T: 24)

    /// Three query features that never fire; dead after one batch, begun again after the second step.
    private func trained(_ norm: DecoderNorm, steps: Int) -> (trainer: TranscoderTrainer, figures: [StepFigures]) {
        var pair = problem.start(seed: 3)
        for feature in Self.dead { pair.query.b_enc[feature] = -100 }
        var schedule = TrainingSchedule(steps: 100, learningRate: 1e-3, lambda: 1e-3)
        schedule.warmUp = .steps(0)
        var recipe = TrainingRecipe(schedule: schedule)
        (recipe.resampling, recipe.deadAfterTokens, recipe.decoderNorm) = (.init(every: 2, most: 1), 60, norm)
        var trainer = TranscoderTrainer(pair, recipe: recipe, seed: 5)
        let figures = (0..<steps).map { trainer.step(problem.batch(seed: UInt64($0))) }
        return (trainer, figures)
    }

    @Test(arguments: DecoderNorm.allCases) func `dead features begin again where the error is large`(_ norm: DecoderNorm) throws {
        let (trainer, figures) = trained(norm, steps: 2)
        #expect(figures.map(\.dead.query) == [0, 0] && figures.map(\.dead.key) == [0, 0])
        let side = TwinSide(trainer.pair.query), live = (0..<48).filter { !Self.dead.contains($0) }
        func column(_ a: Int) -> [Double] { (0..<side.D).map { side.W_enc[$0 * side.F + a] } }
        func length(_ v: [Double]) -> Double { v.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        let encoder = 0.2 * live.reduce(0) { $0 + length(column($1)) } / Double(live.count)
        let decoder = norm == .unit ? 1 : live.reduce(0) { $0 + side.norms[$1] } / Double(live.count)
        let x = problem.batch(seed: 1).x.map(Double.init), N = x.count / side.D
        for feature in Self.dead {
            #expect(abs(length(column(feature)) - encoder) < 1e-5 * encoder)
            #expect(abs(side.norms[feature] - decoder) < 1e-5 * decoder)
            #expect(side.b_enc[feature] == 0)
            // The column is the direction of one of the batch's tokens.
            let cosines = (0..<N).map { t in
                let token = (0..<side.D).map { x[t * side.D + $0] - side.b_in[$0] }
                return zip(token, column(feature)).reduce(0) { $0 + $1.0 * $1.1 } / (length(token) * encoder)
            }
            #expect(try #require(cosines.max()) > 1 - 1e-5)
        }
        // No moment is left of what they were.
        let buffers = trainer.save().buffers
        for end in ["first", "second"] {
            let moments = try #require(buffers.first { $0.name == "query.W_enc.\(end)" }?.values)
            for feature in Self.dead { #expect((0..<side.D).allSatisfy { moments[$0 * side.F + feature] == 0 }) }
            #expect(moments.contains { $0 != 0 })
        }
    }

    @Test func `features that begin again fire, and none begins again too often`() {
        let (trainer, figures) = trained(.free, steps: 12)
        let f = trainer.pair.query.encode(problem.batch(seed: 50).x.span)
        for feature in Self.dead { #expect(f.indices.contains(Int32(feature))) }
        #expect(figures.last?.dead.query == 0)
    }
}
