public import API

/// One line that says how far a job is.
public struct ProgressLine: Sendable {
    let job: JobInfo

    /// The line of a job.
    public init(_ job: JobInfo) { self.job = job }

    /// How much of its stage is done, from 0 to 1; nil before there is one.
    public var share: Double? {
        job.progress.map { $0.of > 0 ? min(1, Double($0.step) / Double($0.of)) : 0 }
    }

    /// The line with a bar, at most `width` columns wide.
    public func text(width: Int) -> String {
        guard let progress = job.progress, let share else { return "\(job.job) \(job.state.rawValue)" }
        let barWidth = 24
        let filled = Int((share * Double(barWidth)).rounded(.down))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: barWidth - filled)
        return String("\(job.job) \(progress.stage) \(bar) \(words(progress))".prefix(max(20, width - 1)))
    }

    /// The line without a bar, for a log.
    public var plainText: String {
        guard let progress = job.progress else { return "\(job.job) \(job.state.rawValue)" }
        return "\(job.job) \(progress.stage) \(words(progress))"
    }

    private func words(_ progress: JobProgress) -> String {
        var words = ["\(progress.step)/\(progress.of)", "\(Int(progress.tokens_per_s.rounded()).grouped) tokens/s"]
        if let left = progress.time_left_s { words.append("\(left.duration) left") }
        for name in Self.figures {
            guard let value = progress.metrics[name], let word = name.split(separator: "/").last else { continue }
            let text = value.rounded() == value ? Int(value).grouped : value.magnitude < 1e-3 ? value.scientific : value.fixed(3)
            words.append("\(word) \(text)")
        }
        return words.joined(separator: " · ")
    }

    /// The figures that tell most, in the order in which they are shown.
    private static let figures = ["losses/overall_loss", "metrics/l0_query", "metrics/l0_key", "metrics/entries"]
}
