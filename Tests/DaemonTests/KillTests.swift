import API
import Client
import Foundation
import JSON
import Tensors
import Testing

/// A thousand times kill -9: what was acknowledged is there, the store is sound, and nobody repairs anything.
///
/// Without `QKLENS_SOAK` in the environment each runs at a fiftieth of its length.
@Suite(.serialized, .timeLimit(.minutes(30))) struct KillTests {
    /// *Source:* the figures to reach: 1,000 kill -9, 100 of them during training.
    static let kills = 900, killsDuringTraining = 100

    @Test func `clients change records all the time, the daemon is killed at any reply, and what it has acknowledged is there`()
        throws
    {
        let daemon = try LiveDaemon()
        var ledger = try Ledger(daemon), generator = RandomGenerator(seed: 11), acknowledged = 0
        for kill in 0..<SoakTests.share(of: Self.kills) {
            // All at once: when the reply comes after which the daemon is killed, others are on their way.
            let requests = ledger.requests(&generator)
            let connection = try RawSocket(daemon.socket)
            try connection.send(requests.map(\.line).joined())
            for _ in 0..<Int.random(in: 0...requests.count, using: &generator) {
                let reply = try #require(try connection.reply())
                ledger.acknowledge(requests[try #require(reply["id"]?.integer)], reply)
                acknowledged += 1
            }
            daemon.end(SIGKILL)
            try daemon.start()
            let wrong = try ledger.compare(daemon)
            #expect(wrong.isEmpty, "kill \(kill): \(wrong)")
            let report = try daemon.call(StoreVerify.self)
            #expect(report.sound, "kill \(kill): \(report.findings)")
        }
        #expect(acknowledged > SoakTests.share(of: Self.kills))
        #expect(daemon.end() == 0)
    }

    /// Where a worker's life can be ended, each with the passes that the job makes through it.
    static let events =
        ["step", "metrics-appended", "metrics-synchronised", "checkpoint-half-written", "checkpoint-before-rename"]
        .flatMap { event in (1...12).map { "\(event):\($0)" } }
        + (1...12).map { "checkpoint-after-rename:\($0)" } + ["progress:1", "progress:2", "evaluation:1", "before-publication:1"]

    @Test func `daemon and worker are killed at an event of the training, and the job ends as one that was left alone`() throws {
        var generator = RandomGenerator(seed: 12)
        let events = Self.events.shuffled(using: &generator), undisturbed = try ResumeTests.undisturbed.get()
        for kill in 0..<SoakTests.share(of: Self.killsDuringTraining) {
            let event = events[kill % events.count]
            let marker = NSTemporaryDirectory() + "qklens-killed-\(UUID().uuidString.prefix(8))"
            defer { try? FileManager.default.removeItem(atPath: marker) }
            let daemon = try LiveDaemon(
                ["--checkpoint-interval-s", "0"],
                environment: ["QKLENS_KILL_AT": "\(event):\(marker)", "QKLENS_KILL_SERVICE": "1"])
            _ = try daemon.call(DictionariesTrain.self, ResumeTests.training)
            daemon.process.waitUntilExit()
            #expect(
                daemon.process.terminationReason == .uncaughtSignal && daemon.process.terminationStatus == SIGKILL, "\(event)")
            try daemon.start()
            let job = try daemon.call(JobsWait.self, ["job": "j1", "timeout_s": 50])
            #expect(try ResumeTests.outcome(of: job, on: daemon, attempts: 2) == undisturbed, "\(event)")
            #expect(try daemon.call(StoreVerify.self).sound, "\(event)")
        }
    }
}

/// What the daemon has acknowledged, against what it says later.
private struct Ledger {
    /// What may be found of a thing: one state, or two while a change of it is not acknowledged.
    private enum State { case waiting, cancelled, there, gone }

    /// A call that changes records.
    struct Change {
        enum Kind { case submit(seed: Int), cancel, deleteJob, importMap, deleteMap, importDictionary, deleteDictionary }

        let kind: Kind
        /// What it changes; nothing if it makes it.
        let thing: String
        let line: String
    }

    private var states: [String: Set<State>] = [:]
    private var seeds: [String: Int] = [:]
    private var lastSeed = 0
    private let map: String
    private let dictionary: String

    /// Changes under way at once.
    private static let atOnce = 24

    /// A small dictionary and its map, to be imported again and again, and a job that is at work so that all others wait.
    init(_ daemon: LiveDaemon) throws {
        _ = try daemon.run(DictionariesTrain.self, ExportTests.training)
        _ = try daemon.run(MapsTrain.self, ["dictionary": "d1", "steps": 4, "support_contexts": 8, "held_out_contexts": 2])
        (map, dictionary) = (daemon.home.appending(path: "map").path, daemon.home.appending(path: "dictionary").path)
        _ = try daemon.call(MapsExport.self, ["map": "m1", "path": .string(map)])
        _ = try daemon.call(DictionariesExport.self, ["dictionary": "d1", "path": .string(dictionary)])
        for job in ["j1", "j2"] { _ = try daemon.client().call("jobs.delete", ["job": .string(job)]) }
        (states["d1"], states["m1"]) = ([.there], [.there])
        let long = try #require(try daemon.call(DictionariesTrain.self, JobLifeTests.long).job)
        states[long.job] = [.waiting]
    }

    /// Changes to ask for, no two of the same thing.
    mutating func requests(_ generator: inout RandomGenerator) -> [Change] {
        var free = states.filter { $0.key != "d1" && $0.key != "m1" && $0.key != "j3" }.keys.sorted().shuffled(using: &generator)
        return (0..<Self.atOnce).map { id in
            if Bool.random(using: &generator), let thing = free.popLast() {
                let kind: Change.Kind, state = states[thing] ?? []
                switch (thing.first, state) {
                case ("j", [.waiting]): kind = .cancel
                case ("j", _): kind = .deleteJob
                case ("m", _): kind = .deleteMap
                default: kind = .deleteDictionary
                }
                states[thing] = state.union([kind.isCancel ? .cancelled : .gone])
                return change(id, kind, thing)
            }
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: return change(id, .importMap)
            case 1: return change(id, .importDictionary)
            default:
                lastSeed += 1
                return change(id, .submit(seed: lastSeed))
            }
        }
    }

    private func change(_ id: Int, _ kind: Change.Kind, _ thing: String = "") -> Change {
        let line =
            switch kind {
            case .submit(let seed):
                request(
                    "dictionaries.train",
                    #"{"layers":[0],"d_sae_query":[8],"steps":100000,"held_out_contexts":1,"seeds":[\#(seed)]}"#, id: id)
            case .cancel: request("jobs.cancel", #"{"job":"\#(thing)"}"#, id: id)
            case .deleteJob: request("jobs.delete", #"{"job":"\#(thing)"}"#, id: id)
            case .importMap: request("maps.import", #"{"path":"\#(map)","dictionary":"d1"}"#, id: id)
            case .deleteMap: request("maps.delete", #"{"map":"\#(thing)"}"#, id: id)
            case .importDictionary: request("dictionaries.import", #"{"path":"\#(dictionary)"}"#, id: id)
            case .deleteDictionary: request("dictionaries.delete", #"{"dictionary":"\#(thing)"}"#, id: id)
            }
        return Change(kind: kind, thing: thing, line: line)
    }

    /// Takes in a reply.
    mutating func acknowledge(_ change: Change, _ reply: JSON) {
        let result = reply["result"]
        #expect(result != nil, "\(change.line) \(reply.text())")
        switch change.kind {
        case .submit(let seed):
            guard let job = result?["job"]?["job"]?.string else { return }
            (states[job], seeds[job]) = ([.waiting], seed)
        case .importMap: if let map = result?["map"]?.string { states[map] = [.there] }
        case .importDictionary: if let dictionary = result?["dictionary"]?.string { states[dictionary] = [.there] }
        case .cancel: states[change.thing] = [.cancelled]
        case .deleteJob, .deleteMap, .deleteDictionary: states[change.thing] = [.gone]
        }
    }

    /// What is not as it was acknowledged; what was not acknowledged is taken as it is.
    mutating func compare(_ daemon: LiveDaemon) throws -> [String] {
        var found: [String: State] = [:], wrong: [String] = []
        for job in try daemon.client().all("jobs.list", "jobs") {
            guard let id = job["job"]?.string else { continue }
            found[id] = job["state"] == "cancelled" ? .cancelled : .waiting
            if job["state"] == "failed" { wrong.append("\(id) has failed: \(job["error"]?.text() ?? "")") }
            if let seed = seeds[id], job["params"]?["seeds"] != [.integer(seed)] { wrong.append("\(id) is another job") }
        }
        for (method, member, name) in [("maps.list", "maps", "map"), ("dictionaries.list", "dictionaries", "dictionary")] {
            for thing in try daemon.client().all(method, member) { found[thing[name]?.string ?? ""] = .there }
        }
        for (thing, allowed) in states where !allowed.contains(found[thing] ?? .gone) {
            wrong.append("\(thing) should be \(allowed), and is \(found[thing] ?? .gone)")
        }
        states = found.mapValues { [$0] }.merging(states.filter { found[$0.key] == nil }.mapValues { _ in [.gone] }) { $1 }
        states = states.filter { $0.value != [.gone] }
        return wrong
    }
}

extension Ledger.Change.Kind {
    fileprivate var isCancel: Bool { if case .cancel = self { true } else { false } }
}
