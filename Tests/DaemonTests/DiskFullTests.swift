import API
import Client
import Foundation
import JSON
import JSONRPC
import Testing

/// A disk that is full at any size: calls say so, jobs wait, nothing crashes, and with room everything goes on.
///
/// Without `QKLENS_SOAK` in the environment a fiftieth of the sizes is tried.
@Suite(.serialized, .timeLimit(.minutes(30)), .enabled(if: geteuid() == 0, "mounting a file system of a size takes root"))
struct DiskFullTests {
    /// From a disk on which nothing starts to one on which all of the session fits.
    static let sizes = 200
    private static let smallest = 48 << 10, step = 5 << 10, room = 256 << 20

    /// A daemon whose state lies on a file system of its own.
    private final class SmallDisk {
        let path: String
        private(set) var isFull = true

        init(_ path: String, bytes: Int) throws {
            self.path = path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try #require(unsafe mount("tmpfs", path, "tmpfs", 0, "mode=0700,size=\(bytes)") == 0, "mount: errno \(errno)")
        }

        func makeRoom() throws {
            let again = UInt(MS_REMOUNT)
            try #require(unsafe mount("tmpfs", path, "tmpfs", again, "size=\(room)") == 0, "remount: errno \(errno)")
            isFull = false
        }

        deinit {
            unsafe umount2(path, CInt(MNT_DETACH))
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// How a session met the end of the disk.
    private enum Meeting: String { case start, call, pause, never }

    @Test func `a daemon whose disk is full answers and waits, and with room it goes on`() throws {
        var met: [String: Int] = [:]
        let share = SoakTests.share(of: Self.sizes)
        for number in 0..<share {
            let bytes = Self.smallest + Self.step * (number * Self.sizes / share + Self.sizes / share / 2)
            for meeting in try session(bytes) { met[meeting.rawValue, default: 0] += 1 }
        }
        print("disk full: \(met)")
        #expect(met["call", default: 0] + met["pause", default: 0] > 0)
    }

    /// Works on a disk of a size until it is full, makes room, and works on.
    private func session(_ bytes: Int) throws -> Set<Meeting> {
        var disk: SmallDisk?, met: Set<Meeting> = []
        func start() throws -> LiveDaemon {
            try LiveDaemon(["--checkpoint-interval-s", "0"]) { home in
                disk = try SmallDisk(home.appending(path: "state").path, bytes: bytes)
            }
        }
        let daemon: LiveDaemon
        do {
            daemon = try start()
        } catch let failure as LiveDaemon.Failure {
            // It ends with a word about it, not by a signal.
            #expect(failure.log.contains("No space left") || failure.log.contains("is full"), "\(bytes): \(failure.log)")
            return [.start]
        }
        let disk_ = try #require(disk)
        /// Calls; the first time that there is no room, it is made and the call made again.
        func call<M: Method>(_ method: M.Type, _ params: JSON) throws -> M.Result {
            do {
                return try daemon.call(method, params)
            } catch ClientError.service(let error) where disk_.isFull && error.kind == "store_full" {
                met.insert(.call)
                _ = try daemon.call(SystemPing.self)
                try disk_.makeRoom()
                return try daemon.call(method, params)
            }
        }
        /// Submits a job and sees it to its end; if it waits for room, that is made.
        func run<M: Method>(_ method: M.Type, _ params: JSON) throws -> JobInfo where M.Result == JobSubmission {
            let job = try #require(try call(method, params).job)
            try JobLifeTests().follow(daemon, job.job) { $0.state.hasEnded || $0.progress?.stage == JobProgress.diskFull }
            if try !daemon.call(JobsGet.self, ["job": .string(job.job)]).state.hasEnded {
                met.insert(.pause)
                _ = try daemon.call(SystemPing.self)
                #expect(disk_.isFull, "\(bytes): it waits although there is room")
                try disk_.makeRoom()
            }
            let ended = try daemon.call(JobsWait.self, ["job": .string(job.job), "timeout_s": 50])
            #expect(ended.state == .finished, "\(bytes): \(ended)")
            return ended
        }
        let dictionary = try run(DictionariesTrain.self, ResumeTests.training).result?.dictionary ?? ""
        let map =
            try run(
                MapsTrain.self, ["dictionary": .string(dictionary), "steps": 4, "support_contexts": 8, "held_out_contexts": 2]
            ).result?.map ?? ""
        let folder = daemon.home.appending(path: "map").path
        _ = try call(MapsExport.self, ["map": .string(map), "path": .string(folder)])
        _ = try call(MapsImport.self, ["path": .string(folder), "dictionary": .string(dictionary)])
        _ = try run(CachesCreate.self, ["activations": ["blocks.0.hook_resid_pre"], "contexts": 8])
        if disk_.isFull { try disk_.makeRoom() }
        #expect(try daemon.call(StoreVerify.self).sound, "\(bytes)")
        #expect(daemon.end() == 0, "\(bytes)")
        try daemon.start()
        #expect(try daemon.client().all("maps.list", "maps").count == 2, "\(bytes)")
        #expect(try daemon.call(StoreVerify.self).sound, "\(bytes)")
        #expect(daemon.end() == 0 && daemon.process.terminationReason == .exit, "\(bytes)")
        return met.isEmpty ? [.never] : met
    }
}
