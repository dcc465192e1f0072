import JSON
import JSONRPC
import Testing

// The shapes of whole conversations are tested where they are answered, in RPCServerTests; here, what no conversation shows.

@Suite struct MessageTests {
    @Test func `a request is read as it was written`() throws {
        for request in [
            Request(id: .integer(1), method: "a", params: ["x": 1]), Request(id: .string(""), method: ""),
            Request(id: .null, method: "n", params: []),
            Request(id: nil, method: "notify"), Request(id: .fraction(1.5), method: "𝄞"),
        ] {
            #expect(try Request(JSON(parsing: request.json.text())) == request)
        }
    }

    @Test func `a response is read as it was written`() throws {
        for response in [
            Response(id: .integer(9_007_199_254_740_993), outcome: .success(nil)),
            Response(id: .null, outcome: .failure(.parseError("x"))),
            Response(id: .string("a"), outcome: .failure(RPCError(code: 1, message: "m", data: [1]))),
        ] {
            #expect(try Response(JSON(parsing: response.json.text())) == response)
        }
    }

    @Test(arguments: [
        "{}", "[]", #"{"jsonrpc":"2.0","id":1}"#, #"{"jsonrpc":"2.0","result":1}"#,
        #"{"jsonrpc":"2.0","result":1,"error":{"code":1,"message":""},"id":1}"#,
        #"{"jsonrpc":"2.0","error":{"code":"1","message":""},"id":1}"#, #"{"jsonrpc":"2.0","result":1,"id":true}"#,
        #"{"result":1,"id":1}"#,
    ])
    func `what is no response is none`(_ text: String) throws {
        #expect(try Response(JSON(parsing: text)) == nil)
    }

    @Test func `the five predefined errors have the specification's codes`() {
        let errors: [RPCError] = [
            .parseError(""), .invalidRequest(""), .methodNotFound(""), .invalidParams(""), .internalError(incident: ""),
        ]
        #expect(errors.map(\.code) == [-32700, -32600, -32601, -32602, -32603])
        #expect(errors.map(\.kind) == ["parse_error", "invalid_request", "method_not_found", "invalid_params", "internal_error"])
    }

    @Test func `duplicate members of a request are broken JSON`() {
        guard case .refused(let response) = Message(parsing: Array(#"{"jsonrpc":"2.0","method":"a","method":"b","id":1}"#.utf8))
        else {
            return #expect(Bool(false))
        }
        guard case .failure(let error) = response.outcome else { return #expect(Bool(false)) }
        #expect(error.code == -32700 && response.id == .null)
    }
}
