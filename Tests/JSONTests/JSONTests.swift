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
        "{\"\\u0000\":1}", "123\0", "{}\0", "[1]\0[2", "\0",
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

    /// Few members are searched, many have an index; both must be the same to a reader.
    @Test(arguments: [3, 16, 17, 18, 200])
    func `objects of every size find, replace, remove and keep the order`(_ count: Int) throws {
        var object = JSONObject()
        for number in 0..<count { object["name \(number)"] = .integer(number) }
        #expect(object.count == count && object.keys == (0..<count).map { "name \($0)" })
        for number in 0..<count { #expect(object["name \(number)"] == .integer(number)) }
        #expect(object["name"] == nil && object["name \(count)"] == nil)
        #expect(try JSON(parsing: JSON.object(object).bytes()).text() == JSON.object(object).text())

        var backwards = JSONObject()
        for number in (0..<count).reversed() { backwards["name \(number)"] = .integer(number) }
        #expect(backwards == object && backwards.hashValue == object.hashValue)
        backwards["name 0"] = 7
        #expect(backwards != object)

        for number in stride(from: 0, to: count, by: 2) { object["name \(number)"] = nil }
        #expect(object.map(\.key) == stride(from: 1, to: count, by: 2).map { "name \($0)" })
        for number in 0..<count { #expect(object["name \(number)"] == (number % 2 == 0 ? nil : .integer(number))) }
    }

    @Test func `names that differ in their Unicode normalisation only are one name`() throws {
        let object = try JSON(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}").object
        #expect(object?.count == 1 && object?["\u{E9}"] == 2)
    }
}
