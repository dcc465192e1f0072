import JSON
import Testing

private struct Everything: Codable, Equatable {
    enum Kind: String, Codable { case attention, mlp }
    struct Inner: Codable, Equatable {
        var name: String
        var weights: [Float]
    }
    var flag = true
    var count = 9_007_199_254_740_993
    var small: Int8 = -128
    var ratio: Float = 0.1
    var exact = 0.1 + 0.2
    var text = "𝄞\u{0}\"é"
    var kind = Kind.mlp
    var absent: Int?
    var present: Int? = 3
    var inner = Inner(name: "x", weights: [1, 0.3, -2.5e-8])
    var list = [Inner(name: "y", weights: [])]
    var matrix: [[Double]] = [[1, 2.5], []]
    var map = ["b": 1, "a": 2]
    var any: JSON = ["z": [nil, 1, 2.5, "s", false]]
}

@Suite struct CodingTests {
    @Test func `what is encoded, written, parsed and decoded is what it was`() throws {
        let value = Everything()
        #expect(try JSON(parsing: JSON(encoding: value).text()).decode(Everything.self) == value)
    }

    @Test func `floats are written with a float's digits, absent members not at all`() throws {
        let json = try JSON(encoding: Everything())
        #expect(json["ratio"]?.text() == "0.1")
        #expect(json["inner"]?["weights"]?.text() == "[1.0,0.3,-2.5e-08]")
        #expect(json["exact"]?.text() == "0.30000000000000004")
        #expect(json.object?.keys.contains("absent") == false)
    }

    @Test func `what is not finite is null, and null is NaN where a number must be`() throws {
        #expect(try JSON(encoding: [Float.nan, .infinity, 1]).text() == "[null,null,1.0]")
        let back = try JSON(parsing: "[null,2]").decode([Float].self)
        #expect(back[0].isNaN && back[1] == 2)
    }

    @Test func `integers are taken from whole numbers only, and only if they fit`() throws {
        #expect(try JSON.real(2).decode(Int.self) == 2)
        #expect(try JSON.integer(255).decode(UInt8.self) == 255)
        for json: JSON in [2.5, "2", true, nil, [2]] { #expect(throws: JSONDecodingError.self) { try json.decode(Int.self) } }
        #expect(throws: JSONDecodingError.self) { try JSON.integer(256).decode(UInt8.self) }
        #expect(throws: JSONDecodingError.self) { try JSON.integer(-1).decode(UInt.self) }
        #expect(throws: EncodingError.self) { try JSON(encoding: UInt64.max) }
        #expect(throws: EncodingError.self) { try JSON(encoding: [UInt64.max]) }
        #expect(throws: EncodingError.self) { try JSON(encoding: ["a": UInt64.max]) }
    }

    @Test func `an error names the path of what is wrong`() throws {
        let good = try JSON(encoding: Everything())
        func path(_ change: (inout JSONObject) -> Void) throws -> String? {
            var object = try #require(good.object)
            change(&object)
            return #expect(throws: JSONDecodingError.self) { try JSON.object(object).decode(Everything.self) }?.path
        }
        #expect(try path { $0["count"] = nil } == "count")
        #expect(try path { $0["text"] = 1 } == "text")
        #expect(try path { $0["kind"] = "norm" } == "kind")
        #expect(try path { $0["list"] = [["name": "a", "weights": []], ["name": "b"]] } == "list[1].weights")
        #expect(try path { $0["matrix"] = [[1], [2, "x"]] } == "matrix[1][1]")
        #expect(try path { $0["inner"] = ["name": "a", "weights": [1, true]] } == "inner.weights[1]")
        #expect(#expect(throws: JSONDecodingError.self) { try JSON.null.decode(Everything.self) }?.path == "")
    }
}
