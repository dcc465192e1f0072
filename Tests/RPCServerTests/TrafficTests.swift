import API
import JSON
import Logging
import NIOCore
import RPCServer
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct TrafficTests {
    @Test func `calls are counted by method and outcome`() async throws {
        let traffic = Traffic()
        try await withServer(traffic: traffic) { path, _ in
            let client = try RawClient(path)
            for id in 1...10 { try await client.send(request("subtract", "[3,1]", id: id)) }
            try await client.send(
                request("subtract", "[3,1000]", id: 11) + request("fail", id: 12) + request("sum", "[1]", id: 13))
            for _ in 1...13 { _ = try await client.reply() }
            let methods = traffic.snapshot().methods
            #expect(methods.map(\.method) == ["subtract", "sum", "fail"])
            #expect(methods.map(\.ok) == [10, 1, 0])
            #expect(methods.map(\.errors) == [["invalid_params": 1], [:], ["feature_out_of_range": 1]])
            #expect(methods.map { $0.duration_counts.reduce(0, +) } == [11, 1, 1])
            #expect(methods.allSatisfy { $0.duration_counts.count == MethodTraffic.bounds_us.count + 1 && $0.duration_ms > 0 })
        }
    }

    @Test func `names that are no method's share one counter`() async throws {
        let traffic = Traffic()
        try await withServer(traffic: traffic) { path, _ in
            let client = try RawClient(path)
            for id in 1...100 { try await client.send(request("nothing\(id)", id: id)) }
            for _ in 1...100 { #expect(try await client.reply()?["error"]?["code"] == -32601) }
            let snapshot = traffic.snapshot()
            #expect(snapshot.unknown_methods == 100 && snapshot.methods.isEmpty)
        }
    }

    @Test func `bytes, frames and clients are counted`() async throws {
        let traffic = Traffic()
        var limits = Limits()
        limits.clients = 1
        limits.unreadBytes = 1 << 16
        try await withServer(limits: limits, traffic: traffic) { path, _ in
            let sent = request("subtract", "[3,1]", id: 1) + "nonsense\n" + "[]\n" + #"{"id":1}"# + "\n"
            do {
                let client = try RawClient(path)
                try await client.send(sent)
                var received = 0
                for _ in 1...4 { received += try #require(try await client.line()).utf8.count + 1 }
                // What has been sent is noted once the kernel says so: before the next reply, but perhaps after the client has it.
                let last = request("subtract", "[3,1]", id: 2)
                try await client.send(last)
                let lastReply = try #require(try await client.line()).utf8.count + 1
                let snapshot = traffic.snapshot()
                #expect(snapshot.received_bytes == sent.utf8.count + last.utf8.count)
                #expect([received, received + lastReply].contains(snapshot.sent_bytes))
                #expect(snapshot.frames_refused == ["parse_error": 1, "invalid_request": 2])
                #expect(snapshot.clients == 1 && snapshot.clients_accepted == 1)
                #expect(try await RawClient(path).reply()?["error"]?["data"]?["kind"] == "busy")
                #expect(traffic.snapshot().clients_refused == ["busy": 1])
                try await client.send((1...20).map { request("big", "[100000]", id: $0) }.joined())
                while try await client.line() != nil {}
                #expect(traffic.snapshot().clients_dropped == 1)
            }
        }
        #expect(traffic.snapshot().clients == 0 && traffic.snapshot().requests_running == 0)
    }

    @Test func `an error names its request, and the log the same one`() async throws {
        let log = MemoryLog()
        try await withServer(testRouter(logger: log.logger), logger: log.logger) { path, _ in
            let client = try RawClient(path)
            try await client.send(request("subtract", "[1,1]", id: 1) + request("crash", id: 2))
            #expect(try await client.reply()?["result"] == 0)
            #expect(try await client.reply()?["error"]?["data"]?["request"] == "c1.2")
            #expect(log.entries.contains { $0.message == "internal error" && $0.metadata["request"] == "c1.2" })
            try await client.send("nonsense\n" + request("nothing", id: 4))
            #expect(try await client.reply()?["error"]?["data"]?["request"] == "c1.3")
            #expect(try await client.reply()?["error"]?["data"]?["request"] == "c1.4")
            let other = try RawClient(path)
            try await other.send("[\(request("subtract", "[1]", id: 1).dropLast()),7]\n")
            let batch = try await other.reply()?.array?.compactMap { $0["error"]?["data"]?["request"]?.string } ?? []
            #expect(batch.count == 2 && Set(batch).count == 2 && batch.allSatisfy { $0.hasPrefix("c2.") })
        }
    }

    @Test func `a slow call is logged with its duration`() async throws {
        let log = MemoryLog()
        var limits = Limits()
        limits.slowCall = .zero
        try await withServer(limits: limits, logger: log.logger) { path, _ in
            let client = try RawClient(path)
            try await client.send(request("fail", id: 2))
            _ = try await client.reply()
            let entry = try #require(log.entries.first { $0.message == "slow call" })
            #expect(entry.level == .info)
            #expect(entry.metadata["method"] == "fail" && entry.metadata["outcome"] == "feature_out_of_range")
            #expect(entry.metadata["request"] == "c1.1" && entry.metadata["duration_ms"] != nil)
        }
    }
}

/// A log that a test can read.
final class MemoryLog: Sendable {
    struct Entry {
        let level: Logger.Level
        let message: String
        let metadata: Logger.Metadata
    }

    private let stored = Mutex<[Entry]>([])
    var entries: [Entry] { stored.withLock(\.self) }

    fileprivate func add(_ entry: Entry) { stored.withLock { $0.append(entry) } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: MemoryLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.add(Entry(level: event.level, message: event.message.description, metadata: event.metadata ?? [:]))
        }
    }
}
