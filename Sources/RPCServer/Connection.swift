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

final class Connection: Sendable, CallOrigin {
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
                async let writing: Void = LineWriter(channel: channel, outbox: outbox).run()
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
            send(Response(id: .null, outcome: .failure(.parseError(reason))).bytes)
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
        case .refused(let response): send(response.bytes)
        case .single(.success(let request)) where router.isImmediate(request):
            if let reply = answerImmediately(request) { send(reply) }
        case .single(let entry):
            await start(entry, enclosure: Enclosure()) { [self] line in
                if let line { send(line) }
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
            await start(entry, enclosure: nil) { [self] line in
                if let array = batch.fill(index, line?.bytes) { send(array) }
            }
        }
        if lookups.isEmpty { return }
        await calls.start(isCancellable: true) { [self, lookups] in
            for (count, lookup) in lookups.enumerated() {
                if count % Self.lookupsInARow == 0 { await Task.yield() }
                // Nobody waits for the rest of a batch whose client is gone.
                if Task.isCancelled { return }
                if let array = batch.fill(lookup.index, answerImmediately(lookup.request)?.bytes) { send(array) }
            }
        }
    }

    private func answerImmediately(_ request: Request) -> Outbox.Line? {
        router.answerImmediately(request, in: call(for: request)).map { line(of: $0) }
    }

    private func call(for request: Request, enclosure: Enclosure? = nil) -> Call {
        Call(peer: peer, id: request.id?.json, origin: self, enclosure: enclosure)
    }

    /// Starts the call of one request; `done` gets the reply, or nil after a notification.
    private func start(
        _ entry: Message.Entry, enclosure: Enclosure?, done: @escaping @Sendable (Outbox.Line?) -> Void
    ) async {
        switch entry {
        case .failure(let invalid): done(Outbox.Line(bytes: invalid.response.bytes))
        case .success(let request):
            let call = call(for: request, enclosure: request.isNotification ? nil : enclosure)
            await calls.start(isCancellable: !request.isNotification) { [self] in
                done(await router.answer(request, in: call).map { line(of: $0, with: enclosure) })
            }
        }
    }

    /// The reply with what travels with it, or if it is larger than a message may be, the reply that says so.
    private func line(of response: Response, with enclosure: Enclosure? = nil) -> Outbox.Line {
        let bytes = response.bytes
        guard bytes.count < limits.frameBytes else {
            return Outbox.Line(bytes: Response(id: response.id, outcome: .failure(tooLarge(bytes))).bytes)
        }
        guard case .success = response.outcome else { return Outbox.Line(bytes: bytes) }
        return Outbox.Line(bytes: bytes, attachments: enclosure?.take() ?? [])
    }

    private func tooLarge(_ bytes: [UInt8]) -> RPCError {
        let facts: JSONObject = ["limit_bytes": .integer(limits.frameBytes)]
        return RPCError(
            APIError(.messageTooLarge, "the reply has \(bytes.count) bytes, a message \(limits.frameBytes) at most", facts: facts)
        )
    }
}

// Replies.
extension Connection {
    /// Sends a notification; see ``Call/notify(_:_:)``.
    func notify(_ method: String, _ params: JSON) -> Bool {
        send(Request(id: nil, method: method, params: params).json.bytes())
    }

    /// Puts a line into the outbox; false if the client cannot get it any more.
    @discardableResult
    private func send(_ line: [UInt8]) -> Bool {
        // Each reply fits; a batch of them may not.
        let fits = line.count < limits.frameBytes
        return send(Outbox.Line(bytes: fits ? line : Response(id: .null, outcome: .failure(tooLarge(line))).bytes))
    }

    @discardableResult
    private func send(_ line: Outbox.Line) -> Bool {
        switch outbox.put(line) {
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
        _ = outbox.put(Outbox.Line(bytes: Response(id: .null, outcome: .failure(RPCError(error))).bytes))
    }
}

extension Response {
    /// The response as a line without its newline.
    var bytes: [UInt8] { json.bytes() }
}
