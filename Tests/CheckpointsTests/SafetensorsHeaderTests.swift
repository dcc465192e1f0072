import Checkpoints
import JSON
import Tensors
import Testing

@Suite("Safetensors header")
struct SafetensorsHeaderTests {
    /// A header of one tensor.
    static func one(dtype: String = "\"F32\"", shape: String = "[1]", offsets: String = "[0,4]") -> String {
        "{\"a\":{\"dtype\":\(dtype),\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
    }

    /// A header of two tensors of one float each.
    static func two(_ first: String, _ second: String, name: String = "b") -> String {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":\(first)},"
            + "\"\(name)\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":\(second)}}"
    }

    /// What opening a file of these bytes throws.
    static func reason(_ bytes: [UInt8]) throws -> SafetensorsError.Reason? {
        let directory = try TemporaryDirectory()
        let path = try directory.file("model.safetensors", bytes)
        do throws(SafetensorsError) {
            _ = try SafetensorsFile(path)
            return nil
        } catch {
            #expect(error.path == path && error.description.hasPrefix(path))
            return error.reason
        }
    }

    @Test("every verdict equals the reference library's, but for the stricter table")
    func verdicts() throws {
        let path = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let bytes = try ReadableFile.contents(of: path + "/Fixtures/verdicts.json", limit: 1 << 20)
        let cases = try #require(JSON(parsing: bytes).array)
        #expect(cases.count == 769)
        let directory = try TemporaryDirectory()
        for (index, item) in cases.enumerated() {
            let text = try #require(item["file"]?.string)
            let file = try directory.file("case", text.unicodeScalars.map { UInt8($0.value) })
            let wanted = item["accepted"]?.bool == true && item["stricter"]?.isNull == true
            var refusal: String?
            do { _ = try SafetensorsFile(file) } catch { refusal = "\(error)" }
            #expect((refusal == nil) == wanted, "case \(index): \(text.debugDescription) \(refusal ?? "was accepted")")
        }
    }

    @Test("a file too short for its own lengths is refused with the numbers")
    func lengths() throws {
        let header = Self.one()
        let size = header.utf8.count + 4
        #expect(try Self.reason([]) == .tooShort(bytes: 0))
        #expect(try Self.reason([1, 2, 3, 4, 5, 6, 7]) == .tooShort(bytes: 7))
        #expect(try Self.reason(safetensors("")) == .syntax("it does not begin with '{'", offset: 0))
        let limit = SafetensorsHeader.lengthLimit
        for length: UInt64 in [UInt64(size + 1), UInt64(limit) + 1, 1 << 63, .max] {
            let found = try Self.reason(safetensors(header, data: [0, 0, 0, 0], length: length))
            #expect(found == .headerLength(length, available: size, limit: limit))
        }
    }

    @Test("holes, overlaps, reversed offsets, missing and trailing bytes are refused with the numbers")
    func layout() throws {
        let data = [UInt8](repeating: 0, count: 8)
        let hole = try Self.reason(safetensors(Self.two("[0,4]", "[5,9]"), data: data + [0]))
        #expect(hole == .offsets(tensor: "b", begin: 5, end: 9, expectedBegin: 4))
        let overlap = try Self.reason(safetensors(Self.two("[0,4]", "[3,7]"), data: data))
        #expect(overlap == .offsets(tensor: "b", begin: 3, end: 7, expectedBegin: 4))
        let reversed = try Self.reason(safetensors(Self.one(offsets: "[4,0]"), data: data))
        #expect(reversed == .offsets(tensor: "a", begin: 4, end: 0, expectedBegin: 0))
        let beyond = try Self.reason(safetensors(Self.one(), data: [0, 0, 0]))
        #expect(beyond == .beyondEnd(tensor: "a", end: 4, dataBytes: 3))
        #expect(try Self.reason(safetensors(Self.one(), data: data)) == .uncovered(covered: 4, dataBytes: 8))
        #expect(try Self.reason(safetensors("{}", data: data)) == .uncovered(covered: 0, dataBytes: 8))
        #expect(try Self.reason(safetensors(Self.two("[4,8]", "[0,4]"), data: data)) == nil)
    }

    @Test("shapes that overflow or disagree with their bytes are refused with the numbers")
    func shapes() throws {
        let data: [UInt8] = [0, 0, 0, 0]
        for shape: [UInt64] in [
            [2, .max - 1], [2, 1 << 63 - 1], [1 << 32, 1 << 32], [1 << 62], [0, .max], [1 << 63 - 1, 2, 0],
        ] {
            let found = try Self.reason(safetensors(Self.one(shape: "\(shape)"), data: data))
            #expect(found == .overflow(tensor: "a", shape: shape))
        }
        let wrong = try Self.reason(safetensors(Self.one(shape: "[3]"), data: data))
        #expect(wrong == .size(tensor: "a", shape: [3], dtype: .F32, bits: 96, bytes: 4))
        let nibble = try Self.reason(safetensors(Self.one(dtype: "\"F4\"", shape: "[1]", offsets: "[0,1]"), data: [0]))
        #expect(nibble == .size(tensor: "a", shape: [1], dtype: .F4, bits: 4, bytes: 1))
        let unknown = try Self.reason(safetensors(Self.one(dtype: "\"F128\""), data: data))
        #expect(unknown == .unknownElementType(tensor: "a", dtype: "F128"))
        for shape in ["[-1]", "[1.0]", "[\"1\"]", "[1e0]", "1"] {
            guard case .syntax = try Self.reason(safetensors(Self.one(shape: shape), data: data)) else {
                Issue.record("shape \(shape) was not refused as malformed")
                continue
            }
        }
    }

    @Test("two tensors of one name are refused")
    func duplicates() throws {
        let header = Self.two("[0,4]", "[4,8]", name: "a")
        guard case .duplicate("a", _) = try Self.reason(safetensors(header, data: [UInt8](repeating: 0, count: 8))) else {
            Issue.record("two tensors named a were not refused")
            return
        }
    }

    @Test("scalars, empty tensors, metadata and trailing spaces are accepted")
    func accepted() throws {
        let text =
            "{\"__metadata__\":{\"format\":\"pt\",\"\\u0000\":\"\\ud83d\\ude00\"},"
            + "\"s\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},\"e\":{\"dtype\":\"F64\",\"shape\":[3,0],\"data_offsets\":[4,4]}}  "
        let header = try SafetensorsHeader(parsing: Array(text.utf8), dataBytes: 4)
        #expect(header.metadata == ["format": "pt", "\0": "\u{1F600}"])
        #expect(header.tensors.map(\.name) == ["s", "e"])
        #expect(header.tensors.map(\.shape) == [[], [3, 0]])
        #expect(header.tensors.map(\.count) == [1, 0])
        #expect(header.tensors.map(\.range) == [0..<4, 4..<4])
    }
}
