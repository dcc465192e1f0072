// What is in the outbox, onto the socket.
//
// 1. All lines that wait leave together, in one write, whose future says when the kernel has taken the last byte.
// 2. A line with descriptors is the exception, since the event loop's library cannot send any. All earlier bytes have left by then,
//    so its first byte is sent past the library, together with the descriptors; the rest of the line then goes the usual way. A
//    client that receives descriptors therefore knows to which line they belong: to the one that begins with the byte they came with.
// 3. While the socket is full that byte is tried again, at growing intervals, until the client reads or is gone.

import API
import NIOCore

/// Sends one client its lines.
struct LineWriter: Sendable {
    let channel: any Channel
    let outbox: Outbox

    private static let newline = UInt8(ascii: "\n")
    private static let firstPause = TimeAmount.milliseconds(1)
    private static let longestPause = TimeAmount.milliseconds(50)

    /// Writes what is in the outbox until there is no more to come; to be run on the channel's event loop.
    func run() async {
        while let lines = await outbox.take() {
            do {
                try await write(lines)
            } catch {
                outbox.abandon()
            }
        }
    }

    private func write(_ lines: [Outbox.Line]) async throws {
        var buffer = channel.allocator.buffer(capacity: lines.reduce(0) { $0 + $1.bytes.count + 1 })
        for line in lines {
            if let first = line.bytes.first, !line.attachments.isEmpty {
                try await flush(&buffer)
                try await send(first, with: line.attachments.map(\.descriptor))
                withExtendedLifetime(line.attachments) {}
                buffer.writeBytes(line.bytes.dropFirst())
            } else {
                buffer.writeBytes(line.bytes)
            }
            buffer.writeInteger(Self.newline)
        }
        try await flush(&buffer)
    }

    private func flush(_ buffer: inout ByteBuffer) async throws {
        let count = buffer.readableBytes
        if count == 0 { return }
        // Fulfilled when the kernel has taken all of it: what is unread is counted to the byte.
        try await channel.writeAndFlush(buffer)
        outbox.sent(count)
        buffer.clear()
    }

    private func send(_ byte: UInt8, with descriptors: [CInt]) async throws {
        var pause = Self.firstPause
        while try trySending(byte, with: descriptors) == .full {
            try await channel.eventLoop.scheduleTask(in: pause) {}.futureResult.get()
            pause = min(.nanoseconds(2 * pause.nanoseconds), Self.longestPause)
        }
        outbox.sent(1)
    }

    private func trySending(_ byte: UInt8, with descriptors: [CInt]) throws -> DescriptorMessage.Outcome {
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        let outcome = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            try DescriptorMessage.send(byte, with: descriptors, on: socket)
        }
        guard let outcome else { preconditionFailure("a channel of a Unix socket has no descriptor") }
        return outcome
    }
}
