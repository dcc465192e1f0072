import Checkpoints
import Foundation
import GPT2
import Tensors
import Testing

/// Where the fixtures lie: one directory per model that Tests/References/gpt2/make_models.py made.
enum Fixtures {
    static let directory =
        "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/Fixtures"

    /// The tiny random models.
    static let models = ["plain", "odd_head", "relu_untied", "unscaled_bf16", "by_layer_f16", "one_head", "old_buffers"]

    /// The trained model: in the project, or beside it where it is still to be moved in.
    static let demoModel: String? = {
        let root = directory + "/../../.."
        return [root + "/Sources/Daemon/Models/demo-4l", root + "/../shared/models/demo-4l"]
            .first { FileManager.default.fileExists(atPath: $0 + "/config.json") }
    }()

    static func model(_ name: String) throws -> GPT2Model { try GPT2Model(directory: "\(directory)/\(name)") }

    static func expected(_ name: String) throws -> SafetensorsFile {
        try SafetensorsFile("\(directory)/\(name)/expected.safetensors")
    }

    /// The tokens of an expectation, which are stored as floats.
    static func batch(_ expected: borrowing SafetensorsFile, _ name: String = "tokens") throws -> TokenBatch {
        let tokens = try expected.tensor(name)
        return TokenBatch(tokens.values.map { Int32($0) }, B: tokens.shape[0], T: tokens.shape[1])
    }
}

/// Single precision against Hugging Face in double precision: make_models.py proves that every switch moves the logits ten times
/// further than this.
let tolerance: Float = 1e-4

/// Expects equal shapes, infinities in the same places, and elements within `tolerance` times the largest.
func expectClose(_ found: Tensor, _ expected: Tensor, _ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
    guard found.shape == expected.shape else {
        Issue.record("\(what): shape \(found.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
        return
    }
    let largest = expected.values.lazy.filter(\.isFinite).map(abs).max() ?? 0
    let worst = zip(found.values, expected.values).map { $0 == $1 ? 0 : abs($0 - $1) }.max() ?? 0
    #expect(worst <= tolerance * max(1, largest), "\(what): off by \(worst), largest \(largest)", sourceLocation: sourceLocation)
    let holdsNaN = found.values.contains { $0.isNaN }
    #expect(!holdsNaN, "\(what) holds a NaN", sourceLocation: sourceLocation)
}
