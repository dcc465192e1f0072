import API
private import Foundation
import Jobs
import Store
import Systemd
import Tensors

extension Workplace {
    /// Does something that writes; while the disk is full the job waits, tells so, and tries again.
    ///
    /// - Parameter write: May be called many times; leaves nothing behind when it throws.
    /// - Throws: What `write` throws for any other reason, or ``Systemd/Termination/Requested``.
    func whenThereIsRoom<Result>(_ write: () throws -> Result) throws -> Result {
        while true {
            do {
                return try write()
            } catch  where error.isLackOfRoom {
                let waiting = JobProgress(stage: "disk_full", step: 0, of: 0, tokens_per_s: 0, metrics: [:])
                try ProgressReporter.send(WorkerMessage(progress: waiting))
                try Termination.check()
                usleep(Self.pause)
            }
        }
    }

    /// Microseconds between two attempts.
    private static let pause: UInt32 = 500_000
}

extension Error {
    /// Whether a disk, or a user's share of it, is full.
    fileprivate var isLackOfRoom: Bool {
        switch self {
        case let error as FileError: error.errno == ENOSPC || error.errno == EDQUOT
        case let error as StoreError: if case .full = error { true } else { false }
        case let error as CocoaError: error.code == .fileWriteOutOfSpace
        case let error as POSIXError: error.code == .ENOSPC || error.code == .EDQUOT
        default: false
        }
    }
}
