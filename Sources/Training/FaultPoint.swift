import Foundation
private import Synchronization

/// A place where a test can have the worker killed.
///
/// `QKLENS_KILL_AT=name:n:file` ends it, as kill -9 does, at its n-th pass through `name`, once - the file, which must not exist, is made
/// just before and keeps later workers alive. The worker must have been started with `--fault-points`, which only a service does that was
/// itself started so: a variable alone, wherever it comes from, ends nothing. With `QKLENS_KILL_SERVICE` set, the service that started it is killed just before it.
enum FaultPoint {
    private struct Plan {
        let name: String
        let file: String
    }

    /// The flag of the worker's that makes the variable count.
    static let flag = "--fault-points"

    private static let plan: Plan? = {
        guard ProcessInfo.processInfo.arguments.contains(flag) else { return nil }
        guard let parts = ProcessInfo.processInfo.environment["QKLENS_KILL_AT"]?.split(separator: ":"), parts.count == 3 else {
            return nil
        }
        return Plan(name: String(parts[0]), file: String(parts[2]))
    }()

    private static let left = Mutex(
        ProcessInfo.processInfo.environment["QKLENS_KILL_AT"]?.split(separator: ":").dropFirst().first.flatMap { Int($0) } ?? 0)

    /// Passes through a place.
    ///
    /// - Parameter signal: What the worker is sent there instead of kill -9.
    static func reached(_ name: String, _ signal: Int32 = SIGKILL) {
        guard let plan, plan.name == name else { return }
        let isLast = left.withLock { left in
            left -= 1
            return left == 0
        }
        guard isLast, !FileManager.default.fileExists(atPath: plan.file) else { return }
        _ = FileManager.default.createFile(atPath: plan.file, contents: nil)
        if ProcessInfo.processInfo.environment["QKLENS_KILL_SERVICE"] != nil { kill(getppid(), SIGKILL) }
        kill(getpid(), signal)
    }
}
