public import API
public import JSON
public import Logging
public import Store

/// The queue of heavy work: one job runs at a time, each in a worker process of its own.
///
/// 1. A submitted job is a record in the store before its submitter hears of it, so an acknowledged job survives anything.
/// 2. The worker writes its result and the job's end in one transaction; this queue writes every other change of a job's state.
/// 3. A worker that dies without a word is started again, `attemptsAllowed` times in a row; a job that was running when the service
///    ended goes back to the head of the queue when it starts.
public actor JobQueue {
    /// How many times in a row a job's worker may die before the job counts as failed; ends of the service do not count.
    public static let attemptsAllowed = 3
    /// How many jobs may wait; one more is refused with `busy`.
    ///
    /// *Source:* the protocol's table of limits.
    public static let waitingAllowed = 512

    private let records: JobRecords
    private let worker: WorkerProgram
    private let now: @Sendable () -> Int
    private let log: Logger

    /// Jobs that wait, in order.
    private var waiting: [String] = []
    /// How many submitted jobs are on their way to the disk.
    private var submitting = 0
    /// The job whose worker runs, and how to end it.
    private var running: (id: String, task: Task<Void, Never>, stop: StopSignal)?
    /// The newest state of jobs that changed since the service started, ahead of the store by the progress.
    private var progress: [String: JobProgress] = [:]
    /// Who listens to which job.
    private var listeners: [String: [Int: AsyncStream<JobInfo>.Continuation]] = [:]
    private var nextListener = 0
    private var isShuttingDown = false

    /// A queue over a store.
    ///
    /// - Parameters:
    ///   - store: Where jobs are recorded.
    ///   - worker: How a worker is started.
    ///   - now: Milliseconds since 1970.
    ///   - log: Where starts and ends are told.
    public init(store: Store, worker: WorkerProgram, now: @escaping @Sendable () -> Int, log: Logger) {
        records = JobRecords(store: store)
        self.worker = worker
        self.now = now
        self.log = log
    }

    /// Puts back what was waiting or running when the service last ended, and begins to work.
    public func start() async throws {
        let unfinished = try records.all().filter { $0.state == .queued || $0.state == .running }
        for job in unfinished where job.state == .running {
            // The worker of a service that was killed may have finished the job since it was read.
            let found = try await records.update(job.job) { if !$0.state.hasEnded { $0.state = .queued } }
            if found.state.hasEnded { continue }
            log.notice("job \(job.job) was interrupted and goes on", metadata: ["job": .string(job.job)])
        }
        let interrupted = unfinished.filter { $0.state == .running }, queued = unfinished.filter { $0.state == .queued }
        waiting = (interrupted + queued).map(\.job)
        startNext()
    }

    /// Records a job and queues it.
    ///
    /// - Returns: The job as recorded; from now on it survives the end of the service.
    public func submit(kind: JobKind, params: JSON, owner: Int) async throws -> JobInfo {
        if isShuttingDown { throw APIError(.shuttingDown, "the service is ending and takes no more jobs") }
        // Those whose records are being written count too: other submissions come in meanwhile.
        let before = waiting.count + submitting
        if before >= Self.waitingAllowed {
            throw APIError(
                .busy, "\(before) jobs are waiting already; try again when some have ended",
                facts: ["waiting": .integer(before), "limit": .integer(Self.waitingAllowed)])
        }
        submitting += 1
        defer { submitting -= 1 }
        let job = try await records.create(kind: kind, params: params, owner: owner, at: now())
        waiting.append(job.job)
        log.info("job \(job.job) (\(kind.rawValue)) is queued", metadata: ["job": .string(job.job)])
        startNext()
        return job
    }

    /// A job with its newest progress.
    public func job(_ id: String) throws -> JobInfo { withProgress(try records.job(id)) }

    /// Jobs in the order of their submission.
    ///
    /// - Parameter state: Only those in this state; nil for all.
    public func jobs(state: JobState?) throws -> [JobInfo] {
        try records.all().filter { state == nil || $0.state == state }.map(withProgress)
    }

    /// Cancels a job that waits or runs.
    ///
    /// - Throws: `permission_denied` for anyone but its owner and root, `job_already_finished` for one that has ended.
    public func cancel(_ id: String, by uid: Int) async throws -> JobInfo {
        let job = try owned(id, by: uid)
        guard job.state == .queued || job.state == .running else {
            throw APIError(
                .jobAlreadyFinished, "job \(id) has ended already (\(job.state.rawValue))",
                facts: ["job": .string(id), "state": .string(job.state.rawValue)])
        }
        if let running, running.id == id {
            running.stop.send(.cancelled)
            await running.task.value
            return try self.job(id)
        }
        waiting.removeAll { $0 == id }
        return try await end(id, .cancelled)
    }

    /// Removes the record of a job that has ended.
    ///
    /// - Throws: `permission_denied`, `job_not_finished`.
    public func delete(_ id: String, by uid: Int) async throws {
        let job = try owned(id, by: uid)
        if job.state == .queued || job.state == .running {
            throw APIError(
                .jobNotFinished, "job \(id) is \(job.state.rawValue); cancel it first",
                facts: ["job": .string(id), "state": .string(job.state.rawValue)])
        }
        try await records.delete(id)
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

    /// Stops the running worker and starts no other; its job goes on when the service starts again.
    public func shutDown() async {
        isShuttingDown = true
        guard let running else { return }
        running.stop.send(.interrupted)
        await running.task.value
    }
}

extension JobQueue {
    /// Starts the first waiting job if none runs.
    private func startNext() {
        guard running == nil, !isShuttingDown, !waiting.isEmpty else { return }
        let id = waiting.removeFirst()
        let stop = StopSignal()
        let task = Task { await self.work(id, stop) }
        running = (id, task, stop)
    }

    /// Runs a job's worker to its end, once or again.
    private func work(_ id: String, _ stop: StopSignal) async {
        do {
            try await runWorker(id, stop)
        } catch {
            log.error("job \(id): \(error)", metadata: ["job": .string(id)])
            _ = try? await end(id, .failed, error: String(describing: error))
        }
        running = nil
        startNext()
    }

    private func runWorker(_ id: String, _ stop: StopSignal) async throws {
        var deaths = 0
        while true {
            let started = now()
            let job = try await records.update(id) {
                guard !$0.state.hasEnded else { return }
                $0.state = .running
                $0.attempts += 1
                $0.started_ms = $0.started_ms ?? started
            }
            if job.state.hasEnded { return tell(job, last: true) }
            tell(job)
            let outcome = await worker.run(job: id, until: stop) { line in await self.hear(id, line) }
            // The worker may have ended the job in the very transaction that published its result.
            let after = try records.job(id)
            if after.state.hasEnded {
                log.info("job \(id) is \(after.state.rawValue)", metadata: ["job": .string(id)])
                // The worker reports its progress here only, so its last figures join the record now.
                let last = progress[id]
                tell(try await records.update(id) { $0.progress = last ?? $0.progress }, last: true)
                return
            }
            switch (outcome, stop.reason) {
            case (_, .cancelled): _ = try await end(id, .cancelled)
            case (_, .interrupted): tell(try await records.update(id) { $0.state = .queued })
            case (.failed(let message), nil): _ = try await end(id, .failed, error: message)
            case (.died(let how), nil):
                deaths += 1
                if deaths >= Self.attemptsAllowed {
                    _ = try await end(id, .failed, error: "the worker \(how), \(deaths) times in a row")
                    return
                }
                log.warning("the worker of job \(id) \(how); it is started again", metadata: ["job": .string(id)])
                continue
            }
            return
        }
    }

    /// Takes in a line of progress.
    private func hear(_ id: String, _ line: JobProgress) {
        progress[id] = line
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
        log.info("job \(id) is \(state.rawValue)", metadata: ["job": .string(id)])
        tell(job, last: true)
        return job
    }

    private func tell(_ job: JobInfo, last: Bool = false) {
        let job = withProgress(job)
        for continuation in (listeners[job.job] ?? [:]).values {
            continuation.yield(job)
            if last { continuation.finish() }
        }
        if last {
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
