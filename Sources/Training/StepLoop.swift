import API
import Artifacts
import JSON
import Jobs
import Systemd

/// A stage of a job that goes on step by step and can be saved between any two.
protocol SteppedStage {
    /// One word.
    var name: String { get }
    /// How many steps there are.
    var steps: Int { get }
    /// How many are done.
    var stepsDone: Int { get }
    /// How many tokens each reads.
    var tokensPerStep: Int { get }

    /// Does one step.
    ///
    /// - Parameter breathe: Called now and then during a long step, so that progress is told.
    /// - Returns: The step's figures.
    /// - Throws: ``CutOff``, and what makes the job fail.
    mutating func step(_ breathe: () throws -> Void) throws -> StepReport

    /// Everything that the stage needs to go on.
    func checkpoint() throws -> Checkpoint
}

/// SIGTERM has come in the middle of a step, and the stage can be saved as it stands.
struct CutOff: Error {}

/// A step's figures.
struct StepReport {
    /// Those that the progress shows.
    let progress: [String: Double]
    /// Those that the series of metrics keeps, one object per line.
    let series: [JSON]
}

// What happens around the steps:
//
// 1. Before each: has SIGTERM come? Then a last checkpoint, if that is quick, and the end; the job goes on from there.
// 2. After each: the figures of every `metricsEvery`-th step join the series; progress is told at least once a second.
// 3. From time to time, and after the last step: the series is made durable, then a checkpoint that records its length.
// 4. While the disk is full, the job waits where it would write.

/// Carries a stage from where it stands to its end.
struct StepLoop {
    private let workplace: Workplace
    private let model: LoadedModel
    private let metricsEvery: Int
    private let folder: CheckpointFolder
    private var log: MetricsLog
    private let clock = ContinuousClock()

    /// A checkpoint as the loop writes it: the stage's own, and where the series stood.
    private struct Header: Codable {
        let job_created_ms: Int
        let model_fingerprint: String
        let stage: String
        let step: Int
        let metrics_bytes: Int
        let state: JSON
    }

    /// What a job goes on from.
    struct Saved {
        /// The stage that wrote it.
        let stage: String
        /// The steps it had done.
        let step: Int
        /// The stage's own checkpoint.
        let checkpoint: Checkpoint
    }

    /// The largest checkpoint that is written when the service ends; a larger one takes longer than may be waited, and the last one,
    /// a few minutes old, stands in for it.
    private static let lastCheckpointBytes = 512 << 20

    /// A loop for a job.
    ///
    /// - Returns: The loop, and what the job goes on from if it was interrupted.
    /// - Throws: `dictionary_model_mismatch` if the model's name stood for other weights when the job began.
    static func make(
        _ workplace: Workplace, _ model: LoadedModel, metricsEvery: Int
    ) throws -> (loop: StepLoop, saved: Saved?) {
        let folder = CheckpointFolder(workplace.directory)
        // Another job's, which had the name before the store was put back, is none of this one's.
        guard let checkpoint = folder.newest(), let header = try? checkpoint.header.decode(Header.self),
            header.job_created_ms == workplace.created
        else {
            return (try StepLoop(workplace, model, metricsEvery, folder, metricsBytes: 0), nil)
        }
        guard header.model_fingerprint == model.fingerprint else {
            throw APIError(
                .dictionaryModelMismatch,
                "the job began on weights with fingerprint \(header.model_fingerprint); '\(model.name)' now has \(model.fingerprint)"
            )
        }
        let loop = try StepLoop(workplace, model, metricsEvery, folder, metricsBytes: header.metrics_bytes)
        try ProgressReporter.send(
            WorkerMessage(resumed: .init(step: header.step, bit_identical: workplace.isBitIdentical)))
        let state = Checkpoint(header: header.state, buffers: checkpoint.buffers)
        return (loop, Saved(stage: header.stage, step: header.step, checkpoint: state))
    }

    private init(
        _ workplace: Workplace, _ model: LoadedModel, _ metricsEvery: Int, _ folder: CheckpointFolder, metricsBytes: Int
    ) throws {
        (self.workplace, self.model, self.metricsEvery, self.folder) = (workplace, model, metricsEvery, folder)
        log = try MetricsLog(workplace.directory.metrics, length: metricsBytes)
    }

    /// Runs a stage to its end.
    ///
    /// - Throws: ``Systemd/Termination/Requested``, and what the steps throw.
    mutating func run(_ stage: inout some SteppedStage) throws {
        var reporter = ProgressReporter(
            stage: stage.name, steps: stage.steps, tokensPerStep: stage.tokensPerStep, firstStep: stage.stepsDone)
        var saved = clock.now, interval = workplace.checkpointInterval
        while stage.stepsDone < stage.steps {
            if Termination.isRequestedNow { try end(stage) }
            let report: StepReport
            do { report = try stage.step { try reporter.repeatIfDue() } } catch is CutOff { try end(stage) }
            FaultPoint.reached("step")
            let isLast = stage.stepsDone == stage.steps
            if stage.stepsDone % metricsEvery == 0 || isLast {
                try workplace.whenThereIsRoom { try log.append(report.series) }
                FaultPoint.reached("metrics-appended")
            }
            try reporter.report(stage.stepsDone, metrics: report.progress)
            guard isLast || clock.now - saved >= interval else { continue }
            let checkpoint = try stage.checkpoint()
            let took = try clock.measure { try workplace.whenThereIsRoom { try save(stage, checkpoint) } }
            saved = clock.now
            // Large checkpoints are written less often, so that they never take more than a twentieth of the time.
            interval = max(interval, min(took * 20, Self.longestInterval, interval * 20))
        }
    }

    /// A last checkpoint, if that is quick, and the end.
    private func end(_ stage: some SteppedStage) throws -> Never {
        let checkpoint = try stage.checkpoint()
        if checkpoint.bytes <= Self.lastCheckpointBytes { try save(stage, checkpoint) }
        throw Termination.Requested()
    }

    /// *Source:* the architecture's "at most five minutes old".
    private static let longestInterval = Duration.seconds(300)

    private func save(_ stage: some SteppedStage, _ checkpoint: Checkpoint) throws {
        try log.synchronise()
        FaultPoint.reached("metrics-synchronised")
        let header = Header(
            job_created_ms: workplace.created,
            model_fingerprint: model.fingerprint, stage: stage.name, step: stage.stepsDone, metrics_bytes: log.length,
            state: checkpoint.header)
        let serial = (folder.newestSerial ?? 0) + 1
        try folder.write(Checkpoint(header: try JSON(encoding: header), buffers: checkpoint.buffers), serial: serial)
        try ProgressReporter.send(WorkerMessage(checkpoint: stage.stepsDone))
    }
}
