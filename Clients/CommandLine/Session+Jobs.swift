import API
import ArgumentParser
import Client
import JSON
import Presentation

/// What to do after a job has been queued.
enum Attendance: String, EnumerableFlag {
    case follow, wait, detach

    static func help(for value: Attendance) -> ArgumentHelp? {
        switch value {
        case .follow: "Show a progress bar until the job has ended (the default on a terminal)."
        case .wait: "Wait with a line of progress now and then (the default elsewhere)."
        case .detach: "Return once the job is queued."
        }
    }
}

/// What every command takes that starts a job.
struct JobOptions: ParsableArguments {
    @Flag(exclusivity: .exclusive) var attendance: Attendance?

    @Flag(help: "Only check everything, and say what it would take.")
    var dryRun = false

    /// What was asked for, or what fits the place.
    var effectiveAttendance: Attendance { attendance ?? (Terminal.hasErrors ? .follow : .wait) }
}

extension Session {
    /// Starts a job and attends it as asked.
    ///
    /// - Returns: the job once it has finished; nil after a dry run or where it goes on by itself, of which all has been printed.
    func submit<M: Method>(_ method: M.Type, _ params: M.Params, _ attendance: Attendance) throws -> JobInfo?
    where M.Result == JobSubmission {
        let submission = try call(method, params)
        guard let job = submission.job else {
            try show(submission) { submission.estimate.sheet.text($0) }
            return nil
        }
        guard attendance != .detach else {
            try show(submission) { _ in "\(job.job)\n" }
            Terminal.writeError("queued; 'qklens jobs follow \(job.job)' shows how far it is\n")
            return nil
        }
        return try attend(job.job, withBar: attendance == .follow && Terminal.hasErrors)
    }

    /// Follows a job to its end, showing how far it is.
    ///
    /// - Throws: ``CommandFailure`` if the job did not finish well, or on Ctrl-C, which leaves it alone.
    func attend(_ job: String, withBar: Bool) throws -> JobInfo {
        var display = ProgressDisplay(withBar: withBar)
        defer { display.clear() }
        return try finished(watch(job) { display.show($0) })
    }

    /// Follows a job to its end.
    ///
    /// - Parameter show: Told each state of the job.
    /// - Returns: The job as it has ended.
    /// - Throws: ``CommandFailure`` on Ctrl-C, which leaves the job alone.
    func watch(_ job: String, _ show: (JobInfo) throws -> Void) throws -> JobInfo {
        Interruption.catchFromHere()
        var events: [JobInfo] = []
        let note = { (method: String, params: JSON) in
            guard method == "jobs.event", let event = try? params["job"]?.decode(JobInfo.self), event.job == job else { return }
            events.append(event)
        }
        let first = try client.call(JobsSubscribe.self, JobsSubscribe.Params(job: job), notifications: note)
        events.insert(first, at: 0)
        while true {
            while !events.isEmpty {
                let event = events.removeFirst()
                try show(event)
                if event.state.hasEnded { return event }
            }
            if Interruption.isRequested {
                let ways = "'qklens jobs follow \(job)' shows it again, 'qklens jobs cancel \(job)' ends it"
                throw CommandFailure(message: "detached from \(job), which goes on; \(ways)", status: .interrupted)
            }
            do throws(ClientError) {
                try client.follow(timeout: Interruption.interval) { method, params in
                    note(method, params)
                    return events.isEmpty && !Interruption.isRequested
                }
            } catch {
                switch error {
                case .timedOut: break
                case .disconnected:
                    let advice = "\(job) goes on when it is back: 'qklens jobs follow \(job)'"
                    throw CommandFailure(message: "qklensd closed the connection; \(advice)", status: .unreachable)
                case .cannotConnect, .pathTooLong, .foreign, .malformedReply, .unexpectedResult, .unencodableParams, .service:
                    throw error
                }
            }
        }
    }

    private func finished(_ job: JobInfo) throws -> JobInfo {
        switch job.state {
        case .finished: return job
        case .cancelled: throw CommandFailure(message: "\(job.job) was cancelled", status: .refused)
        case .queued, .running, .failed:
            throw CommandFailure(
                message: "\(job.job) failed: \(job.error ?? "for a reason that it did not give")", status: .refused)
        }
    }
}

/// How far a job is, on standard error: a bar that is drawn over itself, or a line now and then.
struct ProgressDisplay {
    private let withBar: Bool
    private var stage: String?
    private var share = 0.0

    init(withBar: Bool) { self.withBar = withBar }

    mutating func show(_ job: JobInfo) {
        let line = ProgressLine(job)
        if withBar {
            // Back to the first column, and the rest of the line erased.
            Terminal.writeError("\r\u{1B}[K" + line.text(width: Terminal.columns))
        } else {
            let step = 0.1
            let isNews = stage != (job.progress?.stage ?? job.state.rawValue) || (line.share ?? 0) >= share + step
            guard isNews, !job.state.hasEnded else { return }
            stage = job.progress?.stage ?? job.state.rawValue
            share = line.share ?? 0
            Terminal.writeError(line.plainText + "\n")
        }
    }

    func clear() { if withBar { Terminal.writeError("\r\u{1B}[K") } }
}

extension JobEstimate {
    /// The estimate as facts.
    var sheet: FactSheet {
        var sheet = FactSheet()
        sheet.add("steps", steps.grouped)
        sheet.add("tokens", tokens.grouped)
        sheet.add("time", "\(time_s_min.duration) to \(time_s_max.duration)")
        sheet.add("memory", memory_bytes.bytes)
        sheet.add("disk", disk_bytes.bytes)
        return sheet
    }
}
