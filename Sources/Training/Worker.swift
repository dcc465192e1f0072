public import ArgumentParser
import API
import Artifacts
private import Foundation
import JSON
import Jobs
import Kernels
import Store
import Systemd
import Tensors

/// `qklens-worker`: does one job and ends.
///
/// Started by the service, which reads its progress; see ``WorkerProgram``.
public struct Worker: ParsableCommand {
    /// The name and what it is for.
    public static let configuration = CommandConfiguration(
        commandName: "qklens-worker", abstract: "Does one job of qklensd and ends. Started by the service, not by hand.")

    @Option(help: "The directory of the service's store.")
    var store: String

    @Option(help: "The job to do, as in j1.")
    var job: String

    @Option(help: "The directory of the embedded model.")
    var embeddedModel: String

    @Option(help: "How many threads the kernels use, unless the job has begun with another number.")
    var threads: Int

    @Option(help: "Seconds between two checkpoints; 0 makes one after each step.")
    var checkpointInterval = 60

    @Flag(help: .hidden)
    var faultPoints = false

    /// A command, to be filled in by the parser.
    public init() {}

    /// Does the job; every end but success is told to the service first.
    public func run() throws {
        Termination.listen()
        takeIdlePriority()
        // Where memory runs out on the whole machine, it is the worker that goes, and not the service with the models.
        try? Data("\(Self.oomScore)".utf8).write(to: URL(filePath: "/proc/self/oom_score_adj"))
        do {
            let directory = JobDirectory(store: store, job: job)
            try Room.awaited { try directory.create() }
            // The worker of a service that was killed may need a moment to notice; two at once could do the same job twice.
            let lock = try DirectoryLock("worker", in: directory.path) { _ in try Termination.check() }
            let isBitIdentical = try Room.awaited { try JobEnvironment.adopt(directory, threads: threads) }
            // Kept apart from the job's own: the service looks at it to see whether any worker is left.
            let presence = try DirectoryLock("worker", in: store, sharing: .shared) { _ in try Termination.check() }
            let place = store
            let store = try Room.awaited { try Self.open(place) }, record = try JobRecords(store: store).job(job)
            // The worker before this one may have ended it while this one waited for the lock.
            if record.state.hasEnded { return }
            let workplace = Workplace(
                store: store, job: job, directory: directory, isBitIdentical: isBitIdentical,
                checkpointInterval: .seconds(checkpointInterval), embeddedModel: embeddedModel, owner: record.owner_uid,
                access: FileAccess(roots: record.client_roots), created: record.created_ms,
                now: { Int(Date().timeIntervalSince1970 * 1000) })
            // Wherever the room was lacking, the job goes on from its last checkpoint, as after the end of its worker.
            try Room.awaited { try work(record, workplace) }
            _ = consume presence
            _ = consume lock
        } catch is Termination.Requested {
            throw ExitCode(Self.terminated)
        } catch is ProgressReporter.Unheard {
            throw ExitCode(Self.terminated)
        } catch let error as StoreError where error.isOfAnotherVersion {
            FileHandle.standardError.write(Data("\(String(describing: error).printable)\n".utf8))
            throw ExitCode(WorkerProgram.otherSchema)
        } catch let error as StoreError where error.isOfTheDisk {
            // Not the job's fault: it goes on in a worker that opens the store anew.
            FileHandle.standardError.write(Data("\(String(describing: error).printable)\n".utf8))
            throw ExitCode(Self.diskFailed)
        } catch {
            try ProgressReporter.send(WorkerMessage(failed: String(describing: error).printable))
            throw ExitCode.failure
        }
    }

    /// The service's store; it is the service that brings it to another version.
    private static func open(_ directory: String) throws -> Store {
        var options = Store.Options()
        options.preparation = .none
        return try Store(directory: directory, options: options)
    }

    /// 128 + SIGTERM, as a shell reports it.
    private static let terminated: Int32 = 143

    /// As of a process with half the machine's memory more than it has; any process may raise its own.
    ///
    /// *Source:* proc(5), `oom_score_adj`.
    private static let oomScore = 500

    /// *Source:* sysexits(3), EX_IOERR.
    private static let diskFailed: Int32 = 74

    private func work(_ record: JobInfo, _ workplace: Workplace) throws {
        switch record.kind {
        case .dictionariesTrain:
            try DictionaryTraining(workplace: workplace, params: record.params.decode(DictionariesTrain.Params.self)).run()
        case .dictionariesEvaluate:
            try DictionaryEvaluationJob(workplace: workplace, params: record.params.decode(DictionariesEvaluate.Params.self))
                .run()
        case .mapsTrain:
            try MapTraining(workplace: workplace, params: record.params.decode(MapsTrain.Params.self)).run()
        case .examplesCollect:
            try ExampleCollection(workplace: workplace, params: record.params.decode(ExamplesCollect.Params.self)).run()
        case .tracesCreate:
            try TraceCreation(workplace: workplace, params: record.params.decode(TracesCreate.Params.self)).run()
        case .cachesCreate:
            try CacheCreation(workplace: workplace, params: record.params.decode(CachesCreate.Params.self)).run()
        case .saesTrain:
            try SAETraining(workplace: workplace, params: record.params.decode(SAEsTrain.Params.self)).run()
        case .saesEvaluate:
            try SAEEvaluationJob(workplace: workplace, params: record.params.decode(SAEsEvaluate.Params.self)).run()
        case .studiesRun:
            try StudyJob(workplace: workplace, params: record.params.decode(StudiesRun.Params.self)).run()
        }
    }
}

extension StoreError {
    /// Whether it is the store's schema that this program is not for.
    fileprivate var isOfAnotherVersion: Bool {
        if case .versionUnsupported = self { true } else { false }
    }

    /// Whether the disk or the engine refused, rather than what was asked of them.
    fileprivate var isOfTheDisk: Bool {
        switch self {
        case .failed, .stopped: true
        default: false
        }
    }
}
