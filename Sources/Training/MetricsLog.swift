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

    /// How many bytes of a series are in memory at once.
    private static let readSize = 1 << 20

    /// How many lines a file has; none if it is not there.
    static func count(of path: String) throws -> Int {
        var count = 0
        try forEachLine(of: path) { _, _ in count += 1 }
        return count
    }

    /// Calls `body` with each line's number, from 0, and its bytes.
    static func forEachLine(of path: String, _ body: (Int, [UInt8]) throws -> Void) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        var rest: [UInt8] = [], number = 0
        while let read = try file.read(upToCount: readSize), !read.isEmpty {
            rest += read
            var start = 0
            while let newline = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                try body(number, Array(rest[start..<newline]))
                (start, number) = (newline + 1, number + 1)
            }
            rest.removeFirst(start)
        }
    }

    /// Makes what was appended durable.
    func synchronise() throws { try file.synchronize() }
}
