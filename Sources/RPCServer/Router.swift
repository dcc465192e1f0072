// From a request to its reply, without a socket in sight.
//
// 1. Find the handler by the method's name.
// 2. Check the parameters against the method's schema, and fill in its defaults.
// 3. Decode, call, encode.
// 4. Whatever is thrown becomes an error on the wire, here and nowhere else.

public import API
public import JSON
public import JSONRPC
public import Logging
import Synchronization

/// Finds and calls the handlers.
public struct Router: Sendable {
    private let handlers: [String: any MethodHandler]
    /// Those among them that answer without a task of their own.
    private let immediate: [String: any ImmediateMethodHandler]
    private let checksReplies: Bool
    private let logger: Logger

    /// The methods in the order in which they are described.
    public let methods: [any Method.Type]

    /// A router for handlers; `rpc.discover` is added, since it describes them.
    ///
    /// - Parameters:
    ///   - handlers: one per method.
    ///   - version: the version of the service, for its description.
    ///   - checksReplies: also holds every result to its method's schema, and every error to those that the method names; a reply that
    ///     is not as promised is an internal error.
    ///   - logger: where internal errors go.
    public init(_ handlers: [any MethodHandler], version: String, checksReplies: Bool = false, logger: Logger) {
        let methods = [RPCDiscover.self as any Method.Type] + handlers.map { Router.method(of: $0) }
        let discover = DiscoverHandler(document: OpenRPC.document(of: methods, serviceVersion: version))
        self.methods = methods
        self.handlers = Dictionary(zip(methods.map { $0.name }, [discover] + handlers)) { first, _ in
            preconditionFailure("two handlers for the method '\(Router.method(of: first).name)'")
        }
        immediate = self.handlers.compactMapValues { $0 as? any ImmediateMethodHandler }
        self.checksReplies = checksReplies
        self.logger = logger
    }

    private static func method(of handler: some MethodHandler) -> any Method.Type { type(of: handler).M }

    /// Answers one request; nil if it is a notification, which is carried out and never answered.
    public func answer(_ request: Request, in call: Call) async -> Response? {
        let answers = Mutex<Response?>(nil)
        await carryOut(request, in: call) { answer in answers.withLock { $0 = answer } }
        return answers.withLock(\.self)
    }

    /// Whether a request's method only looks something up, so that ``answerImmediately(_:in:)`` may be called.
    func isImmediate(_ request: Request) -> Bool { immediate[request.method] != nil }

    /// Answers a request whose method only looks something up; nil if it is a notification.
    func answerImmediately(_ request: Request, in call: Call) -> Response? {
        guard let handler = immediate[request.method] else {
            preconditionFailure("'\(request.method)' may wait and cannot be answered at once")
        }
        let outcome: Result<JSON, RPCError>
        do {
            outcome = .success(try runImmediately(handler, request.params, in: call))
        } catch {
            outcome = .failure(translate(error, from: request.method, in: call))
        }
        return request.id.map { Response(id: $0, outcome: outcome) }
    }

    /// Answers one frame without a connection, its batch entries one after the other; nil if there is nothing to say.
    public func answer(frame: [UInt8], from peer: Peer, limits: Limits = Limits()) async -> JSON? {
        switch Message(parsing: frame, depth: limits.depth, batchLimit: limits.batch) {
        case .refused(let response): return response.json
        case .single(let entry): return await answer(entry, from: peer)?.json
        case .batch(let entries):
            var replies: [JSON] = []
            for entry in entries {
                if let response = await answer(entry, from: peer) { replies.append(response.json) }
            }
            return replies.isEmpty ? nil : .array(replies)
        }
    }

    private func answer(_ entry: Message.Entry, from peer: Peer) async -> Response? {
        switch entry {
        case .failure(let invalid): invalid.response
        case .success(let request): await answer(request, in: Call(peer: peer, id: request.id?.json))
        }
    }

    func result(of request: Request, in call: Call) async throws(RPCError) -> JSON {
        guard let handler = handlers[request.method] else {
            throw .methodNotFound(request.method.shortened, suggestion: request.method.nearest(in: methods.map { $0.name }))
        }
        do {
            return try await run(handler, request.params, in: call)
        } catch {
            throw translate(error, from: request.method, in: call)
        }
    }

    private func run<Handler: MethodHandler>(_ handler: Handler, _ params: JSON?, in call: Call) async throws -> JSON {
        let decoded = try Router.decode(params, for: Handler.M.self)
        return try encode(try await handler.handle(decoded, in: call), of: Handler.M.self)
    }

    private func runImmediately<Handler: ImmediateMethodHandler>(_ handler: Handler, _ params: JSON?, in call: Call) throws
        -> JSON
    {
        try encode(try handler.answer(try Router.decode(params, for: Handler.M.self), in: call), of: Handler.M.self)
    }

    private static func decode<M: Method>(_ params: JSON?, for method: M.Type) throws -> M.Params {
        var named = try named(params, for: method)
        let late = removeDeadline(from: &named)
        let violations = late + M.params.validate(named)
        if let first = violations.first { throw RPCError.invalidParams(violations, first: first) }
        do throws(JSONDecodingError) {
            return try M.decode(M.params.fillingDefaults(in: named))
        } catch {
            throw RPCError.invalidParams(error.description, facts: ["path": .string("params.\(error.path)")])
        }
    }

    private func encode<M: Method>(_ result: M.Result, of method: M.Type) throws -> JSON {
        let result = try M.encode(result)
        if checksReplies, let violation = M.result.validate(result, at: "result").first {
            throw BrokenPromise(method: M.name, violation: violation)
        }
        return result
    }

    /// The parameters as an object, whichever way they came.
    private static func named(_ params: JSON?, for method: any Method.Type) throws(RPCError) -> JSON {
        guard case .array(let values) = params else { return params ?? [:] }
        // Many libraries send an empty array where there is nothing to send.
        if values.isEmpty { return [:] }
        guard method.parameterStructure == .either else {
            throw .invalidParams("'\(method.name)' takes its parameters by name, as an object", facts: ["path": "params"])
        }
        let names = method.params.properties.map(\.name)
        guard values.count <= names.count else {
            throw .invalidParams(
                "'\(method.name)' takes at most \(names.count) parameters, not \(values.count)", facts: ["path": "params"])
        }
        var object = JSONObject()
        for (name, value) in zip(names, values) { object[name] = value }
        return .object(object)
    }

    /// The error on the wire for an error in Swift.
    private func translate(_ error: any Error, from method: String, in call: Call) -> RPCError {
        switch error {
        case let error as RPCError: return error
        case let error as APIError: return checked(error, from: method, in: call)
        case let error as ParameterError: return .invalidParams(error.message, facts: ["path": .string(error.path)])
        case is CancellationError: return .cancelled(method)
        // Work that has been told to stop may say so in its own way.
        case _ where Task.isCancelled: return .cancelled(method)
        default: return internalError(error, from: method, in: call)
        }
    }

    private func internalError(_ error: any Error, from method: String, in call: Call) -> RPCError {
        let incident = String(UInt32.random(in: .min ... .max), radix: 16)
        logger.error(
            "internal error",
            metadata: call.metadata(["incident": "\(incident)", "method": "\(method)", "error": "\(error)"]))
        return .internalError(incident: incident)
    }

    private func checked(_ error: APIError, from name: String, in call: Call) -> RPCError {
        guard checksReplies, let method = methods.first(where: { $0.name == name }) else { return RPCError(error) }
        if method.possibleErrors.contains(error.kind) { return RPCError(error) }
        return internalError(UndeclaredError(method: name, error: error), from: name, in: call)
    }
}

/// A handler gave an error that its method does not name.
private struct UndeclaredError: Error, CustomStringConvertible {
    let method: String
    let error: APIError
    var description: String { "'\(method)' does not say that it may fail with \(error.kind.rawValue): \(error)" }
}

/// A handler gave a result that its method's schema does not allow.
private struct BrokenPromise: Error, CustomStringConvertible {
    let method: String
    let violation: Violation
    var description: String { "the result of '\(method)' is not what its schema promises: \(violation)" }
}

private struct DiscoverHandler: MethodHandler {
    typealias M = RPCDiscover
    let document: JSON
    func handle(_ params: NoParams, in call: Call) async throws -> JSON { document }
}

extension RPCError {
    /// The service's own error, as it stands on the wire.
    package init(_ error: APIError) {
        self.init(code: error.kind.code, message: error.message, data: error.data)
    }

    static func cancelled(_ method: String) -> RPCError {
        RPCError(APIError(.cancelled, "'\(method)' was cancelled before it had a result"))
    }

    fileprivate static func invalidParams(_ violations: [Violation], first: Violation) -> RPCError {
        let list = violations.map { violation -> JSON in
            var object: JSONObject = ["path": .string(violation.path), "expected": .string(violation.expected)]
            if case .value(let value) = violation.found { object["value"] = .string(value) }
            return .object(object)
        }
        let more = violations.count > 1 ? " (and \(violations.count - 1) more)" : ""
        return .invalidParams(first.description + more, facts: ["path": .string(first.path), "violations": .array(list)])
    }
}
