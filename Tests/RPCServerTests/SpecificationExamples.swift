import JSON
import Testing

// The fifteen examples of section 7 of the JSON-RPC 2.0 specification, in its own words.
// *Source:* https://www.jsonrpc.org/specification#examples

struct SpecificationExample: CustomTestStringConvertible, Sendable {
    let name: String
    let request: String
    /// The reply, in which an error stands for its code alone; nil for none.
    let reply: String?
    var testDescription: String { name }

    static let all = [
        SpecificationExample(
            name: "1 positional", request: #"{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}"#,
            reply: #"{"jsonrpc": "2.0", "result": 19, "id": 1}"#),
        SpecificationExample(
            name: "2 positional, the other way",
            request: #"{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}"#,
            reply: #"{"jsonrpc": "2.0", "result": -19, "id": 2}"#),
        SpecificationExample(
            name: "3 named",
            request: #"{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}"#,
            reply: #"{"jsonrpc": "2.0", "result": 19, "id": 3}"#),
        SpecificationExample(
            name: "4 named, the other order",
            request: #"{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}"#,
            reply: #"{"jsonrpc": "2.0", "result": 19, "id": 4}"#),
        SpecificationExample(
            name: "5 notification", request: #"{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}"#, reply: nil),
        SpecificationExample(name: "6 notification to nobody", request: #"{"jsonrpc": "2.0", "method": "foobar"}"#, reply: nil),
        SpecificationExample(
            name: "7 unknown method", request: #"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#,
            reply: #"{"jsonrpc": "2.0", "error": -32601, "id": "1"}"#),
        SpecificationExample(
            name: "8 broken JSON", request: #"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#,
            reply: #"{"jsonrpc": "2.0", "error": -32700, "id": null}"#),
        SpecificationExample(
            name: "9 invalid request", request: #"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#,
            reply: #"{"jsonrpc": "2.0", "error": -32600, "id": null}"#),
        SpecificationExample(
            name: "10 broken batch",
            request: """
                [
                  {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
                  {"jsonrpc": "2.0", "method"
                ]
                """, reply: #"{"jsonrpc": "2.0", "error": -32700, "id": null}"#),
        SpecificationExample(name: "11 empty batch", request: "[]", reply: #"{"jsonrpc": "2.0", "error": -32600, "id": null}"#),
        SpecificationExample(
            name: "12 batch of nonsense", request: "[1]", reply: #"[{"jsonrpc": "2.0", "error": -32600, "id": null}]"#),
        SpecificationExample(
            name: "13 batch of more nonsense", request: "[1,2,3]",
            reply: """
                [{"jsonrpc": "2.0", "error": -32600, "id": null}, {"jsonrpc": "2.0", "error": -32600, "id": null},
                {"jsonrpc": "2.0", "error": -32600, "id": null}]
                """),
        SpecificationExample(
            name: "14 mixed batch",
            request: """
                [
                    {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
                    {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
                    {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
                    {"foo": "boo"},
                    {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
                    {"jsonrpc": "2.0", "method": "get_data", "id": "9"}
                ]
                """,
            reply: """
                [{"jsonrpc": "2.0", "result": 7, "id": "1"}, {"jsonrpc": "2.0", "result": 19, "id": "2"},
                {"jsonrpc": "2.0", "error": -32600, "id": null}, {"jsonrpc": "2.0", "error": -32601, "id": "5"},
                {"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"}]
                """),
        SpecificationExample(
            name: "15 batch of notifications",
            request: """
                [
                    {"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
                    {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}
                ]
                """, reply: nil),
    ]
}

extension JSON {
    /// The reply with each error reduced to its code, which is all of it that the specification fixes.
    var withBareErrors: JSON {
        switch self {
        case .array(let replies): return .array(replies.map(\.withBareErrors))
        case .object(var reply):
            if let code = reply["error"]?["code"] { reply["error"] = code }
            return .object(reply)
        case .null, .bool, .integer, .real, .float, .string: return self
        }
    }
}
