// What happens when a client cannot be accepted.
//
// When the process has no descriptor left, `accept` fails and the client stays in the queue, so that the listening socket remains
// readable and the event loop asks again at once, and again: it would spin until a descriptor comes free. (NIO's own
// `AcceptBackoffHandler` delays the next read, but a read that has failed stays pending; measured: one core busy.) Therefore:
//
// 1. One descriptor is kept in reserve.
// 2. When descriptors run out, it is given up, and `accept` succeeds once.
// 3. That client is closed, which tells it that there is no place, and the reserve is taken up again.
// 4. Closing takes a moment, and the descriptor that comes free may go to the next client before the reserve gets it. So until the
//    reserve is back, every client is closed.

private import Glibc
import Logging
import NIOCore

/// Keeps the listening socket going when a client cannot be accepted; lives on the listener's event loop.
final class AcceptGuard: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let logger: Logger
    /// Nil from when it is given up for a client until that client, or one after it, has been closed.
    private var reserve: CInt?

    init(logger: Logger) {
        self.logger = logger
        reserve = AcceptGuard.openReserve()
    }

    deinit { giveUpReserve() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? IOError, [EMFILE, ENFILE].contains(error.errnoCode) {
            giveUpReserve()
        } else {
            logger.warning("a client could not be accepted", metadata: ["reason": "\(error)"])
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard reserve == nil else { return context.fireChannelRead(data) }
        logger.warning("client refused: the process has no descriptor left; raise LimitNOFILE")
        let client = unwrapInboundIn(data)
        let guarded = NIOLoopBound(self, eventLoop: context.eventLoop)
        client.closeFuture.hop(to: context.eventLoop).whenComplete { _ in
            guarded.value.reserve = guarded.value.reserve ?? AcceptGuard.openReserve()
        }
        client.close(promise: nil)
    }

    private func giveUpReserve() {
        if let reserve { close(reserve) }
        reserve = nil
    }

    private static func openReserve() -> CInt? {
        let descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        return descriptor < 0 ? nil : descriptor
    }
}
