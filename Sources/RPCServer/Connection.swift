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
import Synchronization

final class Connection: Sendable, CallOrigin {
    /// Bytes in; what goes out is written to the channel itself, whose futures say when it has left.
    typealias Stream = NIOAsyncChannel<ByteBuffer, Never>

    let channel: any Channel
    let peer: Peer
    let router: Router
    let limits: Limits
    let traffic: Traffic
    let counters: [String: Traffic.MethodCounter]
    let logger: Logger
    let calls: InFlight
    private let stream: Stream
    private let outbox: Outbox
    private let subscriptions = Subscriptions()
    private let number: Int
    private let requests = Atomic(0)

    /// - Parameters:
    ///   - number: how many clients have come before.
    ///   - counters: what counts the calls of each method.
    init(
        _ stream: Stream, number: Int, peer: Peer, router: Router, limits: Limits, traffic: Traffic,
        counters: [String: Traffic.MethodCounter], logger: Logger
    ) {
        self.stream = stream
        self.number = number
        self.peer = peer
        self.router = router
        self.limits = limits
        self.traffic = traffic
        self.counters = counters
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
        channel.closeFuture.whenComplete { [outbox, calls, subscriptions] _ in
            outbox.abandon()
            calls.cancel()
            subscriptions.endAll()
        }
        do {
            try await stream.executeThenClose { inbound in
                async let writing: Void = LineWriter(channel: channel, outbox: outbox, traffic: traffic).run()
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
        // What the cancelled calls have to say is not sent any more.
        outbox.abandon()
        channel.close(promise: nil)
        calls.cancelAll()
    }

    /// The number of the next request, or of the next frame that is none.
    func nextNumber() -> RequestNumber {
        RequestNumber(connection: number, number: requests.add(1, ordering: .relaxed).newValue)
    }
}

// What calls do with their connection.
extension Connection {
    func notify(_ method: String, _ params: JSON, replacing topic: String?) -> Bool {
        let notification = Request(id: nil, method: method, params: params).json.bytes()
        return send(Outbox.Line(bytes: notification), replacing: topic)
    }

    func cancelRequest(_ id: JSON) -> Bool { Identifier(id).map(calls.cancel) ?? false }

    func subscribe(to topic: String, _ body: @escaping @Sendable () async -> Void) { subscriptions.begin(topic, body) }

    func unsubscribe(from topic: String) -> Bool { subscriptions.end(topic) }
}

// Replies.
extension Connection {
    /// The reply with what travels with it, or if it is larger than a message may be, the reply that says so.
    func line(of response: Response, to request: RequestNumber, with enclosure: Enclosure? = nil) -> Outbox.Line {
        let response = response.naming(request)
        let bytes = response.json.bytes()
        guard bytes.count < limits.frameBytes else { return refusal(of: bytes, id: response.id, to: request) }
        guard case .success = response.outcome else { return Outbox.Line(bytes: bytes) }
        return Outbox.Line(bytes: bytes, attachments: enclosure?.take() ?? [])
    }

    /// The array with a batch's replies, each of which fits into a message; together they may not.
    func line(ofBatch array: [UInt8], to request: RequestNumber) -> Outbox.Line {
        array.count < limits.frameBytes ? Outbox.Line(bytes: array) : refusal(of: array, id: .null, to: request)
    }

    private func refusal(of bytes: [UInt8], id: Identifier, to request: RequestNumber) -> Outbox.Line {
        let facts: JSONObject = ["reply_bytes": .integer(bytes.count), "limit_bytes": .integer(limits.frameBytes)]
        let message = "the reply has \(bytes.count) bytes, a message \(limits.frameBytes) at most"
        let error = RPCError(APIError(.messageTooLarge, message, facts: facts))
        return Outbox.Line(bytes: Response(id: id, outcome: .failure(error)).naming(request).json.bytes())
    }

    /// Answers a frame that is no request.
    func refuse(_ error: RPCError, id: Identifier = .null) {
        traffic.frameRefused(error.kind ?? "")
        send(Outbox.Line(bytes: Response(id: id, outcome: .failure(error)).naming(nextNumber()).json.bytes()))
    }

    /// Puts a line into the outbox; false if the client cannot get it any more.
    @discardableResult
    func send(_ line: Outbox.Line, replacing topic: String? = nil) -> Bool {
        switch outbox.put(line, replacing: topic) {
        case .accepted: return true
        case .closed: return false
        case .overflow:
            logger.warning(
                "client dropped: it does not read its replies",
                metadata: [
                    "client": "c\(number)", "pid": "\(peer.pid)", "uid": "\(peer.uid)", "limit_bytes": "\(limits.unreadBytes)",
                ])
            traffic.clientDropped()
            outbox.abandon()
            channel.close(promise: nil)
            return false
        }
    }
}

extension Response {
    /// The response with the request's number among the facts of its error.
    fileprivate func naming(_ request: RequestNumber) -> Response {
        guard case .failure(let error) = outcome, case .object(var facts)? = error.data else { return self }
        facts["request"] = .string(request.description)
        return Response(id: id, outcome: .failure(RPCError(code: error.code, message: error.message, data: .object(facts))))
    }
}

extension Call {
    /// What is logged about this call.
    func metadata(_ facts: Logger.Metadata) -> Logger.Metadata {
        var metadata = facts
        if let request { metadata["request"] = "\(request)" }
        metadata["pid"] = "\(peer.pid)"
        metadata["uid"] = "\(peer.uid)"
        return metadata
    }
}
