import Checkpoints
import Dictionaries
import Foundation
import GPT2
import JSON
import Tensors
import Tokenizer

/// The models that the tests look into.
enum Fixtures {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The trained model that the daemon carries.
    static let demoDirectory = root + "/Sources/Daemon/Models/demo-4l"

    static func demoModel() throws -> GPT2Model { try GPT2Model(directory: demoDirectory) }

    /// One of the tiny random models of the GPT2 tests.
    static func tinyModel(_ name: String) throws -> GPT2Model {
        try GPT2Model(directory: root + "/Tests/GPT2Tests/Fixtures/" + name)
    }

    /// The first contexts of the trained model's corpus.
    static func demoContexts(_ count: Int, T: Int) throws -> Contexts {
        try Contexts(TextFile(demoDirectory + "/corpus.txt"), tokenizer: Tokenizer(directory: demoDirectory), T: T, limit: count)
    }

    /// The first indirect-object prompts of the trained model, each after BOS.
    static func demoPrompts(_ count: Int) throws -> [[Int32]] {
        let tokenizer = try Tokenizer(directory: demoDirectory)
        let lines = try String(contentsOfFile: demoDirectory + "/indirect_object.jsonl", encoding: .utf8).split(separator: "\n")
        return try lines.prefix(count).map { line in
            guard case .string(let prompt)? = try JSON(parsing: Array(line.utf8)).object?["prompt"], let bos = tokenizer.bos
            else {
                throw Malformed(line: String(line))
            }
            return [bos] + tokenizer.encode(prompt)
        }
    }

    /// A line of the prompts that holds none.
    private struct Malformed: Error { let line: String }

    /// Tokens drawn evenly from the vocabulary.
    static func randomTokens(_ count: Int, _ model: GPT2Model, seed: UInt64) -> [Int32] {
        var generator = RandomGenerator(seed: seed)
        return (0..<count).map { _ in Int32(generator.next() % UInt64(model.configuration.d_vocab)) }
    }
}

/// What a layer's transcoders are trained on, for whole contexts.
func patternBatch(_ model: GPT2Model, layer: Int, _ batch: TokenBatch) throws -> PatternBatch {
    let names = [.ln1_x, .q, .k].map { ActivationName($0, layer) }
    let found = try model.forward(batch, capture: Set(names))
    return PatternBatch(
        sequences: batch.B, length: batch.T, attn_scale: model.configuration.attn_scale(layer), x: found[names[0]].values,
        q: found[names[1]].values, k: found[names[2]].values)
}

/// Transcoders at the start of training, their biases at a batch's means.
func freshDictionary(_ model: GPT2Model, d_sae: Int, _ sample: PatternBatch, seed: UInt64) -> TranscoderPair {
    let c = model.configuration
    let shape = TranscoderShape(d_model: c.d_model, d_sae: d_sae, n_heads: c.n_heads, d_head: c.d_head)
    var generator = RandomGenerator(seed: seed)
    func side(_ truth: [Float]) -> Transcoder {
        Transcoder(
            shape, inputMean: means(sample.x, c.d_model), outputMean: means(truth, c.d_model), using: &generator)
    }
    let query = side(sample.q)
    return TranscoderPair(query: query, key: side(sample.k))
}

/// Trains transcoders on batches that the caller makes for each step.
func train(_ pair: inout TranscoderPair, _ schedule: TrainingSchedule, batch: (Int) throws -> PatternBatch) rethrows {
    var step = TranscoderStep(), optimiser = TranscoderOptimiser(for: pair), gradient = TranscoderPair(zerosLike: pair)
    for number in 0..<schedule.steps {
        let coefficients = schedule.coefficients(at: number)
        _ = step(pair, try batch(number), coefficients, paths: (.dense, .dense), gradient: &gradient)
        optimiser.apply(
            gradient, to: &pair, learningRate: schedule.learningRate(at: number), movesKeyBias: coefficients.mu > 0)
    }
}

/// The mean of the rows of [N, columns].
func means(_ values: [Float], _ columns: Int) -> [Float] {
    var sums = [Double](repeating: 0, count: columns)
    for (index, value) in values.enumerated() { sums[index % columns] += Double(value) }
    return sums.map { Float($0 * Double(columns) / Double(values.count)) }
}
