public import API
public import JSON
public import Store

/// Jobs as the store keeps them: one document each, holding the job as the wire shows it.
public struct JobRecords: Sendable {
    private let store: Store

    /// The jobs of a store.
    public init(store: Store) { self.store = store }

    /// A job.
    ///
    /// - Throws: `job_not_found`.
    public func job(_ id: String) throws -> JobInfo {
        try store.read { reader in
            guard let bytes = try reader.document(.jobs, id: id) else { throw Self.notFound(id) }
            return try Self.decode(bytes)
        }
    }

    /// All jobs, in the order of their submission.
    public func all() throws -> [JobInfo] {
        try store.read { reader in try reader.documents(.jobs).map { try Self.decode($0.bytes) } }
    }

    /// The jobs whose records can be read, in the order of their submission, and the identifiers of the others.
    public func readable() throws -> (jobs: [JobInfo], damaged: [String]) {
        try store.read { reader in
            var jobs: [JobInfo] = [], damaged: [String] = []
            for id in try reader.identifiers(.jobs) {
                do {
                    if let bytes = try reader.document(.jobs, id: id) { jobs.append(try Self.decode(bytes)) }
                } catch StoreError.corrupt {
                    damaged.append(id)
                }
            }
            return (jobs, damaged)
        }
    }

    /// Records a new job under the next number.
    public func create(kind: JobKind, params: JSON, owner: Int, clientRoots: [String]?, at created: Int) async throws -> JobInfo {
        try await store.write { writer in
            let job = JobInfo(
                job: "j\(try writer.nextNumber(.jobs))", kind: kind, state: .queued, params: params, owner_uid: owner,
                client_roots: clientRoots,
                created_ms: created, started_ms: nil, ended_ms: nil, attempts: 0, progress: nil, result: nil, error: nil)
            try writer.put(try JSON(encoding: job).bytes(), .jobs, id: job.job)
            return job
        }
    }

    /// Changes a job.
    @discardableResult
    public func update(_ id: String, _ change: @escaping @Sendable (inout JobInfo) -> Void) async throws -> JobInfo {
        try await store.write { writer in try Self.update(id, in: &writer, change) }
    }

    /// Removes a job's record.
    public func delete(_ id: String) async throws {
        try await store.write { writer in _ = try writer.delete(.jobs, id: id) }
    }

    /// Changes a job inside a transaction that may change more: how a worker publishes its result and the job's end at once.
    @discardableResult
    public static func update(_ id: String, in writer: inout StoreWriter, _ change: (inout JobInfo) -> Void) throws -> JobInfo {
        guard let bytes = try writer.reader.document(.jobs, id: id) else { throw notFound(id) }
        var job = try decode(bytes)
        change(&job)
        try writer.put(try JSON(encoding: job).bytes(), .jobs, id: id)
        return job
    }

    private static func decode(_ bytes: [UInt8]) throws -> JobInfo { try JSON(parsing: bytes).decode(JobInfo.self) }

    private static func notFound(_ id: String) -> APIError {
        APIError(.jobNotFound, "there is no job '\(id)'; `jobs.list` names those there are", facts: ["job": .string(id)])
    }
}
