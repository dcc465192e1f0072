// A call that is given up, by its deadline or by its client, is answered at that moment. Its handler is told to stop, and whoever
// carries the call out waits for that: what goes on counts as running.

import API
import JSON
import JSONRPC
import Synchronization

extension Router {
    /// Carries out one request.
    ///
    /// - Parameters:
    ///   - answer: gets the response as soon as there is one, which may be before the handler has ended; nil for a notification.
    func carryOut(_ request: Request, in call: Call, answer: @escaping @Sendable (Response?) -> Void) async {
        let first = FirstOutcome { outcome in answer(request.id.map { Response(id: $0, outcome: outcome) }) }
        await withTaskCancellationHandler {
            guard let deadline = deadline(of: request, in: call) else { return first.note(await outcome(of: request, in: call)) }
            let work = Task { first.note(await outcome(of: request, in: call)) }
            let alarm = Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                first.note(.failure(deadlineExceeded(by: request)))
                work.cancel()
            }
            await withTaskCancellationHandler {
                await work.value
            } onCancel: {
                work.cancel()
            }
            alarm.cancel()
        } onCancel: {
            first.note(.failure(.cancelled(request.method)))
        }
    }

    /// When a request's time is over; nil if it sets no deadline, or not a right one, which is refused with the other parameters.
    func deadline(of request: Request, in call: Call) -> ContinuousClock.Instant? {
        guard let milliseconds = request.params?[Deadline.name]?.integer, Deadline.range.contains(milliseconds) else {
            return nil
        }
        return call.received + .milliseconds(milliseconds)
    }

    /// The error of a request whose time is over.
    func deadlineExceeded(by request: Request) -> RPCError {
        let milliseconds = request.params?[Deadline.name]?.integer ?? 0
        return RPCError(
            APIError(
                .deadlineExceeded, "'\(request.method)' had no result after \(milliseconds) ms, its \(Deadline.name)",
                facts: [Deadline.name: .integer(milliseconds)]))
    }

    /// Takes the deadline out of the parameters, which the method itself does not know, and says what is wrong with it.
    static func removeDeadline(from params: inout JSON) -> [Violation] {
        guard case .object(var object) = params, let value = object[Deadline.name] else { return [] }
        object[Deadline.name] = nil
        params = .object(object)
        return Deadline.property.schema.validate(value, at: "params.\(Deadline.name)")
    }

    private func outcome(of request: Request, in call: Call) async -> Result<JSON, RPCError> {
        do throws(RPCError) {
            return .success(try await result(of: request, in: call))
        } catch {
            return .failure(error)
        }
    }
}

/// Passes on the first of several outcomes.
private final class FirstOutcome: Sendable {
    private let receive: Mutex<(@Sendable (Result<JSON, RPCError>) -> Void)?>

    init(_ receive: @escaping @Sendable (Result<JSON, RPCError>) -> Void) { self.receive = Mutex(receive) }

    func note(_ outcome: Result<JSON, RPCError>) { receive.withLock { $0.take() }?(outcome) }
}
