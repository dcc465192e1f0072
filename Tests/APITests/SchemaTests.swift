import API
import JSON
import Testing

@Suite struct SchemaTests {
    static let schema = Schema.object(
        "A call.",
        [
            .required("layer", .integer("Which layer.", in: 0...11)),
            .optional("top", .integer("How many.", in: 1...100), default: 10),
            .optional("kind", .string("Which kind.", oneOf: ["attention", "mlp"])),
            .optional("text", .string("Some text.", length: 1...5)),
            .optional("rate", .number("A rate.", above: 0, to: 1)), .optional("flag", .boolean()),
            .optional("tokens", .array("Tokens.", of: .integer(in: 0...50256), count: 1...3)),
            .optional("names", .map(of: .string())),
            .optional("note", .nullable(.string())), .optional("extra", .any()),
            .optional("inner", .object("", [.optional("depth", .integer(), default: 1)])),
        ])

    @Test(arguments: [
        #"{"layer":0}"#, #"{"layer":11.0,"top":100,"kind":"mlp","text":"äöü𝄞x","rate":1,"flag":false}"#,
        #"{"layer":1,"tokens":[0,50256],"names":{"a":"b"},"note":null,"extra":[{}],"inner":{}}"#,
        #"{"layer":1,"note":"x","names":{}}"#,
    ])
    func `what is right passes`(_ text: String) throws {
        #expect(try Self.schema.validate(JSON(parsing: text)) == [])
    }

    static let wrong: [(String, String, String)] = [
        ("{}", "params.layer", "params.layer is missing, expected an integer from 0 to 11"),
        (#"{"layer":12}"#, "params.layer", "params.layer is 12, expected an integer from 0 to 11"),
        (#"{"layer":1.5}"#, "params.layer", "params.layer is 1.5, expected an integer from 0 to 11"),
        (#"{"layer":"0"}"#, "params.layer", "params.layer is \"0\", expected an integer from 0 to 11"),
        (#"{"layer":1,"kind":"norm"}"#, "params.kind", "params.kind is \"norm\", expected one of 'attention', 'mlp'"),
        (#"{"layer":1,"text":""}"#, "params.text", "params.text is \"\", expected a string of 1 to 5 characters"),
        (#"{"layer":1,"rate":0}"#, "params.rate", "params.rate is 0, expected a number above 0.0 and at most 1.0"),
        (#"{"layer":1,"flag":1}"#, "params.flag", "params.flag is 1, expected true or false"),
        (#"{"layer":1,"tokens":[]}"#, "params.tokens", "params.tokens is an array of 0, expected an array of 1 to 3 elements"),
        (#"{"layer":1,"tokens":[1,-1]}"#, "params.tokens[1]", "params.tokens[1] is -1, expected an integer from 0 to 50256"),
        (#"{"layer":1,"names":{"a":1}}"#, "params.names.a", "params.names.a is 1, expected a string"),
        (#"{"layer":1,"note":1}"#, "params.note", "params.note is 1, expected a string"),
        (
            #"{"layer":1,"inner":{"dept":1}}"#, "params.inner.dept",
            "params.inner.dept is unknown, expected 'depth'"
        ),
        (
            #"{"layre":1,"layer":2}"#, "params.layre",
            "params.layre is unknown, expected 'layer'"
        ),
        (#"[1]"#, "params", "params is an array of 1, expected an object"),
    ]

    @Test(arguments: wrong)
    func `what is wrong is named, with what would be right`(_ text: String, _ path: String, _ sentence: String) throws {
        let violations = try Self.schema.validate(JSON(parsing: text))
        #expect(violations.map(\.path) == [path])
        #expect(violations.first?.description == sentence)
    }

    @Test func `an empty object's unknown member is refused, too`() {
        #expect(Schema.object().validate(["x": 1]).map(\.path) == ["params.x"])
    }

    @Test func `what a client sends is never repeated at length, nor are its mistakes`() {
        let long = String(repeating: "x", count: 10_000)
        let violations = Schema.array(of: .integer()).validate(.array(Array(repeating: .string(long), count: 1000)))
        #expect(violations.count == 16)
        #expect(violations.allSatisfy { $0.description.utf8.count < 200 })
        #expect(Schema.object().validate(.object([long: 1])).first.map { $0.description.utf8.count < 200 } == true)
    }

    @Test func `defaults are filled in at every depth, and only where nothing stands`() throws {
        let filled = try Self.schema.fillingDefaults(in: JSON(parsing: #"{"layer":1,"inner":{}}"#))
        #expect(filled == ["layer": 1, "top": 10, "inner": ["depth": 1]])
        #expect(Self.schema.fillingDefaults(in: ["layer": 1, "top": 3])["top"] == 3)
        let list = Schema.array(of: .nullable(.object("", [.optional("a", .integer(), default: 1)])))
        #expect(list.fillingDefaults(in: [[:], nil, ["a": 2]]) == [["a": 1], nil, ["a": 2]])
    }

    @Test func `a schema documents itself`() throws {
        let json = Self.schema.json
        #expect(json["type"] == "object" && json["additionalProperties"] == false && json["required"] == ["layer"])
        #expect(json["properties"]?["layer"] == ["type": "integer", "minimum": 0, "maximum": 11, "description": "Which layer."])
        #expect(json["properties"]?["top"]?["default"] == 10)
        #expect(json["properties"]?["rate"] == ["type": "number", "exclusiveMinimum": 0, "maximum": 1, "description": "A rate."])
        #expect(json["properties"]?["note"] == ["anyOf": [["type": "string"], ["type": "null"]]])
    }

    @Test(arguments: [("layre", "layer"), ("d_sea", "d_sae"), ("hed", "head"), ("subtarct", "subtract")])
    func `a slip of the finger finds its word`(_ typed: String, _ meant: String) {
        #expect(typed.nearest(in: ["layer", "head", "d_sae", "subtract"]) == meant)
    }

    @Test func `one of several shapes is enough`() {
        let schema = Schema.either("A prompt.", [.string(length: 1...10), .array(of: .integer(in: 0...9))])
        #expect(schema.validate("text") == [] && schema.validate([1, 2]) == [])
        for json: JSON in ["", [10], 1, nil] { #expect(schema.validate(json).map(\.path) == ["params"]) }
        #expect(schema.validate(1).first?.expected == "a string of 1 to 10 characters or an array")
        #expect(schema.json["anyOf"]?.array?.count == 2)
    }

    @Test func `nothing near is nothing`() {
        #expect("position".nearest(in: ["layer", "head"]) == nil)
        #expect("x".nearest(in: []) == nil)
    }
}
