import API

/// `requests.cancel`.
struct RequestsCancelHandler: ImmediateMethodHandler {
    typealias M = RequestsCancel

    func answer(_ params: M.Params, in call: Call) -> M.Result { M.Result(cancelled: call.cancelRequest(params.id)) }
}
