import API
import JSON
import JSONRPC
import Logging
import NIOCore

extension Connection {
    /// The largest frame that is parsed on the event loop: some fifty microseconds' worth.
    private static let smallFrame = 4096

    /// Reads requests and starts what they ask for, until the stream ends.
    func read(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async {
        var splitter = FrameSplitter(limit: limits.frameBytes, depth: limits.depth, values: limits.values)
        var bytes = inbound.makeAsyncIterator()
        var deadline: NIODeadline?
        do {
            while true {
                deadline = splitter.isMidFrame ? deadline ?? .now() + TimeAmount(limits.unfinishedFrame) : nil
                guard let piece = try await next(&bytes, until: deadline) else { break }
                if let deadline, deadline <= .now() { return giveUpFrame() }
                traffic.received(piece.readableBytes)
                splitter.append(piece.readableBytesView)
                while let event = splitter.next() {
                    deadline = nil
                    guard await handle(event) else { return stopReading() }
                }
            }
        } catch {
            logger.debug("reading ended", metadata: ["pid": "\(peer.pid)", "reason": "\(error)"])
        }
        if let deadline, deadline <= .now() { return giveUpFrame() }
        if let event = splitter.finish() { _ = await handle(event) }
    }

    /// The next piece of the stream; at the deadline, if there is one, the stream is ended.
    private func next(
        _ bytes: inout NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator, until deadline: NIODeadline?
    ) async throws -> ByteBuffer? {
        let alarm = deadline.map { deadline in channel.eventLoop.scheduleTask(deadline: deadline) { [self] in stopReading() } }
        defer { alarm?.cancel() }
        return try await bytes.next()
    }

    /// Tells the client that its message took too long.
    private func giveUpFrame() {
        let seconds = "\(limits.unfinishedFrame.components.seconds) s"
        refuse(RPCError(APIError(.deadlineExceeded, "a message stayed unfinished for \(seconds); the connection is closed")))
        stopReading()
    }

    /// Carries out what the stream held; false if nothing after it can be read.
    private func handle(_ event: FrameSplitter.Event) async -> Bool {
        switch event {
        case .frame(let frame):
            await start(await parse(frame))
            return true
        case .broken(let reason):
            refuse(.parseError(reason))
            return true
        case .tooMany(let limit):
            let message = "a message holds at most \(limit) values"
            refuse(RPCError(APIError(.messageTooLarge, message, facts: ["limit_values": .integer(limit)])))
            return true
        case .tooLarge(let limit):
            let message = "a message holds at most \(limit) bytes; the connection is closed"
            refuse(RPCError(APIError(.messageTooLarge, message, facts: ["limit_bytes": .integer(limit)])))
            return false
        }
    }

    private func parse(_ frame: [UInt8]) async -> Message {
        let (depth, batch) = (limits.depth, limits.batch)
        if frame.count <= Self.smallFrame { return Message(parsing: frame, depth: depth, batchLimit: batch) }
        return await Task { Message(parsing: frame, depth: depth, batchLimit: batch) }.value
    }
}
