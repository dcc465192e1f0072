import Checkpoints
import Foundation
import Testing

@Suite struct NumPyFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// What `numpy.save` of NumPy 2.4.6 writes for `numpy.array([1, -2, 3], "<i4")`, header and numbers.
    private static let saved: [UInt8] =
        [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]
        + Array("{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }".utf8) + Array(repeating: UInt8(ascii: " "), count: 60)
        + [UInt8(ascii: "\n"), 1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0]

    @Test func `what is written is byte for byte what NumPy writes`() throws {
        let path = directory.path + "/a.npy"
        try NumPyFile.write([1, -2, 3] as [Int32], shape: [3], to: path)
        #expect(try Array(Data(contentsOf: URL(filePath: path))) == Self.saved)
    }

    @Test func `numbers and shapes come back`() throws {
        let path = directory.path + "/b.npy"
        let numbers: [Float] = [0.1, -.infinity, 3e-38, 4, 5, 6]
        for shape in [[6], [2, 3], [1, 6, 1]] {
            try NumPyFile.write(numbers, shape: shape, to: path)
            let found = try NumPyFile.read(path, as: Float.self)
            #expect(found.numbers == numbers && found.shape == shape)
        }
        try NumPyFile.write([] as [Int32], shape: [0], to: path)
        #expect(try NumPyFile.read(path, as: Int32.self).numbers.isEmpty)
    }

    @Test func `another type, another order, a cut file and a header that lies are refused`() throws {
        let path = directory.path + "/c.npy"
        func refused(_ bytes: [UInt8]) throws -> String? {
            try Data(bytes).write(to: URL(filePath: path))
            do {
                _ = try NumPyFile.read(path, as: Int32.self)
                return nil
            } catch let mismatch as NumPyFile.Mismatch {
                return mismatch.reason
            }
        }
        func changed(_ found: String, _ replacement: String) -> [UInt8] {
            let text = String(decoding: Self.saved.dropFirst(10).prefix(118), as: UTF8.self)
            return Array(Self.saved.prefix(10)) + Array(text.replacing(found, with: replacement).utf8)
                + Array(Self.saved.dropFirst(128))
        }
        #expect(try refused(Self.saved) == nil)
        #expect(try refused(changed("<i4", "<f4"))?.contains("<i4") == true)
        #expect(try refused(changed("False", "True ")) == "it is not in C order")
        #expect(try refused(changed("(3,)", "(4,)"))?.contains("has 140 bytes where") == true)
        #expect(try refused(changed("(3,)", "(9999999999999,9999999999999)").prefix(140).map(\.self))?.isEmpty == false)
        #expect(try refused(Array(Self.saved.dropLast()))?.contains("has 139 bytes") == true)
        #expect(try refused([1, 2, 3]) == "it does not begin as a .npy file does")
    }
}
