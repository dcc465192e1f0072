import API
import GPT2
import JSON
import Store

/// A handler whose errors of store and model reach the caller as what they are: the one place where they become errors of the wire.
struct Translating<Handler: MethodHandler>: MethodHandler {
    typealias M = Handler.M
    let handler: Handler

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        do {
            return try await handler.handle(params, in: call)
        } catch {
            throw onTheWire(error)
        }
    }
}

/// The same for a handler that only looks something up.
struct TranslatingImmediate<Handler: ImmediateMethodHandler>: ImmediateMethodHandler {
    typealias M = Handler.M
    let handler: Handler

    func answer(_ params: M.Params, in call: Call) throws -> M.Result {
        do {
            return try handler.answer(params, in: call)
        } catch {
            throw onTheWire(error)
        }
    }
}

extension MethodHandler {
    /// This handler with its errors translated.
    var translatingErrors: any MethodHandler { Translating(handler: self) }
}

extension ImmediateMethodHandler {
    /// This handler with its errors translated.
    var translatingErrors: any MethodHandler { TranslatingImmediate(handler: self) }
}

extension [any MethodHandler] {
    /// These handlers with their errors translated.
    var translatingErrors: [any MethodHandler] {
        map { ($0 as? any ImmediateMethodHandler)?.translatingErrors ?? $0.translatingErrors }
    }
}

private func onTheWire(_ error: any Error) -> any Error {
    switch error {
    case let error as StoreError: APIError(error)
    case let error as GPT2Error: APIError(error)
    default: error
    }
}

extension APIError {
    /// The store's error in the wire's terms.
    fileprivate init(_ error: StoreError) {
        switch error {
        case .full(let path, let fileSize, _, let available):
            self.init(
                .storeFull, error.description,
                facts: ["path": .string(path), "file_bytes": .integer(fileSize), "available_bytes": .integer(available)])
        case .corrupt(let database, let key, _), .notFound(let database, let key):
            self.init(.storeCorrupt, error.description, facts: ["database": .string(database), "key": .string(key)])
        case .versionUnsupported(let found, let supported, _):
            self.init(
                .storeVersionUnsupported, error.description, facts: ["found": .integer(found), "supported": .integer(supported)])
        case .invalidIdentifier(let text, let reason):
            self.init(.nameInvalid, error.description, facts: ["name": .string(text), "reason": .string(reason)])
        case .invalidEntry: self.init(.storeCorrupt, error.description)
        case .failed(let path, _), .stopped(let path, _):
            self.init(.storeFailed, error.description, facts: ["path": .string(path)])
        case .absent: self.init(.storeCorrupt, error.description)
        case .unreadable(let path, _):
            self.init(.storeCorrupt, error.description, facts: ["path": .string(path)])
        }
    }

    /// The model's error in the wire's terms; handlers check before they compute, so this is what a check has missed.
    fileprivate init(_ error: GPT2Error) {
        switch error {
        case .tokenOutOfRange(let token, _, let position, let d_vocab):
            self.init(
                .tokenOutOfRange, error.description,
                facts: ["token": .integer(Int(token)), "position": .integer(position), "d_vocab": .integer(d_vocab)])
        case .contextTooLong(let T, let n_ctx):
            self.init(.textTooLong, error.description, facts: ["tokens": .integer(T), "n_ctx": .integer(n_ctx)])
        case .empty, .ragged: self.init(.textEmpty, error.description)
        case .layerOutOfRange(let layer, let n_layers):
            self.init(.layerOutOfRange, error.description, facts: ["layer": .integer(layer), "n_layers": .integer(n_layers)])
        case .notEditable: self.init(.unknownActivation, error.description)
        }
    }
}
