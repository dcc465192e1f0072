import JSON
import API
import Jobs

/// `jobs.wait`.
struct JobsWaitHandler: MethodHandler {
    typealias M = JobsWait
    let jobs: JobQueue

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let events = try await jobs.events(params.job)
        let waiting = Task {
            var last: JobInfo?
            for await job in events { last = job }
            return last
        }
        let timer = params.timeout_s.map { seconds in
            Task {
                try await Task.sleep(for: .seconds(seconds))
                waiting.cancel()
            }
        }
        defer { timer?.cancel() }
        let last = await withTaskCancellationHandler {
            await waiting.value
        } onCancel: {
            waiting.cancel()
        }
        try Task.checkCancellation()
        guard let last, last.state.hasEnded else {
            let job = try await jobs.job(params.job)
            if job.state.hasEnded { return job }
            throw APIError(
                .deadlineExceeded, "job \(params.job) is still \(job.state.rawValue) after \(params.timeout_s ?? 0) s",
                facts: ["job": .string(params.job), "state": .string(job.state.rawValue)])
        }
        return last
    }
}
