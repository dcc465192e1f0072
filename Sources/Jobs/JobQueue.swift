public import API
private import Glibc
public import JSON
public import Logging
public import Store

/// The queue of heavy work: jobs in the order of their submission, `atOnce` of them at a time, each in a worker process of its own.
///
/// 1. A submitted job is a record in the store before its submitter hears of it, so an acknowledged job survives anything.
/// 2. The worker writes its result and the job's end in one transaction; this queue writes every other change of a job's state.
/// 3. A worker that dies without a word is started again and goes on from its last checkpoint, until it has died `attemptsAllowed`
///    times without a new one; a job that was running when the service ended goes back to the head of the queue when it starts.
/// 4. When a job has ended, its files go but for its metrics, which go with its record.
public actor JobQueue {
    /// How many times a job's worker may die without a checkpoint in between before the job counts as failed; ends of the service do
    /// not count.
    public static let attemptsAllowed = 3
    /// How many times a worker may fail to start, half a second apart, before the job counts as failed.
    static let startsAllowed = 10
    private let records: JobRecords
    private let worker: WorkerProgram
    private let storeDirectory: String
    private let atOnce: Int
    private let waitingAllowed: Int
    private let now: @Sendable () -> Int
    private let log: Logger

    /// Whether the workers are of another version than this service.
    private var isOutdated = false
    /// Jobs that wait, in order.
    private var waiting: [String] = []
    /// How many submitted jobs are on their way to the disk.
    private var submitting = 0
    /// The jobs whose workers run, and how to end each.
    private var running: [String: (task: Task<Void, Never>, stop: StopSignal)] = [:]
    /// The jobs whose present worker has written a checkpoint.
    private var advanced: Set<String> = []
    /// The newest state of jobs that changed since the service started, ahead of the store by the progress.
    private var progress: [String: JobProgress] = [:]
    /// Who listens to which job.
    private var listeners: [String: [Int: AsyncStream<JobInfo>.Continuation]] = [:]
    private var nextListener = 0
    /// Who waits for the end of a job that they cancel.
    private var cancellers: [String: [CheckedContinuation<Void, any Error>]] = [:]
    /// The jobs that have ended since the service started, by how.
    private var ended: [JobState: Int] = [:]
    private var isShuttingDown = false

    /// A queue over a store.
    ///
    /// - Parameters:
    ///   - store: Where jobs are recorded.
    ///   - directory: The store's directory, below which each job has its own.
    ///   - worker: How a worker is started.
    ///   - atOnce: How many jobs may run at the same time.
    ///   - waitingAllowed: How many jobs may wait; one more is refused with `busy`.
    ///   - now: Milliseconds since 1970.
    ///   - log: Where starts and ends are told.
    public init(
        store: Store, directory: String, worker: WorkerProgram, atOnce: Int = 1, waitingAllowed: Int = 512,
        now: @escaping @Sendable () -> Int, log: Logger
    ) {
        precondition(atOnce > 0, "\(atOnce) jobs at once")
        records = JobRecords(store: store)
        storeDirectory = directory
        self.worker = worker
        self.atOnce = atOnce
        self.waitingAllowed = waitingAllowed
        self.now = now
        self.log = log
    }

    /// Puts back what was waiting or running when the service last ended, and begins to work.
    public func start() async throws {
        let (all, damaged) = try records.readable(), unfinished = all.filter { !$0.state.hasEnded }
        for id in damaged {
            log.error("the record of job \(id) is damaged; 'qklens store verify' says more", metadata: ["job": .string(id)])
        }
        // A service that was killed may not have come to it.
        for job in all where job.state.hasEnded { files(job.job).removeAllButMetrics() }
        JobDirectory.remove(allBut: Set(all.map(\.job) + damaged), store: storeDirectory)
        for job in unfinished where job.state == .running {
            // The worker of a service that was killed may have finished the job since it was read.
            do {
                let found = try await records.update(job.job) { if !$0.state.hasEnded { $0.state = .queued } }
                if found.state.hasEnded { continue }
            } catch StoreError.full {
                // It goes on as it is recorded.
            }
            log.notice("job \(job.job) was interrupted and goes on", metadata: ["job": .string(job.job)])
        }
        let interrupted = unfinished.filter { $0.state == .running }, queued = unfinished.filter { $0.state == .queued }
        waiting = (interrupted + queued).map(\.job)
        startNext()
    }

    /// Records a job and queues it.
    ///
    /// - Parameters:
    ///   - kind: The method that starts it.
    ///   - params: What it is to do.
    ///   - owner: The user who submits it.
    ///   - clientRoots: Beneath which directories its files must lie; nil for anywhere.
    ///   - request: The request that submits it, for the log.
    /// - Returns: The job as recorded; from now on it survives the end of the service.
    public func submit(
        kind: JobKind, params: JSON, owner: Int, clientRoots: [String]?, request: RequestNumber? = nil
    ) async throws -> JobInfo {
        if isShuttingDown { throw APIError(.shuttingDown, "the service is ending and takes no more jobs") }
        // Those whose records are being written count too: other submissions come in meanwhile.
        let before = waiting.count + submitting
        if before >= waitingAllowed {
            throw APIError(
                .busy, "\(before) jobs are waiting already; try again when some have ended",
                facts: ["waiting": .integer(before), "limit": .integer(waitingAllowed)])
        }
        submitting += 1
        defer { submitting -= 1 }
        let job = try await records.create(kind: kind, params: params, owner: owner, clientRoots: clientRoots, at: now())
        waiting.append(job.job)
        var facts: Logger.Metadata = ["job": .string(job.job), "uid": .stringConvertible(owner)]
        if let request { facts["request"] = .stringConvertible(request) }
        log.info("job \(job.job) (\(kind.rawValue)) is queued", metadata: facts)
        startNext()
        return job
    }

    /// A job with its newest progress.
    public func job(_ id: String) throws -> JobInfo { withProgress(try records.job(id)) }

    /// How many jobs wait, run, and have ended since the service started.
    public var counts: JobCounts { JobCounts(waiting: waiting.count, running: running.count, ended: ended) }

    /// Jobs in the order of their submission.
    ///
    /// - Parameter state: Only those in this state; nil for all.
    public func jobs(state: JobState?) throws -> [JobInfo] {
        try records.all().filter { state == nil || $0.state == state }.map(withProgress)
    }

    /// The jobs whose workers run, with their newest progress.
    public func atWork() throws -> [JobInfo] { try running.keys.sorted().map { try job($0) } }

    /// Cancels a job that waits or runs.
    ///
    /// Where its end cannot be written, for want of room, its worker is ended all the same and the end is written as soon as it can be; the
    /// caller is told at once.
    ///
    /// - Throws: ``StoreError`` if the end is not recorded yet; `permission_denied` for anyone but its owner and root, `job_already_finished` for one that has ended.
    public func cancel(_ id: String, by uid: Int) async throws -> JobInfo {
        let job = try owned(id, by: uid)
        guard job.state == .queued || job.state == .running else {
            throw APIError(
                .jobAlreadyFinished, "job \(id) has ended already (\(job.state.rawValue))",
                facts: ["job": .string(id), "state": .string(job.state.rawValue)])
        }
        if let worker = running[id] {
            worker.stop.send(.cancelled)
            try await recordedEnd(of: id)
            return try self.job(id)
        }
        let place = waiting.firstIndex(of: id)
        if let place { waiting.remove(at: place) }
        do {
            return try await end(id, .cancelled)
        } catch {
            // Its record still says that it waits, and so it does.
            if let place { waiting.insert(id, at: min(place, waiting.count)) }
            throw error
        }
    }

    /// Returns when a job at work has ended, and is recorded so.
    ///
    /// - Throws: The store's error if the record cannot be written now.
    private func recordedEnd(of id: String) async throws {
        try await withCheckedThrowingContinuation { continuation in
            cancellers[id, default: []].append(continuation)
        }
    }

    /// Tells those who cancel a job what came of it.
    private func answerCancellers(of id: String, _ outcome: Result<Void, any Error>) {
        for continuation in cancellers.removeValue(forKey: id) ?? [] { continuation.resume(with: outcome) }
    }

    /// Removes the record of a job that has ended.
    ///
    /// - Throws: `permission_denied`, `job_not_finished`.
    public func delete(_ id: String, by uid: Int) async throws {
        if let job = try ownedUnlessDamaged(id, by: uid), !job.state.hasEnded {
            throw APIError(
                .jobNotFinished, "job \(id) is \(job.state.rawValue); cancel it first",
                facts: ["job": .string(id), "state": .string(job.state.rawValue)])
        }
        try await records.delete(id)
        files(id).remove()
        progress[id] = nil
    }

    /// Every change of a job from now on, its present state first; ends after the state in which the job ended.
    public func events(_ id: String) throws -> AsyncStream<JobInfo> {
        let job = try self.job(id)
        let (stream, continuation) = AsyncStream.makeStream(of: JobInfo.self, bufferingPolicy: .bufferingNewest(8))
        continuation.yield(job)
        if job.state.hasEnded {
            continuation.finish()
            return stream
        }
        let number = nextListener
        nextListener += 1
        listeners[id, default: [:]][number] = continuation
        continuation.onTermination = { _ in Task { await self.forget(id, number) } }
        return stream
    }

    /// Stops the running workers and starts no others; their jobs go on when the service starts again.
    public func shutDown() async {
        isShuttingDown = true
        let workers = running.values
        for worker in workers { worker.stop.send(.interrupted) }
        for worker in workers { await worker.task.value }
    }

    /// The files of a job.
    public nonisolated func files(_ id: String) -> JobDirectory { JobDirectory(store: storeDirectory, job: id) }
}

extension JobQueue {
    /// Starts the first waiting jobs while there is room.
    private func startNext() {
        while running.count < atOnce, !isShuttingDown, !isOutdated, !waiting.isEmpty {
            let id = waiting.removeFirst()
            let stop = StopSignal()
            running[id] = (Task { await self.work(id, stop) }, stop)
        }
    }

    /// Runs a job's worker to its end, once or again.
    private func work(_ id: String, _ stop: StopSignal) async {
        do {
            try await runWorker(id, stop)
        } catch let error as StoreError where error.mayPass {
            log.error("job \(id) goes on when the service starts again: \(error)", metadata: ["job": .string(id)])
            if stop.reason == .cancelled {
                do { try await finish(id, .cancelled) } catch { answerCancellers(of: id, .failure(error)) }
            }
        } catch {
            log.error("job \(id): \(error)", metadata: ["job": .string(id)])
            _ = try? await end(id, .failed, error: String(describing: error))
        }
        running[id] = nil
        answerCancellers(of: id, .success(()))
        startNext()
    }

    private func runWorker(_ id: String, _ stop: StopSignal) async throws {
        var deaths = 0, failures = 0
        while true {
            let started = now()
            let job = try await recorded(id, stop) {
                guard !$0.state.hasEnded else { return }
                $0.state = .running
                $0.attempts += 1
                $0.started_ms = $0.started_ms ?? started
            }
            if job.state.hasEnded { return tell(job, last: true) }
            tell(job)
            advanced.remove(id)
            let outcome = await worker.run(job: id, until: stop) { line in await self.hear(id, line) }
            // The worker may have ended the job in the very transaction that published its result.
            let after = try records.job(id)
            if after.state.hasEnded {
                log.info("job \(id) is \(after.state.rawValue)", metadata: ["job": .string(id)])
                // The worker reports its progress here only, so its last figures join the record now.
                let last = progress[id]
                tell((try? await records.update(id) { $0.progress = last ?? $0.progress }) ?? after, last: true)
                files(id).removeAllButMetrics()
                return
            }
            switch (outcome, stop.reason) {
            case (_, .cancelled): try await finish(id, .cancelled)
            case (_, .interrupted): tell(try await records.update(id) { $0.state = .queued })
            case (.failed(let message), nil): try await finish(id, .failed, error: message)
            case (.unstarted(let why), nil):
                // Not the job's fault, nor that of those behind it: what is wanting may be there in a moment.
                failures += 1
                if failures >= Self.startsAllowed { return try await finish(id, .failed, error: why) }
                log.warning("job \(id): \(why); it is tried again", metadata: ["job": .string(id)])
                try? await Task.sleep(for: Self.pause)
                continue
            case (.unfit(let why), nil):
                // An upgrade: the new service understands its worker. Until then every job waits.
                isOutdated = true
                log.error("\(why); jobs wait until the service is started again", metadata: ["job": .string(id)])
                progress[id] = JobProgress(stage: JobProgress.serviceRestart, step: 0, of: 0, tokens_per_s: 0, metrics: [:])
                tell(withProgress(try await records.update(id) { $0.state = .queued }))
                waiting.insert(id, at: 0)
            case (.died(let how), nil):
                deaths = advanced.contains(id) ? 1 : deaths + 1
                if deaths >= Self.attemptsAllowed {
                    try await finish(id, .failed, error: "the worker \(how), \(deaths) times without a new checkpoint")
                    return
                }
                log.warning("the worker of job \(id) \(how); it is started again", metadata: ["job": .string(id)])
                continue
            }
            return
        }
    }

    /// Changes the record of a job that is at work; while the disk is full, or fails, it waits, tells so, and tries again.
    ///
    /// - Parameter stop: Ends the waiting; nil: only the end of the service does.
    /// - Throws: The store's error if it was told to wait no longer; the job goes on when the service starts again.
    private func recorded(
        _ id: String, _ stop: StopSignal? = nil, _ change: @escaping @Sendable (inout JobInfo) -> Void
    ) async throws -> JobInfo {
        let before = progress[id]
        while true {
            do {
                let job = try await records.update(id, change)
                if progress[id]?.stage == JobProgress.diskFull { progress[id] = before }
                return job
            } catch let error as StoreError {
                guard error.mayPass, !error.isEndOfEngine, !isShuttingDown, stop?.reason == nil else { throw error }
                if progress[id]?.stage != JobProgress.diskFull {
                    log.warning("job \(id) waits: \(error)", metadata: ["job": .string(id)])
                }
                answerCancellers(of: id, .failure(error))
                progress[id] = JobProgress(stage: JobProgress.diskFull, step: 0, of: 0, tokens_per_s: 0, metrics: [:])
                if let job = try? records.job(id) { tell(job) }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// How long a full disk is left alone.
    private static let pause = Duration.milliseconds(500)

    /// Writes the end of a job that was at work, as soon as there is room for it.
    private func finish(_ id: String, _ state: JobState, error: String? = nil) async throws {
        let (ended, last) = (now(), progress[id])
        tellEnd(
            try await recorded(id) {
                $0.state = state
                $0.ended_ms = ended
                $0.error = error
                $0.progress = last
            })
    }

    /// Takes in a line of a worker's report.
    private func hear(_ id: String, _ line: WorkerMessage) async {
        if line.checkpoint != nil { advanced.insert(id) }
        if let resumed = line.resumed {
            log.notice(
                "job \(id) goes on from step \(resumed.step)\(resumed.bit_identical ? "" : ", on a machine that computes otherwise")"
            )
            // Once it has gone on elsewhere, what follows is never again the numbers of an uninterrupted run.
            _ = try? await records.update(id) { $0.bit_identical = resumed.bit_identical && $0.bit_identical != false }
        }
        guard let newest = line.progress else { return }
        progress[id] = newest
        if let job = try? self.job(id) { tell(job) }
    }

    /// Writes a job's end and tells everyone.
    private func end(_ id: String, _ state: JobState, error: String? = nil) async throws -> JobInfo {
        let (ended, last) = (now(), progress[id])
        let job = try await records.update(id) {
            $0.state = state
            $0.ended_ms = ended
            $0.error = error
            $0.progress = last
        }
        tellEnd(job)
        return job
    }

    /// Clears up after a job whose end is recorded.
    private func tellEnd(_ job: JobInfo) {
        log.info("job \(job.job) is \(job.state.rawValue)", metadata: ["job": .string(job.job)])
        files(job.job).removeAllButMetrics()
        tell(job, last: true)
    }

    private func tell(_ job: JobInfo, last: Bool = false) {
        let job = withProgress(job)
        for continuation in (listeners[job.job] ?? [:]).values {
            continuation.yield(job)
            if last { continuation.finish() }
        }
        if last {
            ended[job.state, default: 0] += 1
            listeners[job.job] = nil
            progress[job.job] = nil
        }
    }

    private func forget(_ id: String, _ number: Int) {
        listeners[id]?[number] = nil
        if listeners[id]?.isEmpty == true { listeners[id] = nil }
    }

    private func withProgress(_ job: JobInfo) -> JobInfo {
        var job = job
        if let newest = progress[job.job] { job.progress = newest }
        return job
    }

    /// The job, if the user may change it.
    private func ownedUnlessDamaged(_ id: String, by uid: Int) throws -> JobInfo? {
        do {
            return try owned(id, by: uid)
        } catch StoreError.corrupt where uid == 0 || uid == Int(geteuid()) {
            // Whose it was cannot be known any more.
            return nil
        }
    }

    private func owned(_ id: String, by uid: Int) throws -> JobInfo {
        let job = try records.job(id)
        guard uid == job.owner_uid || uid == 0 else {
            throw APIError(
                .permissionDenied, "job \(id) belongs to user \(job.owner_uid); only that user or root may change it",
                facts: ["job": .string(id), "owner_uid": .integer(job.owner_uid), "uid": .integer(uid)])
        }
        return job
    }
}

extension StoreError {
    /// Whether the store may take later what it refuses now: nothing is wrong with what was asked.
    fileprivate var mayPass: Bool {
        switch self {
        case .full, .failed, .stopped: true
        default: false
        }
    }

    /// Whether only a new start of the service helps.
    fileprivate var isEndOfEngine: Bool { if case .stopped = self { true } else { false } }
}
