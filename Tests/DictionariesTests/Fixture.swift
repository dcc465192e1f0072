import Foundation
import Testing

/// The reference's numbers, in double precision.
struct Fixture {
    private let index: [String: [Int]]
    private let elements: [Double]

    /// Reads a file that `Tests/References/qk/dump_fixture.py` has made.
    init(_ name: String, file: String = #filePath) throws {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appendingPathComponent("Fixtures/\(name)"))
        let end = try #require(data.firstIndex(of: UInt8(ascii: "\n")))
        index = try JSONDecoder().decode([String: [Int]].self, from: data[..<end])
        let bytes = [UInt8](data[(end + 1)...])
        elements = stride(from: 0, to: bytes.count, by: 8).map { start in
            Double(bitPattern: (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) })
        }
    }

    /// The elements of a tensor, row-major.
    func callAsFunction(_ name: String) throws -> [Double] {
        let place = try #require(index[name], "the fixture has no \(name)")
        return Array(elements[place[0]..<place[0] + place[1]])
    }
}
