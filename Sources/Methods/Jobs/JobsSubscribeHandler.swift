import API
import JSON
import Jobs

/// `jobs.subscribe`.
struct JobsSubscribeHandler: MethodHandler {
    typealias M = JobsSubscribe
    let jobs: JobQueue

    /// The name of the notifications.
    static let notification = "jobs.event"

    /// What a client subscribes to.
    static func topic(_ job: String) -> String { "\(notification) \(job)" }

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let job = try await jobs.job(params.job)
        if job.state.hasEnded { return job }
        let topic = Self.topic(params.job)
        call.subscribe(to: topic) { [jobs] in
            // A job that has been deleted meanwhile has no more events.
            guard let events = try? await jobs.events(params.job) else { return }
            for await job in events {
                guard let event = try? JSON(encoding: job) else { return }
                guard call.notify(Self.notification, ["job": event], replacing: topic) else { return }
            }
        }
        return job
    }
}
