import API
import Client
import Glibc
import JSON
import NIOCore
import RPCServer
import Testing

/// A pipe that tells when the last descriptor of its reading end has been closed, wherever that was.
private final class Pipe: Sendable {
    let readingEnd: CInt
    private let writingEnd: CInt

    init() throws {
        var ends: [CInt] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw SocketTrouble(call: "pipe", code: errno) }
        (readingEnd, writingEnd) = (ends[0], ends[1])
    }

    deinit { close(writingEnd) }

    func write(_ text: String) { #expect(unsafe Glibc.write(writingEnd, text, text.utf8.count) == text.utf8.count) }

    /// Gives up its own reading end, and waits until nobody can read any more; false if that takes longer than a test may.
    func isClosedByAll() async throws -> Bool {
        close(readingEnd)
        return try await blocking { [writingEnd] in
            var request = pollfd(fd: writingEnd, events: 0, revents: 0)
            return unsafe poll(&request, 1, 30_000) == 1 && request.revents & Int16(POLLERR) != 0
        }
    }
}

private func text(of attachment: API.Attachment) -> String {
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = unsafe read(attachment.descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
}

@Suite(.timeLimit(.minutes(1))) struct AttachmentTests {
    /// A server whose `hand` hands out the reading ends of pipes, by their number.
    private func withPipes(
        _ pipes: [Pipe], limits: Limits = Limits(), _ body: (_ path: String) async throws -> Void
    ) async throws {
        let hand = Loose(Hand.self) { params, call in
            for index in params["a"]?.array ?? [] {
                try call.attach(API.Attachment(owning: dup(pipes[index.integer ?? 0].readingEnd)), for: "a")
            }
            if params["b"] == true { throw APIError(.busy, "not now") }
            return .string(String(repeating: "x", count: params["c"]?.integer ?? 1))
        }
        let big = Loose(Big.self) { params, _ in .string(String(repeating: "x", count: params["a"]?.integer ?? 0)) }
        let router = Router([hand, big, SubtractHandler()], version: "0", logger: silent)
        try await withServer(router, limits: limits) { path, _ in try await body(path) }
    }

    @Test func `descriptors come with their reply, in order, and are closed at the server`() async throws {
        let pipes = [try Pipe(), try Pipe(), try Pipe()]
        for (index, pipe) in pipes.enumerated() { pipe.write("pipe \(index)") }
        try await withPipes(pipes) { path in
            try await blocking {
                let client = try Client(connectingTo: path)
                let (result, two) = try client.callWithAttachments("hand", ["a": [2, 0], "c": 100_000])
                #expect(result.string?.utf8.count == 100_000)
                #expect(two.map { text(of: $0) } == ["pipe 2", "pipe 0"])
                #expect(two.allSatisfy { fcntl($0.descriptor, F_GETFD) == FD_CLOEXEC })
                #expect(try client.callWithAttachments("subtract", [3, 1]).attachments.isEmpty)
                #expect(try client.callWithAttachments("hand", ["a": [1]]).attachments.map { text(of: $0) } == ["pipe 1"])
            }
            for pipe in pipes { #expect(try await pipe.isClosedByAll()) }
        }
    }

    @Test func `what a client has not asked to keep is closed, at both ends`() async throws {
        let pipes = [try Pipe()]
        try await withPipes(pipes) { path in
            let client = try await blocking {
                let client = try Client(connectingTo: path)
                #expect(try client.call("hand", ["a": [0]]) == "x")
                return Kept(client)
            }
            #expect(try await pipes[0].isClosedByAll())
            withExtendedLifetime(client) {}
        }
    }

    @Test func `neither a batch nor a notification nor an error carries descriptors`() async throws {
        let pipes = [try Pipe(), try Pipe(), try Pipe()]
        try await withPipes(pipes) { path in
            let client = try RawClient(path)
            try await client.send("[\(request("hand", #"{"a":[0]}"#, id: 1).dropLast())]\n")
            let refused = try await client.reply()?.array?.first?["error"]
            #expect(refused?["code"] == -32602 && refused?["data"]?["path"] == "params.a")
            try await client.send(#"{"jsonrpc":"2.0","method":"hand","params":{"a":[1]}}"# + "\n")
            try await client.send(request("hand", #"{"a":[2],"b":true}"#, id: 2))
            #expect(try await client.reply()?["error"]?["data"]?["kind"] == "busy")
            #expect(client.descriptorsReceived == 0)
            for pipe in pipes { #expect(try await pipe.isClosedByAll()) }
        }
    }

    @Test func `a full socket delays descriptors, and they still come with their own line`() async throws {
        let pipes = try (0..<20).map { _ in try Pipe() }
        try await withPipes(pipes) { path in
            let client = try RawClient(path)
            let other = try RawClient(path)
            for index in pipes.indices {
                try await client.send(request("big", "[150000]", id: 1000 + index))
                try await client.send(request("hand", #"{"a":[\#(index)],"c":9}"#, id: index))
            }
            // All that has been asked is answered, and the socket holds a small part of it.
            try await other.send(request("subtract", "[1,1]", id: 1))
            #expect(try await other.reply()?["result"] == 0)
            var handed: Set<Int> = []
            for _ in 0..<2 * pipes.count {
                let before = client.descriptorsReceived
                let reply = try #require(try await client.reply())
                let id = try #require(reply["id"]?.integer)
                if id < 1000 { handed.insert(id) }
                #expect(client.descriptorsReceived >= before)
            }
            #expect(handed.count == pipes.count && client.descriptorsReceived == pipes.count)
            for pipe in pipes { #expect(try await pipe.isClosedByAll()) }
        }
    }

    @Test func `a client that goes away without reading leaves no descriptor behind`() async throws {
        let pipes = try (0..<8).map { _ in try Pipe() }
        try await withPipes(pipes) { path in
            var client: RawClient? = try RawClient(path)
            for index in pipes.indices {
                try await client?.send(request("big", "[300000]", id: 1000 + index))
                try await client?.send(request("hand", #"{"a":[\#(index)]}"#, id: index))
            }
            client = nil
            let other = try RawClient(path)
            try await other.send(request("subtract", "[1,1]", id: 1))
            #expect(try await other.reply()?["result"] == 0)
        }
        for pipe in pipes { #expect(try await pipe.isClosedByAll()) }
    }

    @Test func `descriptors that a client sends are dropped by the kernel, however many`() async throws {
        let pipe = try Pipe()
        try await withServer { path, _ in
            let client = try RawClient(path)
            for id in 1...40 {
                let line = Array(request("subtract", "[\(id),1]", id: id).utf8)
                try client.send(line, with: Array(repeating: pipe.readingEnd, count: 253))
            }
            for id in 1...40 { #expect(try await client.reply()?["result"] == .integer(id - 1)) }
            #expect(try await pipe.isClosedByAll())
        }
    }
}

/// Hands out descriptors.
enum Hand: MethodName {}

/// A client that one test keeps while it does something else.
private final class Kept: @unchecked Sendable {  // Nobody uses it; it is only kept.
    private let client: Client
    init(_ client: Client) { self.client = client }
}
