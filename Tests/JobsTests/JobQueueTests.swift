import API
import Foundation
import JSON
import Jobs
import Testing

/// The queue by itself, with shell scripts for workers: what it starts when, and what it makes of how they end.
@Suite(.timeLimit(.minutes(1))) struct JobQueueTests {
    let place: QueuePlace
    /// How many starts of a worker may fail.
    static let startsAllowed = 10

    init() throws { place = try QueuePlace() }

    @Test func `jobs run one at a time in the order of their submission, the tenth after the ninth`() async throws {
        let queue = try place.queue("echo $2 >> order; echo '{\"failed\": \"paper jam\"}'")
        var jobs: [String] = []
        for _ in 0..<12 { jobs.append(try await queue.submit().job) }
        let last = try await queue.end(of: "j12")
        #expect(last.state == .failed && last.error == "paper jam" && last.attempts == 1)
        #expect(jobs == (1...12).map { "j\($0)" } && place.lines("order") == jobs)
    }

    @Test func `a restart begins with the interrupted job and keeps the order of the others`() async throws {
        let before = try place.queue(QueuePlace.endless)
        for _ in 0..<11 { try await before.submit() }
        try await before.until("j1") { $0.progress?.step == 1 }
        await before.shutDown()
        #expect(try await before.job("j1").state == .queued)
        await #expect(throws: APIError.self) { try await before.submit() }

        let after = try place.queue("echo $2 >> order; echo '{\"failed\": \"paper jam\"}'")
        try await after.start()
        _ = try await after.end(of: "j11")
        #expect(place.lines("order") == (1...11).map { "j\($0)" })
        #expect(try await after.job("j1").attempts == 2)
        #expect(try await after.job("j2").attempts == 1)
    }

    @Test func `a worker that dies each time fails its job after three attempts, with its last words`() async throws {
        let queue = try place.queue("echo the paper is out >&2; exit 3")
        let id = try await queue.submit().job
        let job = try await queue.end(of: id)
        #expect(job.state == .failed && job.attempts == 3)
        #expect(job.error == "the worker exited with status 3: the paper is out, 3 times without a new checkpoint")
    }

    @Test func `a worker that is not there for a moment is waited for`() async throws {
        let queue = place.queue(program: place.unwritten.path)
        let id = try await queue.submit().job
        try await queue.until(id) { $0.attempts == 2 }
        try "#!/bin/sh\necho '{\"failed\": \"paper jam\"}'\n".write(to: place.unwritten, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: place.unwritten.path)
        let job = try await queue.end(of: id)
        #expect(job.error == "paper jam" && job.attempts < JobQueueTests.startsAllowed)
    }

    @Test func `ends of the service do not count as deaths of the worker`() async throws {
        for attempt in 1...3 {
            let queue = try place.queue(QueuePlace.endless)
            if attempt == 1 { try await queue.submit() } else { try await queue.start() }
            try await queue.until("j1") { $0.attempts == attempt && $0.progress?.step == 1 }
            await queue.shutDown()
        }
        let queue = try place.queue("test -e again && echo '{\"failed\": \"paper jam\"}' && exit; touch again; kill -9 $$")
        try await queue.start()
        let job = try await queue.end(of: "j1")
        #expect(job.error == "paper jam" && job.attempts == 5)
    }

    @Test func `a job whose worker was started again can still be cancelled`() async throws {
        let queue = try place.queue("test -e again || { touch again; kill -9 $$; }; " + QueuePlace.endless)
        let id = try await queue.submit().job
        try await queue.until(id) { $0.attempts == 2 && $0.progress?.step == 1 }
        let cancelled = try await queue.cancel(id, by: 0)
        #expect(cancelled.state == .cancelled && cancelled.attempts == 2)
    }

    @Test func `a cancelled job that waits is never started`() async throws {
        let queue = try place.queue(
            "echo $2 >> order; test $2 = j3 && echo '{\"failed\": \"paper jam\"}' && exit; " + QueuePlace.endless)
        for _ in 0..<3 { try await queue.submit() }
        #expect(try await queue.cancel("j2", by: 0).state == .cancelled)
        try await queue.until("j1") { $0.progress?.step == 1 }
        #expect(try await queue.cancel("j1", by: 0).state == .cancelled)
        _ = try await queue.end(of: "j3")
        #expect(place.lines("order") == ["j1", "j3"])
        #expect(try await queue.job("j2").attempts == 0)
    }

    @Test func `512 jobs may wait unless told otherwise, and the next is refused as busy`() async throws {
        let queue = try place.queue(QueuePlace.endless)
        try await queue.submit()
        try await queue.until("j1") { $0.progress?.step == 1 }
        let refused = await withTaskGroup(of: APIError?.self) { group in
            for _ in 0..<512 + 5 {
                group.addTask {
                    do { try await queue.submit() } catch { return error as? APIError }
                    return nil
                }
            }
            return await group.reduce(into: [APIError]()) { errors, error in if let error { errors.append(error) } }
        }
        #expect(refused.count == 5 && refused.allSatisfy { $0.kind == .busy && $0.facts["limit"] == 512 })
        #expect(try await queue.jobs(state: .queued).count == 512)
        await queue.shutDown()
    }

    @Test func `only its owner and root may cancel or delete a job`() async throws {
        let queue = try place.queue(QueuePlace.endless)
        let id = try await queue.submit(owner: 1000).job
        for change in [{ _ = try await queue.cancel(id, by: 1001) }, { try await queue.delete(id, by: 1001) }] {
            let error = await #expect(throws: APIError.self) { try await change() }
            #expect(error?.kind == .permissionDenied && error?.message.contains("user 1000") == true)
        }
        let unfinished = await #expect(throws: APIError.self) { try await queue.delete(id, by: 1000) }
        #expect(unfinished?.kind == .jobNotFinished)
        #expect(try await queue.cancel(id, by: 1000).state == .cancelled)
        try await queue.delete(id, by: 0)
        let gone = await #expect(throws: APIError.self) { try await queue.job(id) }
        #expect(gone?.kind == .jobNotFound)
    }

    @Test(arguments: [64, 75])
    func `a worker of another version is not started again; every job waits for the service to be`(_ status: Int) async throws {
        let queue = try place.queue("echo $2 >> order; echo \"unknown option '--new'\" >&2; exit \(status)")
        try await queue.submit()
        let waiting = try await queue.until("j1") { $0.progress?.stage == JobProgress.serviceRestart }
        #expect(waiting.state == .queued && waiting.attempts == 1 && waiting.error == nil)
        // Neither the job nor one behind it is tried before the service is started again.
        try await queue.submit()
        #expect(try await queue.cancel("j2", by: 0).state == .cancelled)
        let counts = await queue.counts
        #expect(place.lines("order") == ["j1"] && counts.waiting == 1)
        await queue.shutDown()

        let after = try place.queue("echo $2 >> order; echo '{\"failed\": \"paper jam\"}'")
        try await after.start()
        #expect(try await after.end(of: "j1").error == "paper jam")
        #expect(place.lines("order") == ["j1", "j1"])
    }

    @Test func `a worker that is not there fails the job with its path`() async throws {
        let queue = place.queue(program: "/nonexistent/worker")
        let id = try await queue.submit().job
        let job = try await queue.end(of: id)
        #expect(job.state == .failed && job.error?.contains("/nonexistent/worker") == true)
    }
}
