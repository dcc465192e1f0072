import Foundation

/// A folder that goes when the test does.
final class TemporaryFolder {
    let path = NSTemporaryDirectory() + "/fuzzing-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
