import API
import JSON
import JSONRPC
import RPCServer
import Testing

private let peer = Peer(uid: 1, gid: 2, pid: 3)

private func answer(_ text: String, _ router: Router) async -> JSON? { await router.answer(frame: Array(text.utf8), from: peer) }

private func openGate() -> Gate {
    let gate = Gate()
    gate.open()
    return gate
}

@Suite struct RouterTests {
    let router = testRouter(gate: openGate())

    @Test(arguments: SpecificationExample.all)
    func `the specification's examples give its answers`(_ example: SpecificationExample) async throws {
        let expected = try example.reply.map { try JSON(parsing: $0) }
        #expect(await answer(example.request, router)?.withBareErrors == expected)
    }

    @Test(arguments: [
        "9007199254740993", "9223372036854775807", "-9223372036854775808", "\"\"", "\"𝄞\\u0000é\"", "1.5", "null", "0", "\"1\"",
    ])
    func `an identifier comes back as it was sent`(_ id: String) async throws {
        let reply = try #require(await answer(#"{"jsonrpc":"2.0","method":"subtract","params":[3,1],"id":\#(id)}"#, router))
        #expect(reply["id"]?.text() == id)
        #expect(reply["result"] == 2)
    }

    @Test(arguments: [
        #"{"jsonrpc":"2.0","method":"sum","id":true}"#, #"{"jsonrpc":"2.0","method":"sum","id":{}}"#,
        #"{"jsonrpc":"2.0","method":"sum","id":[]}"#,
        #"{"jsonrpc":"2.0","result":1,"id":1}"#, #"{"jsonrpc":"2.0","error":{"code":1,"message":""},"id":1}"#, #""x""#, "1",
        "null", "true",
    ])
    func `what has no usable identifier is refused without one`(_ request: String) async throws {
        let reply = await answer(request, router)?.withBareErrors
        #expect(reply == ["jsonrpc": "2.0", "error": -32600, "id": nil])
    }

    @Test(arguments: [
        #"{"method":"sum","id":7}"#, #"{"jsonrpc":"1.0","method":"sum","id":7}"#, #"{"jsonrpc":2.0,"method":"sum","id":7}"#,
        #"{"jsonrpc":"2.0","method":"sum","params":null,"id":7}"#, #"{"jsonrpc":"2.0","method":"sum","params":"x","id":7}"#,
        #"{"jsonrpc":"2.0","method":"sum","params":1,"id":7}"#, #"{"jsonrpc":"2.0","method":null,"id":7}"#,
        #"{"jsonrpc":"2.0","id":7}"#,
    ])
    func `what is no request is refused under its own identifier`(_ request: String) async throws {
        let reply = await answer(request, router)?.withBareErrors
        #expect(reply == ["jsonrpc": "2.0", "error": -32600, "id": 7])
    }

    @Test func `a batch inside a batch is one refusal`() async throws {
        let reply = await answer(#"[[{"jsonrpc":"2.0","method":"sum","id":1}],{"jsonrpc":"2.0","method":"sum","id":2}]"#, router)
        #expect(
            reply?.withBareErrors == [["jsonrpc": "2.0", "error": -32600, "id": nil], ["jsonrpc": "2.0", "result": 0, "id": 2]])
    }

    @Test func `a batch of a thousand is answered, one more is refused as a whole`() async throws {
        let batch = { (count: Int) in
            JSON.array(
                (0..<count).map { ["jsonrpc": "2.0", "method": "subtract", "params": [.integer($0), 1], "id": .integer($0)] }
            ).text()
        }
        let replies = try #require(await answer(batch(1000), router)?.array)
        #expect(replies.map { $0["result"] } == (0..<1000).map { .integer($0 - 1) })
        #expect(replies.map { $0["id"] } == (0..<1000).map { .integer($0) })
        #expect(await answer(batch(1001), router)?.withBareErrors == ["jsonrpc": "2.0", "error": -32600, "id": nil])
    }

    @Test func `bad parameters are named by their path`() async throws {
        let cases: [(String, String)] = [
            (#"{"minuend":1}"#, "params.subtrahend"), (#"{"minuend":1,"subtrahend":"2"}"#, "params.subtrahend"),
            (#"{"minuend":1.5,"subtrahend":2}"#, "params.minuend"), (#"{"minuend":1,"subtrahend":101}"#, "params.subtrahend"),
            (#"{"minuend":1,"subtrahend":2,"minuent":3}"#, "params.minuent"), ("[1,2,3]", "params"),
        ]
        for (params, path) in cases {
            let reply = try #require(await answer(#"{"jsonrpc":"2.0","method":"subtract","params":\#(params),"id":1}"#, router))
            #expect(reply["error"]?["code"] == -32602, "\(params)")
            #expect(reply["error"]?["data"]?["path"] == .string(path), "\(params)")
            #expect(reply["error"]?["data"]?["kind"] == "invalid_params")
        }
    }

    @Test func `by name means by name, but an empty array is no parameters`() async throws {
        let refused = await answer(#"{"jsonrpc":"2.0","method":"rpc.discover","params":[1],"id":1}"#, router)
        #expect(refused?["error"]?["code"] == -32602)
        let accepted = await answer(#"{"jsonrpc":"2.0","method":"rpc.discover","params":[],"id":1}"#, router)
        #expect(accepted?["result"]?["openrpc"] == "1.3.2")
    }

    @Test func `a service's error keeps its kind and facts, a bug gets a number`() async throws {
        let failed = await answer(#"{"jsonrpc":"2.0","method":"fail","id":1}"#, router)
        #expect(
            failed?["error"] == [
                "code": 1203, "message": "feature 7 is out of range", "data": ["kind": "feature_out_of_range", "feature": 7],
            ])
        let crashed = await answer(#"{"jsonrpc":"2.0","method":"crash","id":1}"#, router)
        #expect(crashed?["error"]?["code"] == -32603)
        let incident = try #require(crashed?["error"]?["data"]?["incident"]?.string)
        #expect(!incident.isEmpty && crashed?["error"]?["message"]?.string?.contains(incident) == true)
        #expect(await answer(#"{"jsonrpc":"2.0","method":"crash"}"#, router) == nil)
    }

    @Test func `a misspelt method is told its nearest name`() async throws {
        let reply = await answer(#"{"jsonrpc":"2.0","method":"substract","id":1}"#, router)
        #expect(reply?["error"]?["data"]?["suggestion"] == "subtract")
    }

    @Test func `rpc.discover lists every method, itself first`() async throws {
        let document = try #require(await answer(#"{"jsonrpc":"2.0","method":"rpc.discover","id":1}"#, router)?["result"])
        #expect(document["methods"]?.array?.compactMap { $0["name"]?.string } == router.methods.map { $0.name })
        #expect(router.methods.first?.name == "rpc.discover")
    }

    @Test func `an error that its method does not name is a bug, if replies are checked`() async throws {
        let handler = Loose(Fail.self) { params, _ in
            throw APIError(params["a"] == 1 ? .jobNotFound : params["a"] == 2 ? .busy : .featureOutOfRange, "no")
        }
        let checking = Router([handler], version: "0", checksReplies: true, logger: silent)
        let trusting = Router([handler], version: "0", logger: silent)
        let kinds = { (router: Router, params: String) in
            await answer(#"{"jsonrpc":"2.0","method":"fail","params":[\#(params)],"id":1}"#, router)?["error"]?["data"]?["kind"]
        }
        #expect(await kinds(checking, "1") == "internal_error")
        #expect(await kinds(trusting, "1") == "job_not_found")
        // What the method names, and what any call can fail with.
        #expect(await kinds(checking, "0") == "feature_out_of_range")
        #expect(await kinds(checking, "2") == "busy")
    }
}
