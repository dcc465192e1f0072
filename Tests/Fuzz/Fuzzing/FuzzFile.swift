private import Foundation
private import Tokenizer

/// Files for parsers that read nothing else: in memory where the system has a file system there, of this process alone.
enum FuzzFile {
    private static let directory: URL = {
        let shared = "/dev/shm"
        let root = FileManager.default.isWritableFile(atPath: shared) ? shared : NSTemporaryDirectory()
        return URL(filePath: root).appending(path: "qklens-fuzz-\(ProcessInfo.processInfo.processIdentifier)")
    }()

    /// Writes a file and returns its path.
    static func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let file = directory.appending(path: name)
        do {
            try Data(bytes).write(to: file)
        } catch CocoaError.fileNoSuchFile {
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
        return file.path
    }

    /// The path of a file or folder that was written.
    static func path(_ name: String) throws -> String { directory.appending(path: name).path }

    /// Removes all of them.
    static func clear() { try? FileManager.default.removeItem(at: directory) }
}
