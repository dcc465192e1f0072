import Synchronization
import Systemd
import Testing

/// Who is asked for, who moves, and when systemd hears of it; time is a number of looks.
@Suite struct WatchdogTests {
    /// Counts what the watchdog tells.
    private final class Record: Sendable {
        let pings = Atomic<Int>(0)
        let still = Mutex<[[String]]>([])
    }

    private struct Over: Error {}

    /// Watches for so many looks; `before` runs ahead of each, once those that were asked have had time for their turn.
    private func watch(_ parts: [Watchdog.Part], looks: Int, before: @escaping (Int) async -> Void = { _ in }) async throws
        -> Record
    {
        let record = Record()
        let watchdog = try #require(Watchdog(environment: ["WATCHDOG_USEC": "60000000"], pid: 1))
        var look = 0
        await watchdog.run(
            parts,
            pause: { _ in
                if look == looks { throw Over() }
                await before(look)
                look += 1
            },
            standsStill: { names in record.still.withLock { $0.append(names) } },
            ping: { record.pings.add(1, ordering: .relaxed) })
        return record
    }

    /// A part that has its turn at once, and a way to wait until it has had so many.
    private final class Willing: Sendable {
        private let turns = Atomic<Int>(0)

        func part(_ name: String) -> Watchdog.Part {
            Watchdog.Part(name) { _ = self.turns.add(1, ordering: .relaxed) }
        }

        /// The turn is counted by the watchdog after its closure has returned, so a few more yields let it come to that.
        func waitForTurns(_ count: Int) async {
            while turns.load(ordering: .relaxed) < count { await Task.yield() }
            for _ in 0..<1000 { await Task.yield() }
        }
    }

    @Test func `it is asked for by the environment, for this process only`() {
        #expect(Watchdog(environment: [:], pid: 7) == nil)
        #expect(Watchdog(environment: ["WATCHDOG_USEC": "0"], pid: 7) == nil)
        #expect(Watchdog(environment: ["WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "8"], pid: 7) == nil)
        #expect(Watchdog(environment: ["WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "7"], pid: 7)?.interval == .seconds(5))
        #expect(Watchdog(environment: ["WATCHDOG_USEC": "5000000"], pid: 7)?.interval == .seconds(5))
    }

    @Test func `it looks four times per interval`() async throws {
        let watchdog = try #require(Watchdog(environment: ["WATCHDOG_USEC": "60000000"], pid: 1))
        var pauses: [Duration] = []
        await watchdog.run(
            [],
            pause: {
                pauses.append($0)
                throw Over()
            }, standsStill: { _ in }, ping: {})
        #expect(pauses == [.seconds(15)])
    }

    @Test func `a ping needs every part to have moved`() async throws {
        let willing = Willing()
        let stuck = Watchdog.Part("compute") { await Self.never() }
        let record = try await watch([willing.part("event loops"), stuck], looks: 3) { await willing.waitForTurns($0 + 1) }
        #expect(record.pings.load(ordering: .relaxed) == 0)
        #expect(record.still.withLock { $0 } == [["compute"], ["compute"], ["compute"]])
    }

    @Test func `parts that have their turns are pinged for at each look`() async throws {
        let willing = Willing()
        let record = try await watch([willing.part("event loops")], looks: 3) { await willing.waitForTurns($0 + 1) }
        #expect(record.pings.load(ordering: .relaxed) == 3 && record.still.withLock { $0.isEmpty })
    }

    @Test func `a long computation counts as moving while its steps grow, and no longer`() async throws {
        let steps = Atomic<Int>(0)
        let record = Mutex<[Bool]>([])
        let part = Watchdog.Part("compute", steps: { steps.load(ordering: .relaxed) }) { await Self.never() }
        let watchdog = try #require(Watchdog(environment: ["WATCHDOG_USEC": "1000"], pid: 1))
        var look = 0
        await watchdog.run(
            [part],
            pause: { _ in
                if look == 4 { throw Over() }
                if look < 2 { steps.add(1, ordering: .relaxed) }
                look += 1
            },
            standsStill: { _ in record.withLock { $0.append(false) } }, ping: { record.withLock { $0.append(true) } })
        #expect(record.withLock { $0 } == [true, true, false, false])
    }

    @Test func `a part that moved stays counted until the others have moved too`() async throws {
        let first = Mutex(0)
        let second = Mutex(0)
        let parts = [
            Watchdog.Part("first", steps: { first.withLock { $0 } }) { await Self.never() },
            Watchdog.Part("second", steps: { second.withLock { $0 } }) { await Self.never() },
        ]
        let record = try await watch(parts, looks: 3) { look in
            if look == 0 { first.withLock { $0 += 1 } }
            if look == 1 { second.withLock { $0 += 1 } }
        }
        #expect(record.pings.load(ordering: .relaxed) == 1)
        #expect(record.still.withLock { $0 } == [["second"], ["first", "second"]])
    }

    /// A turn that never comes.
    private static func never() async { unsafe await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
}
