// The service's life, told to systemd:
//
// 1. systemd ends the service and starts it anew unless `WATCHDOG=1` comes at least once per `$WATCHDOG_USEC`.
// 2. Each part of the service (the event loops, the thread that computes) is asked again and again for a turn: a piece of work that
//    does nothing but be reached.
// 3. A part has moved if that piece has had its turn, or if the part's own count of steps has grown: a computation of minutes lets
//    nothing else have a turn, but it advances from kernel to kernel.
// 4. Four times per interval this is looked at; once every part has moved since the last ping, the next one is sent. A part that
//    stands still is named to the log, and has the rest of the interval to move.

private import Glibc
private import Synchronization

/// Tells systemd that every part of the service moves, for as long as that is so.
///
/// *Source:* sd_watchdog_enabled(3): `$WATCHDOG_USEC` microseconds, meant for the process `$WATCHDOG_PID`.
public struct Watchdog: Sendable {
    /// A part of the service whose life is watched.
    public struct Part: Sendable {
        /// What the log calls it.
        public let name: String
        fileprivate let steps: @Sendable () -> Int
        fileprivate let turn: @Sendable () async -> Void

        /// A part.
        ///
        /// - Parameters:
        ///   - name: What the log calls it.
        ///   - steps: A number that changes as the part works; constant for a part whose work is never long.
        ///   - turn: Returns as soon as the part has come to it.
        public init(_ name: String, steps: @escaping @Sendable () -> Int = { 0 }, turn: @escaping @Sendable () async -> Void) {
            (self.name, self.steps, self.turn) = (name, steps, turn)
        }
    }

    /// After so long without a ping systemd takes the service for dead.
    public let interval: Duration

    /// How often per interval the parts are looked at: a ping that comes late by one look, or by two, is still in time.
    static let looksPerInterval = 4

    /// The watchdog that a process's environment asks for; nil if it asks for none, or for another process's.
    public init?(environment: [String: String], pid: Int32) {
        guard let microseconds = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), microseconds > 0 else { return nil }
        if let meant = environment["WATCHDOG_PID"], meant != String(pid) { return nil }
        interval = .microseconds(microseconds)
    }

    /// Watches until the task is cancelled.
    ///
    /// - Parameters:
    ///   - parts: What has to move.
    ///   - pause: Waits between two looks; throws to end the watch.
    ///   - standsStill: Told the parts that have not moved since the last ping.
    ///   - ping: Tells systemd.
    public func run(
        _ parts: [Part],
        pause: (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        standsStill: ([String]) -> Void,
        ping: () -> Void
    ) async {
        var lives = parts.map(Life.init)
        while !Task.isCancelled {
            for life in lives { life.askForTurn() }
            guard (try? await pause(interval / Self.looksPerInterval)) != nil else { return }
            for index in lives.indices { lives[index].look() }
            let still = lives.filter { !$0.hasMoved }
            if still.isEmpty {
                ping()
                for index in lives.indices { lives[index].hasMoved = false }
            } else {
                standsStill(still.map(\.part.name))
            }
        }
    }
}

/// What is known of one part.
private struct Life {
    /// The turns that a part was asked for, and those that it has had.
    private final class Turns: Sendable {
        let asked = Atomic<Int>(0)
        let had = Atomic<Int>(0)
    }

    let part: Watchdog.Part
    /// Whether it has moved since the last ping.
    var hasMoved = false
    private let turns = Turns()
    private var turnsSeen = 0
    private var stepsSeen: Int

    init(_ part: Watchdog.Part) {
        self.part = part
        stepsSeen = part.steps()
    }

    /// Asks for a turn, unless the part still owes one.
    func askForTurn() {
        guard turns.asked.load(ordering: .relaxed) == turns.had.load(ordering: .acquiring) else { return }
        turns.asked.add(1, ordering: .relaxed)
        Task { [turns, part] in
            await part.turn()
            turns.had.add(1, ordering: .releasing)
        }
    }

    mutating func look() {
        let (turnsNow, stepsNow) = (turns.had.load(ordering: .acquiring), part.steps())
        if turnsNow != turnsSeen || stepsNow != stepsSeen { hasMoved = true }
        (turnsSeen, stepsSeen) = (turnsNow, stepsNow)
    }
}
