// One client, from the first byte to the last.
//
// Two tasks share a connection, both on its event loop. The reader cuts the stream into frames. What only looks something up it
// answers itself; for every other request it starts a call, which runs elsewhere, and it waits while the client has as many calls
// running as it may, which holds the client back through the socket itself. The writer sends all that is in the outbox by then, in
// the order in which the replies were made: those to requests that came together leave together. The connection ends when the reader
// has reached the end of the stream, all calls have finished and all replies have left; or at once when the client is gone.
//
// What is long is read elsewhere too, so that no client holds up the others of its event loop: a frame beyond a few kilobytes is
// parsed, and a batch of lookups is answered, by a task of its own.

import API
import JSON
import JSONRPC
import Logging
import NIOCore

struct Connection: Sendable {
    /// Bytes in; what goes out is written to the channel itself, whose futures say when it has left.
    typealias Stream = NIOAsyncChannel<ByteBuffer, Never>

    private let stream: Stream
    private let channel: any Channel
    private let peer: Peer
    private let router: Router
    private let limits: Limits
    private let logger: Logger
    private let outbox: Outbox
    private let calls: InFlight

    /// The largest frame that is parsed on the event loop: some fifty microseconds' worth.
    private static let smallFrame = 4096
    /// How many lookups of a batch are answered before others get their turn.
    private static let lookupsInARow = 64

    init(_ stream: Stream, peer: Peer, router: Router, limits: Limits, logger: Logger) {
        self.stream = stream
        self.peer = peer
        self.router = router
        self.limits = limits
        self.logger = logger
        channel = stream.channel
        outbox = Outbox(limit: limits.unreadBytes)
        calls = InFlight(limit: limits.requestsInFlight)
    }

    /// Serves the client until it is gone or has nothing more to ask.
    func serve() async {
        await withTaskExecutorPreference(EventLoopExecutor(channel.eventLoop)) { await serveOnEventLoop() }
    }

    private func serveOnEventLoop() async {
        channel.closeFuture.whenComplete { [outbox, calls] _ in
            outbox.abandon()
            calls.cancel()
        }
        do {
            try await stream.executeThenClose { inbound in
                async let writing: Void = write()
                await read(inbound)
                await calls.drain()
                outbox.finish()
                await writing
            }
        } catch {
            logger.debug("connection ended", metadata: ["pid": "\(peer.pid)", "reason": "\(error)"])
        }
    }

    /// Reads no more; what has been read is carried out and answered.
    func stopReading() { channel.close(mode: .input, promise: nil) }

    /// Gives up: cancels every call and closes.
    func abort() {
        // In this order: on the event loop the end then stands before whatever the cancelled calls have to say.
        channel.close(promise: nil)
        calls.cancelAll()
    }
}

// Reading.
extension Connection {
    private func read(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async {
        var splitter = FrameSplitter(limit: limits.frameBytes, depth: limits.depth)
        var bytes = inbound.makeAsyncIterator()
        var deadline: NIODeadline?
        do {
            while true {
                deadline = splitter.isMidFrame ? deadline ?? .now() + TimeAmount(limits.unfinishedFrame) : nil
                guard let piece = try await next(&bytes, until: deadline) else { break }
                splitter.append(piece.readableBytesView)
                while let event = splitter.next() {
                    deadline = nil
                    guard await handle(event) else { return stopReading() }
                }
            }
        } catch {
            logger.debug("reading ended", metadata: ["pid": "\(peer.pid)", "reason": "\(error)"])
        }
        // A message that was given up has been answered already.
        if let deadline, deadline <= .now() { return }
        if let event = splitter.finish() { _ = await handle(event) }
    }

    /// The next piece of the stream; at the deadline, if there is one, the stream is ended.
    private func next(
        _ bytes: inout NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator, until deadline: NIODeadline?
    ) async throws -> ByteBuffer? {
        let alarm = deadline.map { deadline in
            channel.eventLoop.scheduleTask(deadline: deadline) { [self] in
                refuse(APIError(.deadlineExceeded, "a message stayed unfinished for \(limits.unfinishedFrame)"))
                stopReading()
            }
        }
        defer { alarm?.cancel() }
        return try await bytes.next()
    }

    /// Carries out what the stream held; false if nothing after it can be read.
    private func handle(_ event: FrameSplitter.Event) async -> Bool {
        switch event {
        case .frame(let frame):
            await start(await parse(frame))
            return true
        case .broken(let reason):
            send(Response(id: .null, outcome: .failure(.parseError(reason))).json.bytes())
            return true
        case .tooLarge(let limit):
            let facts: JSONObject = ["limit_bytes": .integer(limit)]
            refuse(APIError(.messageTooLarge, "a message holds at most \(limit) bytes; the connection is closed", facts: facts))
            return false
        }
    }

    private func parse(_ frame: [UInt8]) async -> Message {
        let (depth, batch) = (limits.depth, limits.batch)
        if frame.count <= Self.smallFrame { return Message(parsing: frame, depth: depth, batchLimit: batch) }
        return await Task { Message(parsing: frame, depth: depth, batchLimit: batch) }.value
    }

    private func start(_ message: Message) async {
        switch message {
        case .refused(let response): send(response.json.bytes())
        case .single(.success(let request)) where router.isImmediate(request):
            if let reply = answerImmediately(request) { send(reply) }
        case .single(let entry):
            await start(entry) { reply in
                if let reply { send(reply) }
            }
        case .batch(let entries): await start(batch: entries)
        }
    }

    private func start(batch entries: [Message.Entry]) async {
        let batch = BatchReply(count: entries.count)
        var lookups: [(index: Int, request: Request)] = []
        for (index, entry) in entries.enumerated() {
            if case .success(let request) = entry, router.isImmediate(request) {
                lookups.append((index, request))
                continue
            }
            await start(entry) { reply in
                if let array = batch.fill(index, reply) { send(array) }
            }
        }
        if lookups.isEmpty { return }
        await calls.start(isCancellable: true) { [lookups] in
            for (count, lookup) in lookups.enumerated() {
                if count % Self.lookupsInARow == 0 { await Task.yield() }
                // Nobody waits for the rest of a batch whose client is gone.
                if Task.isCancelled { return }
                if let array = batch.fill(lookup.index, answerImmediately(lookup.request)) { send(array) }
            }
        }
    }

    private func answerImmediately(_ request: Request) -> [UInt8]? {
        router.answerImmediately(request, in: call(for: request)).map(fittingBytes)
    }

    private func call(for request: Request) -> Call {
        Call(peer: peer, id: request.id?.json) { method, params in
            send(Request(id: nil, method: method, params: params).json.bytes())
        }
    }

    /// Starts the call of one request; `done` gets the reply's bytes, or nil after a notification.
    private func start(_ entry: Message.Entry, done: @escaping @Sendable ([UInt8]?) -> Void) async {
        switch entry {
        case .failure(let invalid): done(invalid.response.json.bytes())
        case .success(let request):
            let call = call(for: request)
            await calls.start(isCancellable: !request.isNotification) {
                done(await router.answer(request, in: call).map(fittingBytes))
            }
        }
    }

    /// The reply as text, or if it is larger than a message may be, the reply that says so.
    private func fittingBytes(of response: Response) -> [UInt8] {
        let bytes = response.json.bytes()
        return bytes.count < limits.frameBytes
            ? bytes : Response(id: response.id, outcome: .failure(tooLarge(bytes))).json.bytes()
    }

    private func tooLarge(_ bytes: [UInt8]) -> RPCError {
        let facts: JSONObject = ["limit_bytes": .integer(limits.frameBytes)]
        return RPCError(
            APIError(.messageTooLarge, "the reply has \(bytes.count) bytes, a message \(limits.frameBytes) at most", facts: facts)
        )
    }
}

// Writing.
extension Connection {
    /// Puts a line into the outbox; false if the client cannot get it any more.
    @discardableResult
    private func send(_ line: [UInt8]) -> Bool {
        // Each reply fits; a batch of them may not.
        let fitting = line.count < limits.frameBytes ? line : Response(id: .null, outcome: .failure(tooLarge(line))).json.bytes()
        switch outbox.put(fitting) {
        case .accepted: return true
        case .closed: return false
        case .overflow:
            logger.warning(
                "client dropped: it does not read its replies",
                metadata: ["pid": "\(peer.pid)", "uid": "\(peer.uid)", "limit_bytes": "\(limits.unreadBytes)"])
            outbox.abandon()
            channel.close(promise: nil)
            return false
        }
    }

    private func refuse(_ error: APIError) {
        _ = outbox.put(Response(id: .null, outcome: .failure(RPCError(error))).json.bytes())
    }

    /// Writes what is in the outbox until there is no more to come.
    private func write() async {
        while let lines = await outbox.take() {
            var buffer = channel.allocator.buffer(capacity: lines.reduce(0) { $0 + $1.count + 1 })
            for line in lines {
                buffer.writeBytes(line)
                buffer.writeInteger(UInt8(ascii: "\n"))
            }
            let count = buffer.readableBytes
            do {
                // Fulfilled when the kernel has taken all of it: what is unread is counted to the byte.
                try await channel.writeAndFlush(buffer)
                outbox.sent(count)
            } catch {
                outbox.abandon()
            }
        }
    }
}
