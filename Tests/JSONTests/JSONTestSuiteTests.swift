import Foundation
import JSON
import Testing

/// The parser beside https://github.com/nst/JSONTestSuite, where that lies beside the project.
@Suite struct JSONTestSuiteTests {
    static let archive = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared/data/JSONTestSuite/test_parsing.tar.gz")

    /// What is JSON by RFC 8259 and refused here: names that stand twice, and NUL in a name.
    static let stricter: Set = [
        "y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json", "y_object_escaped_null_in_key.json",
    ]
    /// What the RFC leaves open and is accepted here: numbers too small for a double, which become 0.
    ///
    /// All else that it leaves open is
    /// refused: numbers that are too large, halves of surrogate pairs, what is not UTF-8, byte order marks, five hundred brackets.
    static let lenient: Set = ["i_number_double_huge_neg_exp.json", "i_number_real_underflow.json"]

    @Test(.enabled(if: FileManager.default.fileExists(atPath: archive.path)))
    func `what must be accepted is, but for three files; what must be refused is; what may be is by our list`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "json-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let tar = Process()
        tar.executableURL = URL(filePath: "/bin/tar")
        tar.arguments = ["-xzf", Self.archive.path, "-C", folder.path]
        try tar.run()
        tar.waitUntilExit()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.count == 318)
        for name in names {
            let bytes = try Array(Data(contentsOf: folder.appending(path: name)))
            let json = try? JSON(parsing: bytes)
            let wanted = name.hasPrefix("y_") && !Self.stricter.contains(name) || Self.lenient.contains(name)
            #expect((json != nil) == wanted, "\(name): \(String(decoding: bytes.prefix(100), as: UTF8.self))")
            if let json { #expect(try JSON(parsing: json.bytes()) == json, "\(name)") }
        }
    }

    /// The numbers that no suite agrees on, each with what becomes of it: its text, or nil if it is refused.
    @Test(
        arguments: [
            ("NaN", nil), ("Infinity", nil), ("-Infinity", nil), ("1e999", nil), ("-1e999", nil), ("-0", "0"), ("-0.0", "-0.0"),
            ("1e-400", "0.0"), ("5e-324", "5e-324"), ("9007199254740993", "9007199254740993"),
            ("9223372036854775807", "9223372036854775807"), ("9223372036854775808", nil),
            ("-9223372036854775808", "-9223372036854775808"),
            ("-9223372036854775809", nil), ("1.7976931348623157e308", "1.7976931348623157e+308"), ("2.0", "2.0"), ("01", nil),
            ("+1", nil), ("1.", nil),
            (".5", nil), ("0x10", nil), ("1_0", nil), ("- 1", nil), ("1e", nil), ("1e+", nil),
        ] as [(String, String?)])
    func `numbers at the edges`(_ text: String, _ written: String?) {
        #expect((try? JSON(parsing: text))?.text() == written, "\(text)")
        #expect((try? JSON(parsing: "[\(text)]"))?.text() == written.map { "[\($0)]" }, "\(text)")
    }

    @Test func `ten thousand digits are refused at once, and after a point they are only rounded`() throws {
        let digits = String(repeating: "9", count: 10_000)
        #expect(throws: JSONError.self) { try JSON(parsing: digits) }
        #expect(throws: JSONError.self) { try JSON(parsing: "1e" + digits) }
        #expect(try JSON(parsing: "0." + digits).number == 1)
        #expect(try JSON(parsing: "1e-" + digits).number == 0)
    }

    @Test(
        arguments: [
            [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xE0, 0x80, 0xAF, 0x22],
            [0x22, 0xF0, 0x80, 0x80, 0xAF, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xED, 0xBF, 0xBF, 0x22],
            [0x22, 0xE2, 0x82, 0x22],
            [0x22, 0x80, 0x22], [0x22, 0xFF, 0x22], [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D],
        ] as [[UInt8]])
    func `overlong, halved and broken UTF-8 is refused`(_ bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSON(parsing: bytes) }
    }

    @Test(arguments: [
        "\\ud800", "\\udc00", "\\ud800\\ud800", "\\udc00\\ud800", "\\ud800x", "\\ud83d\\u0041", "\\uD8", "\\u{41}", "\\x41",
    ])
    func `escapes that are no character are refused`(_ escape: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: "\"\(escape)\"") }
        #expect(throws: JSONError.self) { try JSON(parsing: "{\"\(escape)\":1}") }
    }
}
