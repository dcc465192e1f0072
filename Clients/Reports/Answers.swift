public import Client
public import JSON
public import JSONRPC

/// Who answers calls: a client of the daemon, or what a test puts in its place.
public protocol Answering {
    /// Calls one method many times, and returns the outcomes in the order of the calls.
    func outcomes(_ method: String, _ params: [JSON], done: (Int) -> Void) throws -> [Result<JSON, RPCError>]
}

extension Client: Answering {
    /// Calls without waiting in between.
    public func outcomes(_ method: String, _ params: [JSON], done: (Int) -> Void) throws -> [Result<JSON, RPCError>] {
        try call(all: method, params, done: done)
    }
}

/// What one method answered to some calls: for each its parameters, and its result or error.
struct Answers {
    let method: String
    let params: [JSONObject]
    var outcomes: [Result<JSON, RPCError>]

    /// The results; of calls that may not fail all of them.
    var results: [JSON] { outcomes.compactMap { try? $0.get() } }

    /// The answers with each result changed.
    func mapResults(_ change: (JSON) -> JSON) -> Answers {
        Answers(method: method, params: params, outcomes: outcomes.map { $0.map(change) })
    }
}

/// Why a report cannot be made as it was asked for.
public struct ReportRefusal: Error, CustomStringConvertible {
    /// What would do instead.
    public let description: String
}

/// Makes the calls that reports are made of, and says how far they are.
public struct Gatherer {
    private let service: any Answering
    private let progress: (_ method: String, _ done: Int, _ of: Int) -> Void
    /// Milliseconds since 1970.
    let now: Int

    /// A gatherer.
    ///
    /// - Parameters:
    ///   - service: Who answers.
    ///   - now: Milliseconds since 1970.
    ///   - progress: Gets the method that is being called, how many calls have been answered, and of how many.
    public init(
        _ service: any Answering, now: Int,
        progress: @escaping (_ method: String, _ done: Int, _ of: Int) -> Void = { _, _, _ in }
    ) {
        (self.service, self.now, self.progress) = (service, now, progress)
    }

    /// Asks without waiting in between.
    ///
    /// - Parameter mayFail: Whether the daemon's errors are answers too.
    /// - Throws: The connection's errors, and the daemon's first one if none may be.
    func ask(_ method: String, _ params: [JSONObject], mayFail: Bool = false) throws -> Answers {
        let outcomes = try service.outcomes(method, params.map(JSON.object)) { progress(method, $0, params.count) }
        if !mayFail {
            for case .failure(let error) in outcomes { throw ClientError.service(error) }
        }
        return Answers(method: method, params: params, outcomes: outcomes)
    }

    /// Asks once.
    func request(_ method: String, _ params: JSONObject = [:]) throws -> JSON {
        try ask(method, [params]).results.first ?? .null
    }

    /// The document of some answers, as a report.
    ///
    /// - Parameter leftOut: For a name of the answers, paths of members that the page does not need.
    func report(
        _ name: String, title: String, _ answers: [(name: String, answers: Answers)], leftOut: [String: [String]] = [:]
    ) throws -> Report {
        let version = try request("system.info")["version"]?.string ?? ""
        return Report(
            document: Packing.document(name, title: title, version: version, now: now, answers: answers, leftOut: leftOut))
    }
}
