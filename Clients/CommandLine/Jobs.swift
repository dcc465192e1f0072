public import API
public import ArgumentParser
import JSON
import Presentation

extension JobState: ExpressibleByArgument {}

/// Work that goes on in the background.
struct Jobs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Jobs: list, get, follow, metrics, wait, cancel, delete.",
        subcommands: [List.self, Get.self, Follow.self, Metrics.self, Wait.self, Cancel.self, Delete.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the jobs, newest first.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @Option(help: ArgumentHelp("Only those in this state.", valueName: "state")) var state: JobState?

        func run() throws {
            try global.run(JobsList.self, JobsList.Params(state: state, limit: paging.limit, cursor: paging.cursor)) {
                result, style in
                var table = Table([.words("job"), .words("kind"), .words("state"), .words("queued (UTC)"), .words("progress")])
                for job in result.jobs {
                    table.add([
                        Table.Cell(job.job, .bold), Table.Cell(job.kind.rawValue),
                        Table.Cell(job.state.rawValue, job.state.emphasis),
                        Table.Cell(job.created_ms.date), Table.Cell(job.summary),
                    ])
                }
                return table.text(style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    /// The one argument that most of the verbs take.
    struct Name: ParsableArguments {
        @Argument(help: "The job, as in j1.") var job: String
    }

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Describe a job.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var name: Name

        func run() throws {
            let session = try global.connect(), params = JobsGet.Params(job: name.job)
            var lines: [JSON] = []
            // Of a training that has ended, few of the lines are kept with each dictionary.
            let made = global.json ? nil : try session.call(JobsGet.self, params)
            let history = made?.kind == .dictionariesTrain ? made?.result?.dictionary : nil
            if let history, let kept = try? session.call(DictionariesHistory.self, .init(dictionary: history)) {
                lines = kept.metrics
            } else if !global.json {
                try session.forEachPage(ofMetrics: name.job) { lines += $0 }
            }
            try session.show(JobsGet.self, params) { job, style in
                let curves = TrainingCurves(lines).text(style, width: Terminal.columns)
                return job.sheet.text(style) + (curves.isEmpty ? "" : "\n" + curves)
            }
        }
    }

    struct Follow: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a job's progress until it has ended; Ctrl-C leaves it alone.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var name: Name

        func run() throws {
            let session = try global.connect()
            try session.showResult(of: session.attend(name.job, withBar: Terminal.hasErrors))
        }
    }

    struct Metrics: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a job's series of figures, one JSON object per line.",
            discussion: "Example: qklens jobs metrics j1 --follow | jq -c '[.step, .\"losses/overall_loss\"]'")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var name: Name
        @Flag(help: "Go on printing until the job has ended.") var follow = false

        func run() throws {
            let session = try global.connect()
            var cursor = try print(session, from: nil)
            guard follow else { return }
            _ = try global.connect().watch(name.job) { _ in cursor = try print(session, from: cursor) }
            _ = try print(session, from: cursor)
        }

        /// Prints what is there beyond a cursor, and returns the next one.
        private func print(_ session: Session, from cursor: String?) throws -> String? {
            try session.forEachPage(ofMetrics: name.job, from: cursor) { page in
                for line in page { Terminal.write(line.text() + "\n") }
            }
        }
    }

    struct Wait: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Wait in silence until a job has ended, and describe it.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var name: Name
        @Option(help: ArgumentHelp("How long at most.", valueName: "seconds")) var timeout: Double?

        func run() throws {
            let session = try global.connect()
            let job = try session.call(JobsWait.self, JobsWait.Params(job: name.job, timeout_s: timeout))
            try session.show(job) { job.sheet.text($0) }
            guard job.state == .finished else { throw ExitCode(ShellStatus.refused.rawValue) }
        }
    }

    struct Cancel: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a job.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var name: Name

        func run() throws {
            try global.run(JobsCancel.self, JobsCancel.Params(job: name.job)) { job, _ in
                job.state == .cancelled ? "\(job.job) cancelled\n" : "\(job.job) is being cancelled\n"
            }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget an ended job; what it has made stays.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var name: Name

        func run() throws {
            try global.run(JobsDelete.self, JobsDelete.Params(job: name.job)) { result, _ in "\(result.job) deleted\n" }
        }
    }
}

extension Session {
    /// Calls `body` with what a job has written beyond a cursor, and returns the next one.
    @discardableResult
    func forEachPage(ofMetrics job: String, from cursor: String? = nil, _ body: ([JSON]) -> Void) throws -> String? {
        var cursor = cursor
        while true {
            let page = try call(JobsMetrics.self, JobsMetrics.Params(job: job, cursor: cursor))
            body(page.metrics)
            cursor = page.next_cursor
            if page.metrics.isEmpty { return cursor }
        }
    }
}

extension JobState {
    /// How the state is set off.
    var emphasis: Style.Emphasis? {
        switch self {
        case .queued: .dim
        case .running: .bold
        case .finished: .good
        case .failed, .cancelled: .bad
        }
    }
}

extension JobInfo {
    /// How far it is, what it has made, or why it has failed.
    var summary: String {
        if let error { return error }
        if let made = result?.map ?? result?.dictionary ?? result?.cache { return "made \(made)" }
        guard let progress, !state.hasEnded else { return "" }
        let left = progress.time_left_s.map { ", \($0.duration) left" } ?? ""
        return "\(progress.stage) \(progress.step)/\(progress.of)\(left)"
    }

    /// The job as facts.
    var sheet: FactSheet {
        var sheet = FactSheet()
        sheet.add("job", job)
        sheet.add("kind", kind.rawValue)
        sheet.add("state", attempts > 1 ? "\(state.rawValue), attempt \(attempts)" : state.rawValue)
        sheet.add("params", params.text())
        sheet.add("owner", "uid \(owner_uid)")
        sheet.add("queued", "\(created_ms.date) UTC")
        if let started_ms { sheet.add("started", "\(started_ms.date) UTC") }
        if let started_ms, let ended_ms {
            sheet.add("ended", "\(ended_ms.date) UTC, after \((Double(ended_ms - started_ms) / 1000).duration)")
        }
        if !summary.isEmpty { sheet.add(error == nil ? "progress" : "error", summary) }
        for (name, value) in (progress?.metrics ?? [:]).sorted(by: { $0.key < $1.key }) {
            sheet.add(name, value.magnitude < 1e-3 ? value.scientific : value.fixed(4))
        }
        return sheet
    }
}
