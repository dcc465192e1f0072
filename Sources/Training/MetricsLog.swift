private import Foundation
import JSON

/// The series of figures that a job writes: one JSON object per line, without anything that differs from run to run.
///
/// A checkpoint records the file's length; a job that goes on cuts the file there and writes the same lines again.
struct MetricsLog {
    private let file: FileHandle
    /// The file's length in bytes.
    private(set) var length: Int

    /// Opens the file and cuts it to `length` bytes; it is made if it is not there.
    init(_ path: String, length: Int) throws {
        if !FileManager.default.fileExists(atPath: path) { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: UInt64(length))
        self.length = length
    }

    /// Appends lines, all or none.
    mutating func append(_ lines: [JSON]) throws {
        let bytes = lines.flatMap { $0.bytes() + [UInt8(ascii: "\n")] }
        do {
            try file.write(contentsOf: bytes)
        } catch {
            try file.truncate(atOffset: UInt64(length))
            throw error
        }
        length += bytes.count
    }

    /// The lines of a file; none if it is not there.
    static func lines(of path: String) throws -> [JSON] {
        guard let bytes = FileManager.default.contents(atPath: path) else { return [] }
        return try bytes.split(separator: UInt8(ascii: "\n")).map { try JSON(parsing: Array($0)) }
    }

    /// Makes what was appended durable.
    func synchronise() throws { try file.synchronize() }
}
