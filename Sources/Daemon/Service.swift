import UnixSignals
import API
import Artifacts
import Foundation
import Jobs
import Logging
import Methods
import RPCServer
import ServiceLifecycle
import Store
import Systemd
import Tensors

// From settings to a running service, and down again:
//
// 1. The state directory is this process's alone; the store is opened, cleared of dead readers and of what was never published.
// 2. The embedded model is read.
// 3. The socket is opened: from here on clients are answered.
// 4. Interrupted jobs go on.
// 5. On SIGTERM or SIGINT: the worker stops, running calls finish, the socket closes.
//
// What goes wrong before 3 is told to clients who wait at an inherited socket. If the storage engine has stopped for good, the same as 5
// happens, and the process ends with a status after which it is started anew.

/// The whole service.
struct Service: Sendable {
    let configuration: Configuration
    let notifier: Notifier
    let watchdog: Watchdog?
    /// Reads the configuration again, and takes over what can change while the service runs.
    let reload: @Sendable () -> Void
    let log: Logger

    /// Who may connect to a socket that this process makes: its user and group.
    static let socketMode: UInt32 = 0o660

    /// How long running calls may take once the service ends.
    static let grace = Duration.seconds(5)

    /// What runs once it can be asked, and the lock that it holds.
    private struct Running: ~Copyable {
        let group: ServiceGroup
        let lock: DirectoryLock
    }

    /// Runs until the process is asked to end.
    ///
    /// - Throws: ``CannotStart`` for what goes wrong before clients are answered.
    func run() async throws {
        let running: Running
        do {
            running = try await start()
        } catch {
            throw CannotStart(reason: error)
        }
        try await running.group.run()
        log.notice("ended")
        _ = consume running
    }

    private func start() async throws -> Running {
        let started = ContinuousClock.now
        // First, since a SIGHUP that nobody traps ends the process.
        let reloads = await UnixSignalsSequence(trapping: .sighup)
        Termination.survivesFileSizeLimit()
        try OwnDirectory(stateDirectory, for: .state).prepare()
        let lock = try DirectoryLock("service", in: stateDirectory)
        let store = try openStore()
        let jobs = JobQueue(
            store: store, directory: stateDirectory, worker: worker, atOnce: configuration.number(.jobs),
            waitingAllowed: configuration.number(.maxWaitingJobs), now: Self.now, log: log)
        let traffic = Traffic(), compute = Compute(name: "compute", isWatched: true)
        let facts = ServiceFacts(
            version: Version.current, storeSchemaVersion: Store.schemaVersion,
            uptime: { (ContinuousClock.now - started) / .seconds(1) }, process: { ProcessFigures.current() },
            traffic: { traffic.snapshot() }, limits: configuration.limitsInfo)
        let server = try await RPCServer.listen(
            at: try address(), router: try router(store: store, jobs: jobs, compute: compute, facts: facts),
            limits: configuration.limits, traffic: traffic, logger: log)
        try await jobs.start()
        let place = configuration.inheritedSocket.map { InheritedSockets.path(of: $0) ?? "an inherited socket" } ?? socket
        log.notice("ready on \(place) after \(Int((ContinuousClock.now - started) / .milliseconds(1))) ms")
        notifier.ready(status: "answering on \(place)")
        let supervision = Supervision(
            notifier: notifier, watchdog: watchdog, reloads: reloads, reload: reload, server: server, jobs: jobs,
            compute: compute,
            place: place, log: log)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: ServerService(server: server, grace: Self.grace)),
                    .init(service: JobsService(jobs: jobs)),
                    .init(service: FreedMemory(log: log)),
                    .init(service: StaleReaders(store: store, log: log)),
                    .init(service: EngineWatch(store: store), failureTerminationBehavior: .gracefullyShutdownGroup),
                    // Services end in the reverse order: systemd hears first that the service ends.
                    .init(service: supervision),
                ], gracefulShutdownSignals: [.sigterm, .sigint], logger: log))
        return Running(group: group, lock: lock)
    }

    private var socket: String { configuration.text(.socket) }
    private var stateDirectory: String { configuration.text(.stateDirectory) }
    private var embeddedModel: String { configuration.text(.embeddedModel) }

    private var worker: WorkerProgram {
        let faults = configuration.hasFaultPoints ? ["--fault-points"] : []
        return WorkerProgram(
            path: configuration.worker,
            arguments: [
                "--store", stateDirectory, "--embedded-model", embeddedModel, "--threads",
                configuration.text(.threads), "--checkpoint-interval", configuration.text(.checkpointInterval),
            ] + faults)
    }

    /// Milliseconds since 1970.
    private static let now: @Sendable () -> Int = { Int(Date().timeIntervalSince1970 * 1000) }

    /// The store, cleared of what dead processes left behind.
    private func openStore() throws -> Store {
        let store = try Store(directory: stateDirectory)
        try Restoration.finish(store)
        do {
            try prepare(store)
        } catch let error as StoreError where error.isDamage {
            log.error("\(error) What dead processes left in the store stays; 'qklens store verify' says what to do")
        } catch StoreError.full {
            log.warning("the disk is full: what dead processes left in the store stays until the next start")
        }
        return store
    }

    /// All methods, over the embedded model and what is stored.
    private func router(store: Store, jobs: JobQueue, compute: Compute, facts: ServiceFacts) throws -> Router {
        let embedded = try LoadedModel(
            name: LoadedModel.name(ofDirectory: embeddedModel), directory: .own(embeddedModel), isEmbedded: true)
        let handlers = Registry.handlers(
            store: store, embedded: embedded, jobs: jobs, prompts: PromptCache(limit: configuration.number(.promptCache) << 20),
            compute: compute, clientRoots: configuration.clientRoots, goldens: configuration.goldens.map { .own($0) },
            facts: facts, now: Self.now)
        return Router(handlers, version: Version.current, checksReplies: configuration.isOn(.checkReplies), logger: log)
    }

    private func address() throws -> RPCServer.Address {
        if let descriptor = configuration.inheritedSocket { return .descriptor(descriptor) }
        try configuration.socketDirectory.prepare()
        return .path(socket, mode: Self.socketMode)
    }

    /// The names of the models whose decompositions stay.
    private func knownModels(_ store: Store) throws -> [String] {
        [LoadedModel.name(ofDirectory: embeddedModel)] + (try ModelRecords(store: store).all().map(\.model))
    }

    /// Clears what dead processes left behind.
    private func prepare(_ store: Store) throws {
        let readers = try store.clearStaleReaders()
        if readers > 0 { log.info("cleared \(readers) readers of processes that are gone") }
        // A worker that has not yet noticed the end of its service may be about to publish what it wrote.
        guard (try? DirectoryLock("worker", in: stateDirectory)) != nil else { return }
        let removed = try store.collectGarbage(
            published: MapArchive(store: store).publishedNumbers(),
            owners: DictionaryArchive(store: store).identifiers().union(SAEArchive(store: store).identifiers())
                .union(try knownModels(store).map(DecompositionArchive.owner)),
            examples: ExampleArchive(store: store).publishedNumbers())
        let unfinished = try JobRecords(store: store).all().filter { !$0.state.hasEnded }.map(\.job)
        let caches = try CacheArchive(store: store).collectGarbage(unfinishedJobs: Set(unfinished))
        let traces = try TraceArchive(store: store).collectGarbage(unfinishedJobs: Set(unfinished))
        if !traces.isEmpty { log.info("removed traces that were never published: \(traces)") }
        if !caches.isEmpty { log.info("removed activation caches that were never published: \(caches)") }
        if !removed.maps.isEmpty || !removed.owners.isEmpty || !removed.examples.isEmpty {
            log.info("removed what unfinished jobs had written: \(removed)")
        }
    }
}
