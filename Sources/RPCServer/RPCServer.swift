// The socket, who may connect to it, and how all of it ends.

public import Logging
public import NIOCore
public import NIOPosix
import API
import JSON
import JSONRPC
import Synchronization

/// A JSON-RPC server on one Unix socket.
///
/// ``listen(at:router:limits:traffic:group:logger:)`` opens it, ``run()`` serves until ``shutDown(within:)`` has ended it.
public final class RPCServer: Sendable {
    /// What the server listens on.
    public enum Address: Sendable {
        /// A path in the file system, and the permissions of the socket there.
        case path(String, mode: UInt32)
        /// A socket that is bound already, as a service manager passes it on; the server closes it in the end.
        case descriptor(CInt)
    }

    private struct State {
        var connections: [Int: Connection] = [:]
        var next = 0
        var isShuttingDown = false
        var deadline: Scheduled<Void>?
    }

    private enum Admission {
        case admitted(Int, Connection)
        case full
        case ending
    }

    /// A client that has been accepted.
    private final class Arrival: Sendable {
        let stream: Connection.Stream
        let peer: Peer?

        init(_ stream: Connection.Stream, peer: Peer?) {
            self.stream = stream
            self.peer = peer
        }

        /// Closes what nobody came to serve, because the server ended first.
        deinit { stream.channel.close(promise: nil) }
    }

    /// What is read of one client before the others of its event loop get their turn: some hundred lookups, a millisecond or two.
    private static let turn = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 16_384)

    private let listener: NIOAsyncChannel<Arrival, Never>
    private let socketFile: SocketFile?
    private let router: Router
    private let limits: Limits
    private let traffic: Traffic
    private let counters: [String: Traffic.MethodCounter]
    private let logger: Logger
    private let state = Mutex(State())

    private init(
        listener: NIOAsyncChannel<Arrival, Never>, socketFile: SocketFile?, router: Router, limits: Limits,
        traffic: Traffic, logger: Logger
    ) {
        self.listener = listener
        self.socketFile = socketFile
        self.router = router
        self.limits = limits
        self.traffic = traffic
        counters = traffic.counters(for: router.methods.map { $0.name })
        self.logger = logger
    }

    /// Closes the socket of a server that was never run.
    deinit { listener.channel.close(promise: nil) }

    /// Opens the socket; clients can connect as soon as this returns.
    ///
    /// - Parameters:
    ///   - address: a path, or a socket from the service manager.
    ///   - router: what answers.
    ///   - limits: what a client may ask.
    ///   - traffic: where all that goes over the socket is counted.
    ///   - group: the event loops; they only move bytes.
    ///   - logger: where connections and refusals are noted.
    /// - Throws: ``SocketError`` if somebody listens there already or something else is in the way.
    public static func listen(
        at address: Address, router: Router, limits: Limits = Limits(), traffic: Traffic = Traffic(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger
    ) async throws -> RPCServer {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: CInt(limits.clients))
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGuard(logger: logger))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: turn)
        let childInitializer: @Sendable (any Channel) -> EventLoopFuture<Arrival> = { channel in
            channel.peer.flatMapThrowing { peer in
                Arrival(try Connection.Stream(wrappingChannelSynchronously: channel), peer: peer)
            }
        }
        switch address {
        case .descriptor(let descriptor):
            let listener = try await bootstrap.bind(descriptor, childChannelInitializer: childInitializer)
            return RPCServer(
                listener: listener, socketFile: nil, router: router, limits: limits, traffic: traffic, logger: logger)
        case .path(let path, let mode):
            let file = try SocketFile(path)
            try await file.clear(group: group)
            let listener: NIOAsyncChannel<Arrival, Never>
            do {
                listener = try await bootstrap.bind(
                    unixDomainSocketPath: file.bindablePath, cleanupExistingSocketFile: true,
                    childChannelInitializer: childInitializer)
            } catch let error as IOError {
                throw SocketError.bind(path: path, code: error.errnoCode)
            } catch is UnixDomainSocketPathWrongType {
                throw SocketError.bind(path: path, code: ENOTSOCK)
            }
            try file.setMode(mode)
            return RPCServer(
                listener: listener, socketFile: file, router: router, limits: limits, traffic: traffic, logger: logger)
        }
    }

    /// Accepts and serves clients until ``shutDown(within:)``, or until the task is cancelled.
    public func run() async throws {
        try await withTaskCancellationHandler {
            try await listener.executeThenClose { clients in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await client in clients {
                        group.addTask { await self.serve(client) }
                    }
                }
            }
        } onCancel: {
            shutDown(within: .zero)
        }
        state.withLock { $0.deadline.take() }?.cancel()
    }

    /// Accepts no more clients, reads no more requests, lets those that run finish and their replies leave.
    ///
    /// A later call replaces the deadline of an earlier one. A handler that ignores its cancellation holds up ``run()``.
    ///
    /// - Parameter grace: after which whatever still runs is cancelled and the connections are closed.
    public func shutDown(within grace: Duration) {
        let (connections, isFirst) = state.withLock { state in
            defer { state.isShuttingDown = true }
            return (Array(state.connections.values), !state.isShuttingDown)
        }
        let deadline = listener.channel.eventLoop.scheduleTask(in: TimeAmount(grace)) { [self] in
            for connection in state.withLock({ Array($0.connections.values) }) { connection.abort() }
        }
        state.withLock { state in
            let earlier = state.deadline
            state.deadline = deadline
            return earlier
        }?.cancel()
        if isFirst {
            socketFile?.remove()
            listener.channel.close(promise: nil)
        }
        for connection in connections { connection.stopReading() }
    }

    /// The number of clients that are connected.
    public var clientCount: Int { state.withLock { $0.connections.count } }

    private func serve(_ arrival: Arrival) async {
        let stream = arrival.stream
        guard let peer = arrival.peer else {
            logger.warning("client refused: the kernel does not say who it is")
            return await refuse(stream, APIError(.permissionDenied, "the kernel does not say who is calling"))
        }
        switch admit(stream, peer) {
        case .admitted(let ticket, let connection):
            logger.debug("client connected", metadata: ["client": "c\(ticket)", "pid": "\(peer.pid)", "uid": "\(peer.uid)"])
            traffic.clientArrived()
            await connection.serve()
            traffic.clientLeft()
            state.withLock { $0.connections[ticket] = nil }
        case .full:
            logger.warning("client refused: too many", metadata: ["pid": "\(peer.pid)", "limit": "\(limits.clients)"])
            await refuse(stream, APIError(.busy, "\(limits.clients) clients are connected already, which is the limit"))
        case .ending: await refuse(stream, APIError(.shuttingDown, "the service is ending"))
        }
    }

    private func admit(_ stream: Connection.Stream, _ peer: Peer) -> Admission {
        state.withLock { state in
            if state.isShuttingDown { return .ending }
            if state.connections.count >= limits.clients { return .full }
            state.next += 1
            let connection = Connection(
                stream, number: state.next, peer: peer, router: router, limits: limits, traffic: traffic, counters: counters,
                logger: logger)
            state.connections[state.next] = connection
            return .admitted(state.next, connection)
        }
    }

    /// Tells a client why it is not served, and closes.
    private func refuse(_ stream: Connection.Stream, _ error: APIError) async {
        traffic.clientRefused(error.kind)
        var line = ByteBuffer(bytes: Response(id: .null, outcome: .failure(RPCError(error))).json.bytes())
        line.writeInteger(UInt8(ascii: "\n"))
        let message = line
        try? await stream.executeThenClose { _ in try await stream.channel.writeAndFlush(message) }
    }
}
