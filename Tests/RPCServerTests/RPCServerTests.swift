import API
import Glibc
import JSON
import JSONRPC
import NIOCore
import RPCServer
import Testing

@Suite(.timeLimit(.minutes(1))) struct RPCServerTests {
    private let open: Gate = {
        let gate = Gate()
        gate.open()
        return gate
    }()

    @Test(arguments: SpecificationExample.all)
    func `the specification's examples give its answers on a socket`(_ example: SpecificationExample) async throws {
        try await withServer(testRouter(gate: open)) { path, _ in
            let client = try RawClient(path)
            try await client.send(example.request + "\n")
            if let expected = example.reply { #expect(try await client.reply()?.withBareErrors == JSON(parsing: expected)) }
            // What must stay unanswered shows in what comes next.
            try await client.send(request("subtract", "[1,1]", id: 99))
            #expect(try await client.reply() == ["jsonrpc": "2.0", "result": 0, "id": 99])
        }
    }

    @Test func `one byte at a time, CRLF, blank lines, two values on a line, one value on two`() async throws {
        try await withServer { path, _ in
            let client = try RawClient(path)
            for byte in request("subtract", "[5,3]", id: 1).utf8 { try await client.send([byte]) }
            #expect(try await client.reply()?["result"] == 2)
            let one = request("subtract", "[1,2]", id: 2).dropLast()
            try await client.send("\r\n\n  \n\(one)\r\n")
            #expect(try await client.reply()?["id"] == 2)
            try await client.send("\(one)\(one)\n")
            #expect(try await client.reply()?["id"] == 2)
            #expect(try await client.reply()?["id"] == 2)
            try await client.send(String(one).replacing(",", with: ",\n"))
            #expect(try await client.reply()?["id"] == 2)
        }
    }

    @Test func `half-close: the last value needs no newline, all replies come, then the end`() async throws {
        let gate = Gate()
        try await withServer(testRouter(gate: gate)) { path, _ in
            let client = try RawClient(path)
            try await client.send(request("hold", id: 1) + request("subtract", "[2,1]", id: 2).dropLast())
            client.endSending()
            #expect(try await client.reply()?["id"] == 2)
            gate.open()
            #expect(try await client.reply()?["id"] == 1)
            #expect(try await client.line() == nil)
        }
    }

    @Test func `a value that is cut off by the end is an error`() async throws {
        try await withServer { path, _ in
            let client = try RawClient(path)
            try await client.send(#"{"jsonrpc":"2.0","#)
            client.endSending()
            #expect(try await client.reply()?["error"]?["code"] == -32700)
            #expect(try await client.line() == nil)
        }
    }

    @Test func `replies come in the order in which calls finish, those of a batch in the order of its requests`() async throws {
        let gate = Gate()
        try await withServer(testRouter(gate: gate)) { path, _ in
            let client = try RawClient(path)
            let batch = "[\(request("hold", id: 1).dropLast()),\(request("subtract", "[1,1]", id: 2).dropLast())]\n"
            try await client.send(batch + request("subtract", "[9,1]", id: 3))
            #expect(try await client.reply()?["id"] == 3)
            gate.open()
            #expect(try await client.reply()?.array?.map { $0["id"]?.integer } == [1, 2])
        }
    }

    /// With a task each, at once, and both mixed.
    @Test(arguments: [["sum"], ["subtract"], ["sum", "subtract", "subtract"]])
    func `a batch of a thousand is one array in order`(_ methods: [String]) async throws {
        try await withServer { path, _ in
            let client = try RawClient(path)
            let batch = (0..<1000).map { number in
                let method = methods[number % methods.count]
                return request(method, "[\(number),\(method == "sum" ? -1 : 1)]", id: number).dropLast()
            }.joined(separator: ",")
            try await client.send("[\(batch)]\n")
            let replies = try #require(try await client.reply()?.array)
            #expect(replies.map { $0["result"]?.integer } == (0..<1000).map { $0 - 1 })
            #expect(replies.map { $0["id"]?.integer } == (0..<1000).map { $0 })
        }
    }

    @Test func `no more than the limit run at once, and the rest is not lost`() async throws {
        var limits = Limits()
        limits.requestsInFlight = 4
        let gate = Gate()
        try await withServer(testRouter(gate: gate), limits: limits) { path, _ in
            let client = try RawClient(path)
            let other = try RawClient(path)
            try await client.send((1...20).map { request("hold", id: $0) }.joined())
            await gate.until { waiting, _ in waiting == 4 }
            // Another client is not held up by the first.
            try await other.send(request("subtract", "[1,1]", id: 1))
            #expect(try await other.reply()?["result"] == 0)
            #expect(gate.mostWaiting == 4)
            gate.open()
            var ids: Set<Int> = []
            for _ in 1...20 { ids.insert(try #require(try await client.reply()?["id"]?.integer)) }
            #expect(ids == Set(1...20))
        }
    }

    @Test func `a client that does not read is dropped, others are served`() async throws {
        var limits = Limits()
        limits.unreadBytes = 1 << 20
        try await withServer(limits: limits) { path, server in
            let client = try RawClient(path)
            let other = try RawClient(path)
            // Ten replies of 300 kB: the kernel takes some, the outbox one MiB, the rest is too much.
            try await client.send((1...10).map { request("big", "[300000]", id: $0) }.joined())
            var lines = 0
            try await other.send(request("subtract", "[1,1]", id: 1))
            #expect(try await other.reply()?["result"] == 0)
            while try await client.line() != nil { lines += 1 }
            #expect(lines < 10)
        }
    }

    @Test func `lookups that are not read are dropped with their client too, though none of them has a task`() async throws {
        var limits = Limits()
        limits.unreadBytes = 1 << 16
        try await withServer(limits: limits) { path, _ in
            let client = try RawClient(path), other = try RawClient(path)
            // Forty thousand replies of 40 bytes are more than the socket and the outbox take.
            let count = 40_000
            try? await client.send((1...count).map { request("subtract", "[2,1]", id: $0) }.joined())
            try await other.send(request("subtract", "[1,1]", id: 1))
            #expect(try await other.reply()?["result"] == 0)
            var lines = 0
            while (try? await client.line()) != nil { lines += 1 }
            #expect(lines < count)
        }
    }

    @Test func `lookups are answered in order while calls wait, and never counted among them`() async throws {
        var limits = Limits()
        limits.requestsInFlight = 2
        let gate = Gate()
        try await withServer(testRouter(gate: gate), limits: limits) { path, _ in
            let client = try RawClient(path)
            let lookups = (1...500).map { request("subtract", "[\($0),1]", id: $0) }.joined()
            try await client.send(request("hold", id: 1000) + lookups)
            for number in 1...500 { #expect(try await client.reply()?["id"]?.integer == number) }
            // What is wrong with a lookup is told like with any other call.
            try await client.send(request("subtract", "[1,1000]", id: 7))
            #expect(try await client.reply()?["error"]?["code"] == -32602)
            gate.open()
            #expect(try await client.reply()?["id"] == 1000)
        }
    }

    @Test func `a client that goes away has its calls cancelled`() async throws {
        let gate = Gate()
        try await withServer(testRouter(gate: gate)) { path, _ in
            var client: RawClient? = try RawClient(path)
            try await client?.send(request("hold", id: 1) + request("hold", id: 2))
            await gate.until { waiting, _ in waiting == 2 }
            client = nil
            await gate.until { waiting, cancelled in waiting == 0 && cancelled == 2 }
        }
    }

    @Test func `a notification is carried out even if its sender is gone at once`() async throws {
        let gate = Gate()
        try await withServer(testRouter(gate: gate)) { path, _ in
            for count in 1...20 {
                var client: RawClient? = try RawClient(path)
                try await client?.send(#"{"jsonrpc":"2.0","method":"notify_hello"}"#)
                client = nil
                await gate.until { waiting, _ in waiting == count }
            }
            gate.open()
        }
    }

    @Test func `notifications of a call arrive before its reply`() async throws {
        try await withServer { path, _ in
            let client = try RawClient(path)
            try await client.send(request("count", id: 1))
            for step in 1...3 {
                #expect(
                    try await client.reply() == ["jsonrpc": "2.0", "method": "count.step", "params": ["step": .integer(step)]])
            }
            #expect(try await client.reply()?["id"] == 1)
        }
    }

    @Test func `a message beyond the limit is refused and ends the connection, one at the limit is served`() async throws {
        var limits = Limits()
        limits.frameBytes = 4096
        try await withServer(limits: limits) { path, _ in
            let client = try RawClient(path)
            let bare = request("subtract", "[2,1]", id: 1).dropLast()
            let padded = { (size: Int) in
                bare.replacing("[2,1]", with: "[2,1" + String(repeating: " ", count: size - bare.utf8.count) + "]")
            }
            try await client.send(padded(4096) + "\n")
            #expect(try await client.reply()?["result"] == 1)
            try await client.send(padded(4097) + "\n" + bare + "\n")
            #expect(try await client.reply()?["error"]?["data"]?["kind"] == "message_too_large")
            #expect(try await client.line() == nil)
        }
    }

    @Test func `a reply beyond the limit is replaced by an error`() async throws {
        var limits = Limits()
        limits.frameBytes = 4096
        try await withServer(limits: limits) { path, _ in
            let client = try RawClient(path)
            try await client.send(request("big", "[5000]", id: 1))
            let reply = try await client.reply()
            #expect(reply?["error"]?["data"]?["kind"] == "message_too_large")
            #expect(reply?["id"] == 1)
        }
    }

    @Test func `a message that stays unfinished ends the connection`() async throws {
        var limits = Limits()
        limits.unfinishedFrame = .milliseconds(20)
        try await withServer(limits: limits) { path, _ in
            let client = try RawClient(path)
            try await client.send(#"{"jsonrpc":"#)
            #expect(try await client.reply()?["error"]?["data"]?["kind"] == "deadline_exceeded")
            #expect(try await client.line() == nil)
        }
    }

    @Test func `one client too many is told so`() async throws {
        var limits = Limits()
        limits.clients = 2
        try await withServer(limits: limits) { path, _ in
            let clients = [try RawClient(path), try RawClient(path)]
            for client in clients {
                try await client.send(request("subtract", "[1,1]", id: 1))
                #expect(try await client.reply()?["result"] == 0)
            }
            let third = try RawClient(path)
            #expect(try await third.reply()?["error"]?["data"]?["kind"] == "busy")
            #expect(try await third.line() == nil)
            // The optimiser may let the two go after their last use, and with them their connections.
            withExtendedLifetime(clients) {}
        }
    }

    @Test func `the server knows its peer`() async throws {
        try await withServer { path, _ in
            let client = try RawClient(path)
            try await client.send(request("who", id: 1))
            #expect(try await client.reply()?["result"] == ["uid": .integer(Int(getuid())), "pid": .integer(Int(getpid()))])
        }
    }

    @Test func `shutting down lets running calls finish and their replies leave`() async throws {
        let gate = Gate()
        try await withServer(testRouter(gate: gate)) { path, server in
            let client = try RawClient(path)
            let idle = try RawClient(path)
            try await idle.send(request("subtract", "[1,1]", id: 1))
            #expect(try await idle.reply()?["result"] == 0)
            try await client.send(request("hold", id: 1))
            await gate.until { waiting, _ in waiting == 1 }
            server.shutDown(within: .seconds(60))
            #expect(try await idle.line() == nil)
            #expect(throws: SocketTrouble.self) { try RawClient(path) }
            gate.open()
            #expect(try await client.reply()?["id"] == 1)
            #expect(try await client.line() == nil)
        }
    }

    @Test func `shutting down cancels what does not finish in time`() async throws {
        let gate = Gate()
        try await withServer(testRouter(gate: gate)) { path, server in
            let client = try RawClient(path)
            try await client.send(request("hold", id: 1))
            await gate.until { waiting, _ in waiting == 1 }
            server.shutDown(within: .milliseconds(10))
            await gate.until { waiting, cancelled in waiting == 0 && cancelled == 1 }
        }
    }

    @Test func `bytes that trickle in do not put off the end of an unfinished message`() async throws {
        var limits = Limits()
        limits.unfinishedFrame = .milliseconds(50)
        try await withServer(limits: limits) { path, _ in
            let client = try RawClient(path)
            try await client.send("[")
            // As fast as they go, and for as long as they are taken.
            var sent = 0
            while sent < 10_000_000, (try? await client.send("1,")) != nil { sent += 1 }
            #expect(sent < 10_000_000)
            #expect(try await client.reply()?["error"]?["data"]?["kind"] == "deadline_exceeded")
            #expect(try await client.line() == nil)
        }
    }

    @Test func `a message of too many values is refused, and the next one served`() async throws {
        var limits = Limits()
        limits.values = 100
        try await withServer(limits: limits) { path, _ in
            let client = try RawClient(path)
            try await client.send("[" + String(repeating: "1,", count: 5000) + "1]\n" + request("subtract", "[2,1]", id: 1))
            let data = try await client.reply()?["error"]?["data"]
            #expect(data?["kind"] == "message_too_large" && data?["limit_values"] == 100)
            #expect(try await client.reply()?["result"] == 1)
        }
    }

    @Test func `a reply of many pieces arrives whole, and those after it`() async throws {
        try await withServer { path, _ in
            let client = try RawClient(path)
            for id in 1...3 { try await client.send(request("big", "[\(id * 3_000_000)]", id: id)) }
            var sizes: [Int: Int] = [:]
            for _ in 1...3 {
                let reply = try #require(try await client.reply())
                sizes[try #require(reply["id"]?.integer)] = reply["result"]?.string?.utf8.count
            }
            #expect(sizes == [1: 3_000_000, 2: 6_000_000, 3: 9_000_000])
        }
    }
}
