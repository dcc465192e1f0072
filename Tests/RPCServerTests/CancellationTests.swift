import API
import JSON
import NIOCore
import RPCServer
import Testing

private func cancel(_ id: String, id own: Int) -> String { request("requests.cancel", #"{"id":\#(id)}"#, id: own) }

@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
    @Test func `a request is cancelled by its identifier, and others are not`() async throws {
        let gate = Gate()
        try await withServer(testRouter(gate: gate)) { path, _ in
            let client = try RawClient(path)
            try await client.send(request("hold", id: 1) + request("hold", id: 2))
            await gate.until { waiting, _ in waiting == 2 }
            try await client.send(cancel("1", id: 3))
            let cancelled = try await client.reply()
            #expect(cancelled?["id"] == 1 && cancelled?["error"]?["data"]?["kind"] == "cancelled")
            #expect(try await client.reply() == ["jsonrpc": "2.0", "result": ["cancelled": true], "id": 3])
            await gate.until { waiting, cancelled in waiting == 1 && cancelled == 1 }
            gate.open()
            #expect(try await client.reply()?["id"] == 2)
        }
    }

    @Test func `a cancellation is heard while as many requests run as may`() async throws {
        var limits = Limits()
        limits.requestsInFlight = 4
        let gate = Gate()
        try await withServer(testRouter(gate: gate), limits: limits) { path, _ in
            let client = try RawClient(path)
            try await client.send((1...4).map { request("hold", id: $0) }.joined() + cancel("3", id: 5))
            // A call that has not got so far as to run yet says so a moment after it has been cancelled.
            let replies = [try await client.reply(), try await client.reply()].sorted {
                $0?["id"]?.integer ?? 0 < $1?["id"]?.integer ?? 0
            }
            #expect(replies[0]?["id"] == 3 && replies[0]?["error"]?["data"]?["kind"] == "cancelled")
            #expect(replies[1]?["id"] == 5 && replies[1]?["result"] == ["cancelled": true])
            gate.open()
        }
    }

    @Test(arguments: ["2", "\"1\"", "1.5", "\"\""])
    func `an identifier that is not running here is not cancelled`(_ id: String) async throws {
        let gate = Gate()
        try await withServer(testRouter(gate: gate)) { path, _ in
            let client = try RawClient(path), other = try RawClient(path)
            try await client.send(request("hold", id: 1))
            try await other.send(request("hold", id: 2))
            await gate.until { waiting, _ in waiting == 2 }
            try await client.send(cancel(id, id: 3))
            #expect(try await client.reply()?["result"] == ["cancelled": false])
            gate.open()
            #expect(try await client.reply()?["id"] == 1)
            // What has ended is not running any more.
            try await client.send(cancel("1", id: 4))
            #expect(try await client.reply()?["result"] == ["cancelled": false])
        }
    }

    @Test func `an entry of a batch is cancelled like any other request`() async throws {
        let gate = Gate()
        try await withServer(testRouter(gate: gate)) { path, _ in
            let client = try RawClient(path)
            try await client.send("[\(request("hold", id: 1).dropLast()),\(request("sum", "[1,2]", id: 2).dropLast())]\n")
            await gate.until { waiting, _ in waiting == 1 }
            try await client.send(cancel("1", id: 3))
            // The batch is answered once its other entry is too, which may be after the cancellation.
            let replies = [try #require(try await client.reply()), try #require(try await client.reply())]
            let batch = try #require(replies.compactMap(\.array).first)
            #expect(batch[0]["error"]?["data"]?["kind"] == "cancelled" && batch[1]["result"] == 3)
            #expect(replies.contains { $0["id"] == 3 })
        }
    }

    @Test func `a deadline cancels a request, and the error says which`() async throws {
        let gate = Gate()
        try await withServer(testRouter(gate: gate)) { path, _ in
            let client = try RawClient(path)
            try await client.send(request("hold", #"{"deadline_ms":20}"#, id: 1))
            let data = try #require(try await client.reply()?["error"]?["data"])
            #expect(data["kind"] == "deadline_exceeded" && data["deadline_ms"] == 20)
            await gate.until { waiting, cancelled in waiting == 0 && cancelled == 1 }
        }
    }

    @Test func `a deadline counts while a request waits for its place`() async throws {
        var limits = Limits()
        limits.requestsInFlight = 1
        let gate = Gate()
        try await withServer(testRouter(gate: gate), limits: limits) { path, _ in
            let client = try RawClient(path)
            try await client.send(
                request("hold", id: 1) + request("hold", #"{"deadline_ms":20}"#, id: 2)
                    + request("hold", #"{"deadline_ms":1}"#, id: 3))
            for id in 2...3 {
                let reply = try await client.reply()
                #expect(reply?["id"] == .integer(id) && reply?["error"]?["data"]?["kind"] == "deadline_exceeded")
            }
            #expect(gate.mostWaiting == 1)
            gate.open()
            #expect(try await client.reply()?["id"] == 1)
        }
    }

    /// By its client, and by its deadline.
    @Test(arguments: [("{}", "cancelled"), (#"{"deadline_ms":20}"#, "deadline_exceeded")])
    func `a request that does not stop is answered all the same, and keeps its place`(_ params: String, _ kind: String)
        async throws
    {
        var limits = Limits()
        limits.requestsInFlight = 1
        let gate = Gate(), traffic = Traffic()
        try await withServer(testRouter(gate: gate), limits: limits, traffic: traffic) { path, _ in
            let client = try RawClient(path)
            try await client.send(request("insist", params, id: 1))
            await gate.until { waiting, _ in waiting == 1 }
            if kind == "cancelled" { try await client.send(cancel("1", id: 2)) }
            #expect(try await client.reply()?["error"]?["data"]?["kind"] == .string(kind))
            if kind == "cancelled" { #expect(try await client.reply()?["result"] == ["cancelled": true]) }
            #expect(traffic.snapshot().requests_running == 1)
            try await client.send(request("sum", "[1,2]", id: 3))
            gate.open()
            #expect(try await client.reply()?["id"] == 3)
        }
    }

    @Test func `a deadline that is kept changes nothing, and its method never sees it`() async throws {
        let gate = Gate()
        gate.open()
        try await withServer(testRouter(gate: gate)) { path, _ in
            let client = try RawClient(path)
            try await client.send(request("hold", #"{"a":1,"deadline_ms":60000}"#, id: 1))
            #expect(try await client.reply()?["result"] == ["a": 1])
            // A lookup takes it too, though nothing is quicker.
            try await client.send(request("subtract", #"{"minuend":3,"subtrahend":1,"deadline_ms":60000}"#, id: 2))
            #expect(try await client.reply()?["result"] == 2)
        }
    }

    @Test(arguments: ["0", "-1", "1.5", "\"20\"", "null", "86400001", "[1]"])
    func `a deadline that makes no sense is refused by name`(_ deadline: String) async throws {
        let gate = Gate()
        gate.open()
        try await withServer(testRouter(gate: gate)) { path, _ in
            let client = try RawClient(path)
            try await client.send(request("hold", #"{"deadline_ms":\#(deadline)}"#, id: 1))
            let error = try #require(try await client.reply()?["error"])
            #expect(error["code"] == -32602 && error["data"]?["path"] == "params.deadline_ms")
        }
    }
}
