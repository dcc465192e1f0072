import API
import JSON
import Jobs
import Tensors

/// `jobs.metrics`; a cursor is a place in the job's file, in bytes.
struct JobsMetricsHandler: MethodHandler {
    typealias M = JobsMetrics
    let jobs: JobQueue

    /// Bytes read for one answer.
    private static let readSize = 4 << 20

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        _ = try await jobs.job(params.job)
        guard let start = Int(params.cursor ?? "0"), start >= 0 else {
            let cursor = params.cursor ?? ""
            throw APIError(.cursorInvalid, "'\(cursor)' is not a cursor of this list", facts: ["cursor": .string(cursor)])
        }
        // A job that has not written yet has no file.
        guard let file = try? ReadableFile(jobs.files(params.job).metrics), start < file.size else {
            return M.Result(metrics: [], next_cursor: String(start))
        }
        let bytes = try file.bytes(Self.readSize, at: start)
        var metrics: [JSON] = [], end = 0
        while metrics.count < params.limit, let newline = bytes[end...].firstIndex(of: UInt8(ascii: "\n")) {
            metrics.append(try JSON(parsing: Array(bytes[end..<newline])))
            end = newline + 1
        }
        return M.Result(metrics: metrics, next_cursor: String(start + end))
    }
}
