/// Keeps the line that `systemctl status` shows up to date.
public struct StatusLine: Sendable {
    private let notifier: Notifier
    private let text: @Sendable () async -> String

    /// How often the line is made anew: as often as a person would look.
    private static let period = Duration.seconds(5)

    /// A line.
    ///
    /// - Parameters:
    ///   - notifier: Whom to tell.
    ///   - text: What the service does now.
    public init(_ notifier: Notifier, text: @escaping @Sendable () async -> String) {
        (self.notifier, self.text) = (notifier, text)
    }

    /// Tells what has changed until the task is cancelled; returns at once where nobody listens.
    ///
    /// - Parameter pause: Waits between two lines; throws to end it.
    public func run(pause: (Duration) async throws -> Void = { try await Task.sleep(for: $0) }) async {
        guard notifier.isHeard else { return }
        var told: String?
        while !Task.isCancelled {
            let line = await text()
            if line != told { notifier.show(status: line) }
            told = line
            guard (try? await pause(Self.period)) != nil else { return }
        }
    }
}
