import API

/// `system.ping`.
struct SystemPingHandler: ImmediateMethodHandler {
    typealias M = SystemPing

    func answer(_ params: M.Params, in call: Call) -> M.Result { M.Result() }
}
