public import API
private import JSON
public import Store

/// Traces as the store keeps them: a document of each prompt's graph, one of what the prompts have in common, and the description.
///
/// A trace has the number of the job that makes it, so a job that goes on finds the graphs that it has made. It is visible once its
/// description is written; the rest is there by then.
public struct TraceArchive: Sendable {
    private let store: Store

    /// The traces of a store.
    public init(store: Store) { self.store = store }

    /// The name of the trace that a job makes: `t3` for `j3`.
    public static func id(ofJob job: String) -> String { "t" + job.dropFirst() }

    /// The job that makes a trace: `j3` for `t3`.
    private static func job(ofTrace id: some StringProtocol) -> String { "j" + id.dropFirst() }

    private static func id(_ trace: String, prompt: Int) -> String { "\(trace)/\(prompt)" }

    private static func edges(_ trace: String) -> String { "\(trace)/edges" }

    /// A trace's description.
    ///
    /// - Throws: `trace_not_found`.
    public func info(_ id: String) throws -> TraceInfo {
        try store.read { reader in
            guard let bytes = try reader.document(.traces, id: id) else { throw Self.notFound(id) }
            return try JSON(parsing: bytes).decode(TraceInfo.self)
        }
    }

    private static func notFound(_ id: String) -> APIError {
        APIError(.traceNotFound, "there is no trace '\(id)'; `traces.list` names those there are", facts: ["trace": .string(id)])
    }

    /// A page of descriptions, newest first; only those that are looked at are read.
    ///
    /// - Parameters:
    ///   - cursor: The last trace of the page before; nil: from the newest.
    ///   - limit: The most to return.
    ///   - isWanted: Which of them.
    /// - Returns: The page, and whether there are more.
    /// - Throws: `cursor_invalid` for one that names no trace.
    public func newest(
        after cursor: String?, limit: Int, where isWanted: (TraceInfo) -> Bool
    ) throws -> (found: [TraceInfo], hasMore: Bool) {
        try store.newest(.traces, after: cursor, limit: limit, where: isWanted)
    }

    /// What a trace's prompts have in common, the most frequent first.
    ///
    /// - Throws: `store_corrupt` if it is missing.
    public func edges(_ trace: String) throws -> [TraceEdge] {
        try document(Self.edges(trace)).decode([TraceEdge].self)
    }

    /// A prompt's graph.
    ///
    /// - Throws: `position_out_of_range` if the trace has no such prompt.
    public func graph(_ trace: TraceInfo, prompt: Int) throws -> TraceGraphInfo {
        guard (0..<trace.prompts).contains(prompt) else {
            throw APIError(
                .positionOutOfRange,
                "trace \(trace.trace) has \(trace.prompts) prompts, counted from 0; there is no prompt \(prompt)",
                facts: ["prompt": .integer(prompt), "prompts": .integer(trace.prompts)])
        }
        return try document(Self.id(trace.trace, prompt: prompt)).decode(TraceGraphInfo.self)
    }

    private func document(_ id: String) throws -> JSON {
        guard let bytes = try store.read({ try $0.document(.traceGraphs, id: id) }) else {
            throw APIError(.storeCorrupt, "the store has lost '\(id)' of a trace", facts: ["record": .string(id)])
        }
        return try JSON(parsing: bytes)
    }
}

extension TraceArchive {
    /// Keeps a prompt's graph, not yet visible.
    public func keep(_ graph: TraceGraphInfo, _ trace: String, prompt: Int) throws {
        let bytes = try JSON(encoding: graph).bytes(), id = Self.id(trace, prompt: prompt)
        try store.write { writer in try writer.put(bytes, .traceGraphs, id: id) }
    }

    /// A prompt's graph, visible or not; nil if it has not been kept.
    public func kept(_ trace: String, prompt: Int) throws -> TraceGraphInfo? {
        guard let bytes = try store.read({ try $0.document(.traceGraphs, id: Self.id(trace, prompt: prompt)) }) else {
            return nil
        }
        return try JSON(parsing: bytes).decode(TraceGraphInfo.self)
    }

    /// Makes a trace visible, inside the caller's transaction.
    public static func publish(_ info: TraceInfo, _ edges: [TraceEdge], in writer: inout StoreWriter) throws {
        try writer.put(try JSON(encoding: edges).bytes(), .traceGraphs, id: Self.edges(info.trace))
        try writer.put(try JSON(encoding: info).bytes(), .traces, id: info.trace)
    }

    /// Removes a trace: first from sight, then from the disk.
    public func delete(_ id: String) throws {
        try store.write { writer in _ = try writer.delete(.traces, id: id) }
        try deleteGraphs([id])
    }

    /// Removes the graphs of traces that are not published and whose jobs do not go on.
    ///
    /// - Parameter jobs: The jobs that have not ended.
    /// - Returns: The traces removed.
    public func collectGarbage(unfinishedJobs jobs: Set<String>) throws -> [String] {
        let (published, graphs) = try store.read { reader in
            (Set(try reader.identifiers(.traces)), try reader.identifiers(.traceGraphs))
        }
        let owners = Set(graphs.map { String($0.prefix { $0 != "/" }) })
        let stale = owners.filter { !published.contains($0) && !jobs.contains(Self.job(ofTrace: $0)) }
        try deleteGraphs(stale)
        return stale.sorted()
    }

    private func deleteGraphs(_ traces: Set<String>) throws {
        if traces.isEmpty { return }
        let graphs = try store.read { try $0.identifiers(.traceGraphs) }.filter {
            traces.contains(String($0.prefix { $0 != "/" }))
        }
        for first in stride(from: 0, to: graphs.count, by: Self.deletionsAtOnce) {
            let part = graphs[first..<min(first + Self.deletionsAtOnce, graphs.count)]
            try store.write { writer in for id in part { _ = try writer.delete(.traceGraphs, id: id) } }
        }
    }

    /// Deletions per transaction: a few milliseconds.
    private static let deletionsAtOnce = 64
}
