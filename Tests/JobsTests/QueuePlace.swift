import API
import Foundation
import JSON
import Jobs
import Logging
import Store

/// A directory with a store and the scripts that stand in for workers.
final class QueuePlace: Sendable {
    /// A worker that reports one step and then works until it is told to end.
    static let endless = """
        echo '{"progress": {"stage": "printing", "step": 1, "of": 2, "tokens_per_s": 1, "metrics": {}}}'; exec sleep 600
        """

    private let directory: URL
    private let store: Store

    init() throws {
        directory = URL(filePath: NSTemporaryDirectory()).appending(path: "qklens-jobs-\(UUID().uuidString.prefix(8))")
        var options = Store.Options()
        options.waitsForDisk = false
        store = try Store(directory: directory.path, options: options)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// A queue whose worker is a shell script, run in this directory with the job's identifier as `$2`.
    func queue(_ script: String, atOnce: Int = 1) throws -> JobQueue {
        let path = directory.appending(path: "worker-\(UUID().uuidString.prefix(8))").path
        try "#!/bin/sh\ncd '\(directory.path)'\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        return queue(program: path, atOnce: atOnce)
    }

    func queue(program: String, atOnce: Int = 1) -> JobQueue {
        let silent = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        return JobQueue(
            store: store, directory: directory.path, worker: WorkerProgram(path: program, arguments: []), atOnce: atOnce,
            now: { 0 }, log: silent)
    }

    /// Where a worker may be put later.
    var unwritten: URL { directory.appending(path: "later") }

    /// The lines that scripts have written to a file.
    func lines(_ name: String) -> [String] {
        let text = try? String(contentsOf: directory.appending(path: name), encoding: .utf8)
        return text?.split(separator: "\n").map(String.init) ?? []
    }
}

extension JobQueue {
    /// Submits a job of which only the place in the queue matters.
    @discardableResult
    func submit(owner: Int = 0) async throws -> JobInfo {
        try await submit(kind: .mapsTrain, params: ["dictionary": "d1"], owner: owner, clientRoots: nil)
    }

    /// Waits until a job satisfies a condition, or has ended.
    @discardableResult
    func until(_ id: String, _ condition: @Sendable (JobInfo) -> Bool) async throws -> JobInfo {
        for await job in try events(id) where condition(job) || job.state.hasEnded { return job }
        return try job(id)
    }

    /// The job once it has ended.
    func end(of id: String) async throws -> JobInfo { try await until(id) { $0.state.hasEnded } }
}
