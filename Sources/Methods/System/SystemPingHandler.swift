import API

/// `system.ping`.
struct SystemPingHandler: MethodHandler {
    typealias M = SystemPing

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result { M.Result() }
}
