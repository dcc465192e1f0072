import API
private import Foundation
import JSON
import Jobs

/// Tells the service how far the job is: one JSON line on standard output, at most every fifth of a second.
struct ProgressReporter {
    /// Nobody listens any more: the service is gone, and the job ends with it.
    struct Unheard: Error {}

    private static let interval = Duration.milliseconds(200)
    /// During a long step the last line is told again so often.
    private static let longestSilence = Duration.milliseconds(700)

    private let clock = ContinuousClock()
    private let started: ContinuousClock.Instant
    /// When a step was last told.
    private var last: ContinuousClock.Instant?
    /// When anything was last told.
    private var spoke: ContinuousClock.Instant
    private var newest: JobProgress?
    private let stage: String
    private let steps: Int
    private let tokensPerStep: Int
    private let firstStep: Int

    /// A reporter for one stage of a job.
    ///
    /// - Parameters:
    ///   - stage: One word.
    ///   - steps: How many steps the stage has.
    ///   - tokensPerStep: How many tokens each reads.
    ///   - firstStep: How many of them were done before this process began.
    init(stage: String, steps: Int, tokensPerStep: Int, firstStep: Int = 0) {
        (self.stage, self.steps, self.tokensPerStep, self.firstStep) = (stage, steps, tokensPerStep, firstStep)
        started = clock.now
        spoke = started
    }

    /// Reports that `step` steps are done, unless something was reported just before.
    ///
    /// - Throws: ``Unheard``.
    mutating func report(_ step: Int, metrics: @autoclosure () -> [String: Double]) throws {
        let now = clock.now
        if step < steps, let last, now - last < Self.interval { return }
        (last, spoke) = (now, now)
        let elapsed = Double((now - started).components.seconds) + Double((now - started).components.attoseconds) * 1e-18
        let rate = elapsed > 0 ? Double(step - firstStep) / elapsed : 0
        let progress = JobProgress(
            stage: stage, step: step, of: steps, tokens_per_s: (rate * Double(tokensPerStep)).rounded(),
            time_left_s: rate > 0 ? Double(steps - step) / rate : nil, metrics: metrics())
        newest = progress
        FaultPoint.reached("progress")
        try Self.send(WorkerMessage(progress: progress))
    }

    /// Tells the last progress again if nothing was told for most of a second: a sign of life during a long step.
    mutating func repeatIfDue() throws {
        let now = clock.now
        guard now - spoke >= Self.longestSilence else { return }
        spoke = now
        let progress = newest ?? JobProgress(stage: stage, step: firstStep, of: steps, tokens_per_s: 0, metrics: [:])
        try Self.send(WorkerMessage(progress: progress))
    }

    /// Writes one line.
    static func send(_ message: WorkerMessage) throws {
        var line = (try JSON(encoding: message)).bytes()
        line.append(UInt8(ascii: "\n"))
        do {
            try FileHandle.standardOutput.write(contentsOf: line)
        } catch {
            throw Unheard()
        }
    }
}
