import API
private import Foundation
import Jobs
import Store
import Systemd
import Tensors

/// Room on the disk, which may be lacking for a while.
enum Room {
    /// Does something that writes; while the disk is full the job waits, tells so, and tries again.
    ///
    /// - Parameter write: May be called many times; leaves nothing behind when it throws, or finds it again.
    /// - Throws: What `write` throws for any other reason, or ``Systemd/Termination/Requested``.
    static func awaited<Result>(_ write: () throws -> Result) throws -> Result {
        var attempts = 0
        while true {
            do {
                return try write()
            } catch  where error.isLackOfRoom {
                attempts += 1
                // What takes long to fail is tried less and less often.
                for _ in 0..<min(attempts, mostPauses) {
                    let waiting = JobProgress(stage: JobProgress.diskFull, step: 0, of: 0, tokens_per_s: 0, metrics: [:])
                    try ProgressReporter.send(WorkerMessage(progress: waiting))
                    try Termination.check()
                    usleep(pause)
                }
            }
        }
    }

    /// Microseconds between two signs of life.
    private static let pause: UInt32 = 500_000
    /// The most of them between two attempts.
    private static let mostPauses = 10
}

extension Workplace {
    /// Does something that writes; see ``Room/awaited(_:)``.
    func whenThereIsRoom<Result>(_ write: () throws -> Result) throws -> Result { try Room.awaited(write) }
}

extension Error {
    /// Whether a disk, or a user's share of it, is full.
    fileprivate var isLackOfRoom: Bool {
        switch self {
        case let error as FileError: error.isLackOfRoom
        case let error as StoreError: if case .full = error { true } else { false }
        case let error as CocoaError:
            error.code == .fileWriteOutOfSpace || (error.underlying as? POSIXError)?.isLackOfRoom ?? false
        case let error as POSIXError: [.ENOSPC, .EDQUOT, .EFBIG].contains(error.code)
        default: false
        }
    }
}
