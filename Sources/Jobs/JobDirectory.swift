private import Foundation

/// The files of one job, below the store: its checkpoints and tokens while it lives, its metrics as long as its record.
///
/// `<store>/jobs/<job>/`: `environment.json` (see the worker), `checkpoint-<serial>.safetensors`, `contexts-<T>.tokens`,
/// `metrics.jsonl`, and `worker.lock`, which a worker holds while it works.
public struct JobDirectory: Sendable {
    /// The directory.
    public let path: String

    /// The directory of a job; nothing is created.
    public init(store: String, job: String) { path = "\(store)/jobs/\(job)" }

    /// One JSON object per line: the series of figures that the job wrote.
    public var metrics: String { path + "/metrics.jsonl" }

    private static let mode = 0o700

    /// Removes the directories of all jobs but some.
    static func remove(allBut kept: Set<String>, store: String) {
        for job in (try? FileManager.default.contentsOfDirectory(atPath: store + "/jobs")) ?? [] where !kept.contains(job) {
            JobDirectory(store: store, job: job).remove()
        }
    }

    /// Makes the directory, for this user alone, unless it is there.
    public func create() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: Self.mode])
    }

    /// The names of the files in it, in order; none if there is no directory.
    public func files() -> [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    /// Removes one file, if it is there.
    public func remove(_ name: String) { try? FileManager.default.removeItem(atPath: path + "/" + name) }

    /// Removes what only a job that goes on needs; the metrics stay.
    public func removeAllButMetrics() {
        for name in files() where path + "/" + name != metrics { remove(name) }
    }

    /// Removes everything.
    public func remove() { try? FileManager.default.removeItem(atPath: path) }
}
