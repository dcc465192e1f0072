/// How one method is done.
public protocol MethodHandler: Sendable {
    /// The method.
    associatedtype M: Method

    /// Carries out one call.
    ///
    /// Runs on the cooperative pool, never on an event loop; long arithmetic belongs on an executor of its own. The task is
    /// cancelled when the caller has gone away, unless nobody was waiting for a reply in the first place.
    ///
    /// - Throws: ``APIError`` for whatever the caller can understand; anything else is reported as a bug of the service.
    func handle(_ params: M.Params, in call: Call) async throws -> M.Result
}

/// How a method is done that only looks something up.
///
/// Such a call is answered where its request was read, without a task of its own: a few microseconds, no waiting, nothing written.
public protocol ImmediateMethodHandler: MethodHandler {
    /// Carries out one call, on the connection's event loop; see ``MethodHandler/handle(_:in:)``.
    func answer(_ params: M.Params, in call: Call) throws -> M.Result
}

extension ImmediateMethodHandler {
    /// The answer, for a caller that may wait.
    public func handle(_ params: M.Params, in call: Call) async throws -> M.Result { try answer(params, in: call) }
}
