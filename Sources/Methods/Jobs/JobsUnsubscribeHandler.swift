import API

/// `jobs.unsubscribe`.
struct JobsUnsubscribeHandler: ImmediateMethodHandler {
    typealias M = JobsUnsubscribe

    func answer(_ params: M.Params, in call: Call) -> M.Result {
        M.Result(unsubscribed: call.unsubscribe(from: JobsSubscribeHandler.topic(params.job)))
    }
}
