import API
import Foundation
import JSON
import Testing

/// Group C of the bad inputs: JSON-RPC 2.0 by the letter of its specification.
@Suite(.timeLimit(.minutes(3))) struct ConformanceTests {
    /// The fifteen examples of the specification's section 7, with methods of this service, which take parameters by name.
    static let examples: [(number: Int, request: String, reply: String?)] = [
        (
            35, #"{"jsonrpc":"2.0","method":"tokens.decode","params":[[0,1]],"id":1}"#,
            #"{"jsonrpc":"2.0","error":{"code":-32602},"id":1}"#
        ),
        (
            36, #"{"jsonrpc":"2.0","method":"tokens.decode","params":[[1,0]],"id":2}"#,
            #"{"jsonrpc":"2.0","error":{"code":-32602},"id":2}"#
        ),
        (
            37, #"{"jsonrpc":"2.0","method":"tokens.encode","params":{"text":"a","prepend_bos":false},"id":3}"#,
            #"{"jsonrpc":"2.0","result":{"tokens":[65],"pieces":["a"]},"id":3}"#
        ),
        (
            38, #"{"jsonrpc":"2.0","method":"tokens.encode","params":{"prepend_bos":false,"text":"a"},"id":4}"#,
            #"{"jsonrpc":"2.0","result":{"tokens":[65],"pieces":["a"]},"id":4}"#
        ),
        (39, #"{"jsonrpc":"2.0","method":"system.ping","params":{}}"#, nil),
        (40, #"{"jsonrpc":"2.0","method":"foobar"}"#, nil),
        (41, #"{"jsonrpc":"2.0","method":"foobar","id":"1"}"#, #"{"jsonrpc":"2.0","error":{"code":-32601},"id":"1"}"#),
        (
            42, #"{"jsonrpc":"2.0","method":"foobar, "params":"bar","baz]"#,
            #"{"jsonrpc":"2.0","error":{"code":-32700},"id":null}"#
        ),
        (
            43, #"{"jsonrpc":"2.0","method":1,"params":"bar"}"#, #"{"jsonrpc":"2.0","error":{"code":-32600},"id":null}"#
        ),
        (
            44, #"[{"jsonrpc":"2.0","method":"system.ping","params":{},"id":"1"},{"jsonrpc":"2.0","method"]"#,
            #"{"jsonrpc":"2.0","error":{"code":-32700},"id":null}"#
        ),
        (45, "[]", #"{"jsonrpc":"2.0","error":{"code":-32600},"id":null}"#),
        (46, "[1]", #"[{"jsonrpc":"2.0","error":{"code":-32600},"id":null}]"#),
        (
            47, "[1,2,3]",
            "[" + Array(repeating: #"{"jsonrpc":"2.0","error":{"code":-32600},"id":null}"#, count: 3).joined(separator: ",") + "]"
        ),
        (
            48,
            """
            [{"jsonrpc":"2.0","method":"tokens.encode","params":{"text":"a","prepend_bos":false},"id":"1"},
             {"jsonrpc":"2.0","method":"system.ping","params":{}},
             {"jsonrpc":"2.0","method":"tokens.decode","params":{"tokens":[65]},"id":"2"},
             {"foo":"boo"},
             {"jsonrpc":"2.0","method":"foo.get","params":{"name":"myself"},"id":"5"},
             {"jsonrpc":"2.0","method":"tokens.decode","params":{"tokens":[65,65]},"id":"9"}]
            """,
            """
            [{"jsonrpc":"2.0","result":{"tokens":[65],"pieces":["a"]},"id":"1"},
             {"jsonrpc":"2.0","result":{"text":"a"},"id":"2"},
             {"jsonrpc":"2.0","error":{"code":-32600},"id":null},
             {"jsonrpc":"2.0","error":{"code":-32601},"id":"5"},
             {"jsonrpc":"2.0","result":{"text":"aa"},"id":"9"}]
            """
        ),
        (
            49, #"[{"jsonrpc":"2.0","method":"system.ping"},{"jsonrpc":"2.0","method":"foobar","params":[7]}]"#, nil
        ),
    ]

    /// A reply without what the specification leaves to the service: messages and data of errors.
    static func essence(_ reply: JSON) -> JSON {
        if let batch = reply.array { return .array(batch.map(essence)) }
        guard var object = reply.object, let code = reply["error"]?["code"] else { return reply }
        object["error"] = ["code": code]
        return .object(object)
    }

    @Test func `the specification's fifteen examples get exactly their replies`() throws {
        let daemon = try LiveDaemon()
        try daemon.keepsEverything(within: 32 << 20) {
            for example in Self.examples {
                let replies = try daemon.exchange(example.request + "\n").map(Self.essence)
                let expected = try example.reply.map { [try JSON(parsing: $0)] } ?? []
                #expect(replies == expected, "\(example.number) \(example.request)")
                _ = try daemon.call(SystemPing.self)
            }
        }
    }

    @Test func `an id comes back as it was written, and what is none is refused`() throws {
        let daemon = try LiveDaemon()
        let connection = try RawSocket(daemon.socket)
        let ids = [
            #""""#, #""1""#, "0", "-1", "1", "9007199254740993", "9223372036854775807", "-9223372036854775808", "1.5", "0.1",
            "null",
            #""zwölf 👩‍🔬""#, #""a\"\\\n""#,
        ]
        for id in ids {
            try connection.send(#"{"jsonrpc":"2.0","method":"system.ping","id":\#(id)}"# + "\n")
            let line = try #require(try connection.line())
            #expect(line.hasSuffix("\"id\":\(id)}") && line.hasPrefix(#"{"jsonrpc":"2.0","result":{"#), "50: \(id): \(line)")
        }
        for id in ["true", "false", "{}", "[]", "[1]"] {
            try connection.send(#"{"jsonrpc":"2.0","method":"system.ping","id":\#(id)}"# + "\n")
            #expect(
                try connection.reply().map(Self.essence) == ["jsonrpc": "2.0", "error": ["code": -32600], "id": nil], "50: \(id)")
        }
        #expect(daemon.end() == 0)
    }

    @Test func `the version and the params are what the specification says or the request is none`() throws {
        let daemon = try LiveDaemon()
        let connection = try RawSocket(daemon.socket)
        let wrong = [
            #"{"method":"system.ping","id":7}"#, #"{"jsonrpc":"1.0","method":"system.ping","id":7}"#,
            #"{"jsonrpc":2.0,"method":"system.ping","id":7}"#, #"{"jsonrpc":2,"method":"system.ping","id":7}"#,
            #"{"jsonrpc":null,"method":"system.ping","id":7}"#, #"{"jsonrpc":"2.0","id":7}"#,
            #"{"jsonrpc":"2.0","method":null,"id":7}"#, #"{"jsonrpc":"2.0","method":"system.ping","params":null,"id":7}"#,
            #"{"jsonrpc":"2.0","method":"system.ping","params":"a","id":7}"#,
            #"{"jsonrpc":"2.0","method":"system.ping","params":1,"id":7}"#,
        ]
        for request in wrong {
            try connection.send(request + "\n")
            #expect(
                try connection.reply().map(Self.essence) == ["jsonrpc": "2.0", "error": ["code": -32600], "id": 7], "\(request)")
        }
        // The parameters themselves are refused with the place.
        let named = [
            (#"{"text":1}"#, "params.text"), (#"{"text":"a","extra":1}"#, "params.extra"), ("{}", "params.text"),
            ("[1]", "params"),
        ]
        for (params, path) in named {
            try connection.send(request("tokens.encode", params))
            let error = try #require(try connection.reply()?["error"])
            #expect(error["code"] == -32602 && error["data"]?["path"]?.string == path, "\(params): \(error)")
        }
        #expect(daemon.end() == 0)
    }

    @Test func `batches of one and a thousand are answered in order, and beyond that with one refusal`() throws {
        let daemon = try LiveDaemon()
        func batch(_ count: Int, id: (Int) -> Int) -> String {
            "[" + (0..<count).map { #"{"jsonrpc":"2.0","method":"system.ping","id":\#(id($0))}"# }.joined(separator: ",") + "]\n"
        }
        try daemon.keepsEverything(within: 32 << 20) {
            for count in [1, 1000] {
                let replies = try daemon.exchange(batch(count) { $0 })
                #expect(
                    replies.count == 1 && replies[0].array?.compactMap { $0["id"]?.integer } == Array(0..<count), "51: \(count)")
            }
            try daemon.survives(BadInput(51, "an empty batch", "[]", [-32600]))
            try daemon.survives(BadInput(51, "a batch of 1001", batch(1001) { $0 }, [-32600], "1000"))
            try daemon.survives(BadInput(51, "a batch in a batch", "[" + batch(1) { $0 } + "]", [[-32600]]))
            // 52: an id is its caller's own business.
            #expect(try daemon.exchange(batch(1000) { _ in 7 }).first?.array?.allSatisfy { $0["id"] == 7 } == true)
            let single = request("system.ping", id: 7)
            let replies = try daemon.exchange(String(repeating: single, count: 1000))
            #expect(replies.count == 1000 && replies.allSatisfy { $0["id"] == 7 && $0["result"] != nil })
        }
    }

    @Test func `a notification that changes something does so without a word, and one that fails is silent too`() throws {
        let daemon = try LiveDaemon()
        let copy = try daemon.copyOfModel("other")
        // 53: the connection ends when everything has been carried out.
        let replies = try daemon.exchange(
            """
            {"jsonrpc":"2.0","method":"models.load","params":{"path":"\(copy.path)"}}
            {"jsonrpc":"2.0","method":"models.load","params":{"path":"/nonexistent/model"}}
            {"jsonrpc":"2.0","method":"models.load","params":{"wrong":1}}
            {"jsonrpc":"2.0","method":"models.nothing"}

            """)
        #expect(replies.isEmpty)
        #expect(try daemon.call(ModelsList.self).models.map(\.model) == ["demo-4l", "other"])
        #expect(daemon.end() == 0)
    }

    @Test func `replies that are sent to the service are refused as no requests`() throws {
        let daemon = try LiveDaemon()
        try daemon.keepsEverything(within: 32 << 20) {
            let replies = [
                #"{"jsonrpc":"2.0","result":1,"id":1}"#, #"{"jsonrpc":"2.0","error":{"code":1,"message":"a"},"id":1}"#,
            ]
            for reply in replies { try daemon.survives(BadInput(54, "a reply", reply, [-32600], "this is a reply")) }
            try daemon.survives(BadInput(54, "replies in a batch", "[\(replies.joined(separator: ","))]", [[-32600, -32600]]))
        }
    }
}
