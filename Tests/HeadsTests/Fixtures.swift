import Checkpoints
import Foundation
import GPT2
import Heads
import Tensors
import Testing

/// What Tests/References/heads/heads.py computed in double precision, and the models it did so of.
enum Fixtures {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    private static let tests = folder.deletingLastPathComponent()
    static let demoDirectory = tests.deletingLastPathComponent().appending(path: "Sources/Daemon/Models/demo-4l").path
    static let goldens = tests.deletingLastPathComponent().appending(path: "Sources/Daemon/Models/goldens").path

    /// The models: a random one whose heads are of an odd width, and the trained one.
    static let names = ["odd_head", "demo-4l"]

    static func model(_ name: String) throws -> GPT2Model {
        try GPT2Model(directory: name == "demo-4l" ? demoDirectory : tests.appending(path: "GPT2Tests/Fixtures/\(name)").path)
    }

    static func expected(_ name: String) throws -> SafetensorsFile {
        try SafetensorsFile(folder.appending(path: "Fixtures/\(name).safetensors").path)
    }

    static func tokens(_ expected: borrowing SafetensorsFile, _ name: String) throws -> [Int32] {
        try expected.tensor(name).values.map { Int32($0) }
    }
}

/// Expects elements within `tolerance` of what they should be.
func expectClose(
    _ found: [Float], _ expected: [Float], within tolerance: Float, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard found.count == expected.count else {
        Issue.record("\(what): \(found.count) numbers, expected \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    let worst = zip(found, expected).map { ($0 - $1).magnitude }.max() ?? 0
    #expect(worst <= tolerance, "\(what): off by \(worst)", sourceLocation: sourceLocation)
}
