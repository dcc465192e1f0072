import API
import JSON
import Logging
import NIOCore
import RPCServer
import Synchronization

// The methods of the specification's examples, and some that wait, fail or overflow when told to.

enum Subtract: API.Method {
    struct Params: Codable, Sendable {
        var minuend: Int
        var subtrahend: Int
    }
    typealias Result = Int
    static let name = "subtract"
    static let summary = "Subtracts."
    static let description = ""
    static let params = Schema.object(
        "", [.required("minuend", .integer("From which.")), .required("subtrahend", .integer("What.", in: -100...100))])
    static let result = Schema.integer()
    static let errors: [ErrorKind] = []
    static let example: (params: JSON, result: JSON?) = (["minuend": 42, "subtrahend": 23], 19)
    static let parameterStructure = ParameterStructure.either
}

/// Methods without a type of their own: any parameters, any result.
struct Loose<Name: MethodName>: MethodHandler {
    enum M: API.Method {
        typealias Params = JSON
        typealias Result = JSON
        static var name: String { Name.name }
        static var summary: String { "Does what a test needs." }
        static var description: String { "" }
        static var params: Schema { Name.params }
        static var result: Schema { .any() }
        static var errors: [ErrorKind] { [.featureOutOfRange] }
        static var example: (params: JSON, result: JSON?) { ([:], nil) }
        static var parameterStructure: ParameterStructure { .either }
    }
    let body: @Sendable (JSON, Call) async throws -> JSON
    init(_ name: Name.Type, _ body: @escaping @Sendable (JSON, Call) async throws -> JSON) { self.body = body }
    func handle(_ params: JSON, in call: Call) async throws -> JSON { try await body(params, call) }
}

protocol MethodName: Sendable {
    static var name: String { get }
    static var params: Schema { get }
}

extension MethodName {
    static var name: String { "\(self)".lowercased() }
    static var params: Schema { .object("", ["a", "b", "c", "d", "e"].map { .optional($0, .any()) }) }
}

enum Sum: MethodName {}
enum Update: MethodName {}
enum Notify_Hello: MethodName {}
enum Notify_Sum: MethodName {}
enum Get_Data: MethodName {}
/// Waits until the test lets it go.
enum Hold: MethodName {}
enum Fail: MethodName {}
enum Crash: MethodName {}
/// Waits until the test lets it go, whatever its caller says.
enum Insist: MethodName {}
/// Replies with so many bytes.
enum Big: MethodName {}
/// Sends three notifications, then its result.
enum Count: MethodName {}
/// Gives a result that is not an object, against its schema's word.
enum Who: MethodName {}

/// Answered where the request is read; all other methods of the tests have a task each.
struct SubtractHandler: ImmediateMethodHandler {
    typealias M = Subtract
    func answer(_ params: Subtract.Params, in call: Call) -> Int { params.minuend - params.subtrahend }
}

/// As the service has it.
struct CancelHandler: ImmediateMethodHandler {
    typealias M = RequestsCancel
    func answer(_ params: M.Params, in call: Call) -> M.Result { M.Result(cancelled: call.cancelRequest(params.id)) }
}

/// Lets a test see how many calls wait, and let them go.
final class Gate: Sendable {
    private struct State {
        var waiting = 0
        var mostWaiting = 0
        var cancelled = 0
        var isOpen = false
        var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
        var next = 0
        var watchers: [(@Sendable (Int, Int) -> Bool, CheckedContinuation<Void, Never>)] = []
    }
    private let state = Mutex(State())

    /// Waits until the gate opens or the task is cancelled.
    func pass() async throws {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if state.isOpen { return .success(()) }
                    if Task.isCancelled {
                        state.cancelled += 1
                        return .failure(CancellationError())
                    }
                    state.waiters[ticket] = continuation
                    state.waiting += 1
                    state.mostWaiting = max(state.mostWaiting, state.waiting)
                    return nil
                }
                if let result { continuation.resume(with: result) }
                wake()
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let waiter = state.waiters.removeValue(forKey: ticket) else { return nil }
                state.waiting -= 1
                state.cancelled += 1
                return waiter
            }
            waiter?.resume(throwing: CancellationError())
            wake()
        }
    }

    /// Lets everyone through, now and later.
    func open() {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            state.isOpen = true
            state.waiting = 0
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    var mostWaiting: Int { state.withLock { $0.mostWaiting } }

    /// Waits until the numbers of waiting and of cancelled calls are as described, or the test's time is over.
    func until(_ isReached: @escaping @Sendable (_ waiting: Int, _ cancelled: Int) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { $0.watchers.append((isReached, continuation)) }
                wake()
            }
        } onCancel: {
            let watchers = state.withLock { state in
                defer { state.watchers = [] }
                return state.watchers
            }
            for (_, continuation) in watchers { continuation.resume() }
        }
    }

    private func wake() {
        let ready = state.withLock { state in
            let ready = state.watchers.filter { $0.0(state.waiting, state.cancelled) }
            state.watchers.removeAll { $0.0(state.waiting, state.cancelled) }
            return ready
        }
        for (_, continuation) in ready { continuation.resume() }
    }
}

struct Mishap: Error {}

let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func testRouter(gate: Gate = Gate(), checksReplies: Bool = true, logger: Logger = silent) -> Router {
    Router(
        [
            SubtractHandler(), CancelHandler(),
            Loose(Sum.self) { params, _ in .integer((params.object ?? [:]).reduce(0) { $0 + ($1.value.integer ?? 0) }) },
            Loose(Update.self) { _, _ in nil },
            Loose(Notify_Hello.self) { _, _ in
                try await gate.pass(); return nil
            },
            Loose(Notify_Sum.self) { _, _ in nil },
            Loose(Get_Data.self) { _, _ in ["hello", 5] },
            Loose(Hold.self) { params, _ in
                try await gate.pass()
                return params
            },
            Loose(Insist.self) { params, _ in
                try await Task { try await gate.pass() }.value
                return params
            },
            Loose(Fail.self) { _, _ in throw APIError(.featureOutOfRange, "feature 7 is out of range", facts: ["feature": 7]) },
            Loose(Crash.self) { _, _ in throw Mishap() },
            Loose(Big.self) { params, _ in .string(String(repeating: "x", count: params["a"]?.integer ?? 0)) },
            Loose(Count.self) { _, call in
                for step in 1...3 { call.notify("count.step", ["step": .integer(step)]) }
                return [:]
            },
            Loose(Who.self) { _, call in ["uid": .integer(Int(call.peer.uid)), "pid": .integer(Int(call.peer.pid))] },
        ], version: "0.0.1", checksReplies: checksReplies, logger: logger)
}
