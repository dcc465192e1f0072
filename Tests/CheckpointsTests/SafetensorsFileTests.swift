import Checkpoints
import Foundation
import Tensors
import Testing

@Suite("Safetensors file")
struct SafetensorsFileTests {
    @Test("F32, F16, BF16 and F64 are read as the same numbers")
    func elementTypes() throws {
        // 1.5, -2 and 2^-24 (a subnormal of binary16), in each type's bits.
        let patterns: [(String, [UInt8])] = [
            ("F32", [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0x80, 0x33]),
            ("F16", [0, 0x3E, 0, 0xC0, 1, 0]),
            ("BF16", [0xC0, 0x3F, 0, 0xC0, 0x80, 0x33]),
            ("F64", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x70, 0x3E]),
        ]
        let directory = try TemporaryDirectory()
        for (dtype, data) in patterns {
            let header = SafetensorsHeaderTests.one(dtype: "\"\(dtype)\"", shape: "[3]", offsets: "[0,\(data.count)]")
            let file = try SafetensorsFile(directory.file(dtype, safetensors(header, data: data)))
            #expect(try file.tensor("a") == Tensor([3], [1.5, -2, 0x1p-24]), "\(dtype)")
        }
    }

    @Test("tensors longer than one conversion chunk are read whole, at any place in the file")
    func chunks() throws {
        let count = 300_001
        let halves = (0..<count).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8) & 0x3F] }
        let header =
            "{\"pad\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
            + "\"a\":{\"dtype\":\"F16\",\"shape\":[\(count)],\"data_offsets\":[3,\(3 + 2 * count)]}}"
        let directory = try TemporaryDirectory()
        let file = try SafetensorsFile(directory.file("long", safetensors(header, data: [1, 2, 3] + halves)))
        let found = try file.tensor("a").values
        #expect(found == (0..<count).map { Float(Float16(bitPattern: UInt16(truncatingIfNeeded: $0) & 0x3FFF)) })
    }

    @Test("a tensor that is absent or of a type that is no float is refused by name")
    func refusals() throws {
        let directory = try TemporaryDirectory()
        let header = SafetensorsHeaderTests.one(dtype: "\"I32\"")
        let path = try directory.file("i", safetensors(header, data: [0, 0, 0, 0]))
        let file = try SafetensorsFile(path)
        var reasons: [SafetensorsError.Reason] = []
        for name in ["a", "b"] {
            do { _ = try file.tensor(name) } catch { reasons.append(error.reason) }
        }
        #expect(reasons == [.unreadable(tensor: "a", dtype: .I32), .missing(tensor: "b")])
    }

    @Test("integers are written and read back beside floats, and floats are not taken for integers")
    func integers() throws {
        let directory = try TemporaryDirectory(), numbers: [Int32] = [1, -2, .max, .min], floats: [Float] = [0.5, -1]
        let prefix = SafetensorsWriter.prefix([("i", .I32, [2, 2]), ("f", .F32, [2])])
        let patterns = numbers.map { UInt32(bitPattern: $0) } + floats.map(\.bitPattern)
        let bytes = patterns.flatMap { pattern in (0..<4).map { UInt8(truncatingIfNeeded: pattern >> (8 * $0)) } }
        let file = try SafetensorsFile(directory.file("mixed", prefix + bytes))
        let found = try file.integers("i")
        #expect(found.numbers == numbers && found.shape == [2, 2])
        #expect(try file.tensor("f").values == floats)
        var reasons: [SafetensorsError.Reason] = []
        for name in ["f", "g"] {
            do { _ = try file.integers(name) } catch { reasons.append(error.reason) }
        }
        #expect(reasons == [.notIntegers(tensor: "f", dtype: .F32), .missing(tensor: "g")])
    }

    @Test("a file that is cut after it was opened gives an error with the numbers", arguments: ["F32", "F16"])
    func cut(dtype: String) throws {
        let bytes = dtype == "F32" ? 4000 : 2000
        let header = SafetensorsHeaderTests.one(dtype: "\"\(dtype)\"", shape: "[1000]", offsets: "[0,\(bytes)]")
        let directory = try TemporaryDirectory()
        let path = try directory.file("cut", safetensors(header, data: [UInt8](repeating: 0, count: bytes)))
        let file = try SafetensorsFile(path)
        let cut = unsafe truncate(path, off_t(8 + header.utf8.count + 100))
        #expect(cut == 0)
        var reason: SafetensorsError.Reason?
        do { _ = try file.tensor("a") } catch { reason = error.reason }
        #expect(reason == .truncated(tensor: "a", wanted: bytes, got: 100))
    }

    @Test("directories, pipes and absent files are refused by name")
    func notFiles() throws {
        let directory = try TemporaryDirectory()
        let pipe = directory.path + "/pipe"
        let made = unsafe mkfifo(pipe, 0o600)
        #expect(made == 0)
        for path in [directory.path, pipe, directory.path + "/absent"] {
            var message = ""
            do { _ = try SafetensorsFile(path) } catch { message = "\(error)" }
            #expect(message.hasPrefix("cannot open \(path): "))
        }
    }
}
