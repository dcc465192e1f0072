import JSON
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        "null", "true", "[1,2.5,\"x\"]", "{\"a\":{\"b\":[]},\"c\":\"\\u0001\\n\\\"\"}", "9007199254740993", "9223372036854775807",
        "-0.25",
        "\"\\u0000\"", "\"𝄞é\"",
    ])
    func `what is written is what was read`(_ text: String) throws {
        #expect(try JSON(parsing: text).text() == text)
    }

    @Test(arguments: [
        "", " ", "[1,]", "{\"a\":1,\"a\":2}", "01", "1e999", "9223372036854775808", "[1] 2", "\"\\ud800\"", "nul",
        "{\"\\u0000\":1}",
    ])
    func `what is not JSON, or what we refuse, is an error`(_ text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    @Test func `nesting is limited before the parser recurses`() throws {
        let deep = { (levels: Int) in String(repeating: "[", count: levels) + String(repeating: "]", count: levels) }
        _ = try JSON(parsing: deep(64))
        #expect(throws: JSONError.self) { try JSON(parsing: deep(65)) }
        #expect(throws: JSONError.self) { try JSON(parsing: deep(1_000_000)) }
        _ = try JSON(parsing: "\"" + String(repeating: "[", count: 100) + "\"")
    }

    @Test func `floats keep nine digits, doubles seventeen, and what is not finite is null`() {
        #expect(JSON.float(0.1).text() == "0.1")
        #expect(JSON.real(0.1 + 0.2).text() == "0.30000000000000004")
        #expect(JSON.array([.float(.nan), .real(.infinity)]).text() == "[null,null]")
        for bits in stride(from: UInt32(1), to: 0x7F80_0000, by: 7_654_321) {
            let value = Float(bitPattern: bits)
            #expect(Float(JSON.float(value).text()) == value)
        }
    }

    @Test func `objects keep their order and forget removed members`() {
        var object: JSONObject = ["b": 1, "a": 2, "c": 3]
        object["a"] = nil
        object["b"] = 9
        #expect(object.keys == ["b", "c"])
        #expect(JSON.object(object).text() == "{\"b\":9,\"c\":3}")
    }
}
