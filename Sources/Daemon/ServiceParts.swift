import Jobs
import Logging
import RPCServer
import ServiceLifecycle
import Store

// What starts and ends with the service.

/// The server as a part of the service that starts and ends with it.
struct ServerService: ServiceLifecycle.Service {
    let server: RPCServer
    let grace: Duration

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await server.run()
        } onGracefulShutdown: {
            server.shutDown(within: grace)
        }
    }
}

/// The job queue as a part of the service that starts and ends with it.
struct JobsService: ServiceLifecycle.Service {
    let jobs: JobQueue

    func run() async throws {
        try? await gracefulShutdown()
        await jobs.shutDown()
    }
}

/// Ends the service when the storage engine has stopped for good: started anew, it has what was acknowledged and goes on.
struct EngineWatch: ServiceLifecycle.Service {
    let store: Store

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            for await error in store.stop { throw error }
        }
    }
}

/// Frees the places that dead processes held among the store's readers: what they read could not be used again.
struct StaleReaders: ServiceLifecycle.Service {
    let store: Store
    let log: Logger

    static let interval = Duration.seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil {
                let readers = (try? store.clearStaleReaders()) ?? 0
                if readers > 0 { log.info("cleared \(readers) readers of processes that are gone") }
            }
        }
    }
}

/// What keeps the service from starting.
struct CannotStart: Error, CustomStringConvertible {
    let reason: any Error
    var description: String { "qklensd cannot start: \(reason)" }
}
