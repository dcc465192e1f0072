private import Foundation

/// Inputs that are known to be interesting: what mutations begin with.
public struct FuzzCorpus: Sendable {
    /// The inputs, at least one.
    let inputs: [[UInt8]]

    /// A corpus from inputs at hand.
    init(_ inputs: [[UInt8]]) { self.inputs = inputs.isEmpty ? [[]] : inputs }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    /// Larger files are for other tests.
    private static let largest = 1 << 14

    /// The files of `Tests/Fuzz/Corpus/<name>`, and of packed folders (`.tar.gz`) where they are there, in the order of their names.
    public init(_ name: String, and packed: [String] = []) {
        let folders = [Self.root.appending(path: "Corpus/\(name)")] + packed.compactMap(Self.unpack)
        defer { for folder in folders.dropFirst() { try? FileManager.default.removeItem(at: folder) } }
        var inputs: [[UInt8]] = []
        for folder in folders {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for name in names.sorted() {
                guard let data = try? Data(contentsOf: folder.appending(path: name)), data.count <= Self.largest else { continue }
                inputs.append(Array(data))
            }
        }
        self.init(inputs)
    }

    /// A folder with what is packed in a file; nil if there is no such file.
    private static func unpack(_ path: String) -> URL? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let folder = FileManager.default.temporaryDirectory.appending(path: "qklens-corpus-\(UUID().uuidString)")
        let tar = Process()
        tar.executableURL = URL(filePath: "/bin/tar")
        tar.arguments = ["-xzf", path, "-C", folder.path]
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try tar.run()
        } catch {
            return nil
        }
        tar.waitUntilExit()
        return folder
    }
}
