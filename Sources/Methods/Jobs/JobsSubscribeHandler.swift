import API
import JSON
import Jobs

/// `jobs.subscribe`.
struct JobsSubscribeHandler: MethodHandler {
    typealias M = JobsSubscribe
    let jobs: JobQueue

    /// The name of the notifications.
    static let notification = "jobs.event"

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let job = try await jobs.job(params.job)
        if job.state.hasEnded { return job }
        let events = try await jobs.events(params.job)
        // The subscription outlives the call, and ends with the job or the connection.
        Task {
            for await job in events {
                guard let event = try? JSON(encoding: job) else { return }
                guard call.notify(Self.notification, ["job": event]) else { return }
            }
        }
        return job
    }
}
