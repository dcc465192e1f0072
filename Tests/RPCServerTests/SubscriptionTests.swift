import API
import JSON
import NIOCore
import RPCServer
import Synchronization
import Testing

/// Subscribes to as many notifications as are asked for, each on the same topic; after the last one the gate is passed.
enum Watch: MethodName {}
/// Ends that.
enum Unwatch: MethodName {}

@Suite(.timeLimit(.minutes(1))) struct SubscriptionTests {
    private func router(_ gate: Gate, begun: Counter = Counter()) -> Router {
        let watch = Loose(Watch.self) { params, call in
            let count = params["a"]?.integer ?? 0
            call.subscribe(to: "watch") {
                begun.add()
                for step in 0..<count { call.notify("watch.event", ["step": .integer(step)], replacing: "watch") }
                try? await gate.pass()
            }
            return [:]
        }
        let unwatch = Loose(Unwatch.self) { _, call in .bool(call.unsubscribe(from: "watch")) }
        return Router([watch, unwatch, SubtractHandler()], version: "0", logger: silent)
    }

    @Test func `a slow reader gets the newest state, and little of what came before`() async throws {
        var limits = Limits()
        limits.unreadBytes = 4096
        let gate = Gate(), count = 200_000
        try await withServer(router(gate), limits: limits) { path, _ in
            let client = try RawClient(path)
            try await client.send(request("watch", "[\(count)]", id: 1))
            // All have been sent, fourteen megabytes, and the client has not read any.
            await gate.until { waiting, _ in waiting == 1 }
            var last = -1, received = 0
            while last != count - 1 {
                guard let message = try await client.reply() else { break }
                guard let step = message["params"]?["step"]?.integer else { continue }
                #expect(step > last)
                last = step
                received += 1
            }
            #expect(last == count - 1)
            #expect(received < count)
            gate.open()
        }
    }

    @Test func `the reply comes before every notification, by itself and in a batch`() async throws {
        // The handler is still at it long after it has subscribed.
        let watch = Loose(Watch.self) { _, call in
            call.subscribe(to: "watch") { for _ in 0..<3 { call.notify("watch.event", [:]) } }
            for _ in 0..<1000 { await Task.yield() }
            return [:]
        }
        let router = Router([watch, SubtractHandler()], version: "0", logger: silent)
        try await withServer(router) { path, _ in
            for isBatch in [false, true] {
                let client = try RawClient(path), call = request("watch", "[0]", id: 1)
                try await client.send(isBatch ? "[" + call + "]\n" : call)
                let first = try #require(try await client.reply())
                #expect((isBatch ? first.array?.first?["id"] : first["id"]) == 1, "\(first)")
                for _ in 0..<3 { #expect(try await client.reply()?["method"] == "watch.event") }
            }
        }
    }

    @Test func `a second subscription changes nothing, and the end of one allows another`() async throws {
        let gate = Gate(), begun = Counter()
        try await withServer(router(gate, begun: begun)) { path, _ in
            let client = try RawClient(path)
            for id in 1...5 {
                try await client.send(request("watch", "[0]", id: id))
                #expect(try await client.reply()?["id"] == .integer(id))
            }
            await gate.until { waiting, _ in waiting == 1 }
            #expect(begun.count == 1)
            try await client.send(request("unwatch", id: 6))
            #expect(try await client.reply()?["result"] == true)
            await gate.until { waiting, cancelled in waiting == 0 && cancelled == 1 }
            try await client.send(request("unwatch", id: 7))
            #expect(try await client.reply()?["result"] == false)
            try await client.send(request("watch", "[0]", id: 8))
            #expect(try await client.reply()?["id"] == 8)
            await gate.until { waiting, _ in waiting == 1 }
            #expect(begun.count == 2)
            gate.open()
        }
    }

    @Test func `a subscription ends with its connection`() async throws {
        let gate = Gate()
        try await withServer(router(gate)) { path, _ in
            for count in 1...10 {
                var client: RawClient? = try RawClient(path)
                try await client?.send(request("watch", "[3]", id: 1))
                await gate.until { waiting, _ in waiting == 1 }
                client = nil
                await gate.until { waiting, cancelled in waiting == 0 && cancelled == count }
            }
        }
    }
}

/// Counts from many tasks.
private final class Counter: Sendable {
    private let value = Atomic(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add() { value.add(1, ordering: .relaxed) }
}
