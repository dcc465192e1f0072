// A power cut, without cutting the power:
//
// 1. A process works with a store, record after record, and every write to `data.mdb`, every wait for the disk and every
//    acknowledgement is noted (Tools/writelog.c).
// 2. The power goes at any place in those notes. What was written before the last wait is on the disk; of each write since then, and of
//    the one in flight, all is there, or nothing, or any of its sectors, for a disk keeps no order.
// 3. The file that this makes is opened as any other. Every acknowledged record must be there as it was acknowledged, nothing may be
//    damaged, and there is nobody to repair it.
//
// An engine that does not wait for the disk loses, which shows that the test can fail.
import Foundation
import Store
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct PowerCutTests {
    /// *Source:* the figures to reach, 100 power cuts; they take a few seconds together, and run whole each time.
    static let cuts = 100

    @Test func `A hundred power cuts lose nothing that was acknowledged, and leave a store that is sound`() async throws {
        let directory = TemporaryDirectory()
        guard let (log, before) = try await recorded(directory, waitsForDisk: true) else { return }
        var disk = Disk(durable: before), acknowledged: [Int: Int] = [:], cut = 0
        var generator = SplitMix(state: 20)
        let first = try #require(log.events.firstIndex { if case .acknowledged = $0 { true } else { false } })
        let places = Set((0..<Self.cuts * 2).map { _ in Int.random(in: first..<log.events.count, using: &generator) })
            .sorted().shuffled(using: &generator).prefix(Self.cuts)
        for (place, event) in log.events.enumerated() {
            if places.contains(place) {
                cut += 1
                var torn = disk
                torn.begin(event)
                let image = torn.afterPowerCut(&generator)
                let inFlight = log.events[place...].lazy.compactMap { event -> Int? in
                    if case .acknowledged(let record, _) = event { record } else { nil }
                }.first
                let lost = try Self.lost(image, acknowledged, besides: inFlight)
                #expect(lost.isEmpty, "cut \(cut) before event \(place): \(lost)")
            }
            disk.take(event)
            if case .acknowledged(let record, let version) = event { acknowledged[record] = version }
        }
        #expect(cut == Self.cuts && acknowledged.count > 100)
    }

    @Test func `Without waiting for the disk, every power cut loses`() async throws {
        let directory = TemporaryDirectory()
        guard let (log, before) = try await recorded(directory, waitsForDisk: false) else { return }
        var disk = Disk(durable: before), acknowledged: [Int: Int] = [:], lostCuts = 0, cuts = 0
        for event in log.events {
            disk.take(event)
            guard case .acknowledged(let record, let version) = event else { continue }
            acknowledged[record] = version
            guard acknowledged.count.isMultiple(of: 4) else { continue }
            cuts += 1
            // The system has not yet come to writing anything by itself.
            if try !Self.lost(disk.durable, acknowledged, besides: nil).isEmpty { lostCuts += 1 }
        }
        #expect(cuts >= 25 && lostCuts == cuts, "\(lostCuts) of \(cuts)")
    }

    /// What a process wrote that put, changed and deleted records, and the file before; nil, with a word about it, without a C compiler.
    private func recorded(
        _ directory: TemporaryDirectory, waitsForDisk: Bool
    ) async throws -> (log: WriteLog, before: [UInt8])? {
        let path = directory.path, tools = path + "-tools", log = tools + "/log"
        try FileManager.default.createDirectory(atPath: tools, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: tools) }
        guard let library = try WriteLog.library(in: tools) else {
            print("left out: there is no C compiler named cc")
            return nil
        }
        _ = try Store(directory: path)
        let before = [UInt8](try Data(contentsOf: URL(filePath: path + "/data.mdb")))
        // The process that the test starts inherits them.
        let variables = ["LD_PRELOAD": library, "QKLENS_WRITE_LOG": log, "QKLENS_WRITES_OF": path + "/data.mdb"]
        for (name, value) in variables { unsafe setenv(name, value, 1) }
        defer { for name in variables.keys { unsafe unsetenv(name) } }
        await #expect(processExitsWith: .success) {
            [path = path as String, log = log as String, waitsForDisk = waitsForDisk as Bool] in
            try Recorder.work(path, log, waitsForDisk: waitsForDisk)
        }
        return (try WriteLog(log), before)
    }

    /// What differs from what was acknowledged, in a store made of these bytes.
    ///
    /// - Parameter inFlight: The record whose change may or may not have happened.
    private static func lost(_ image: [UInt8], _ acknowledged: [Int: Int], besides inFlight: Int?) throws -> [String] {
        let directory = TemporaryDirectory()
        try Data(image).write(to: URL(filePath: directory.path + "/data.mdb"))
        let store = try Store(directory: directory.path)
        var lost = try store.verify().findings.map(\.description)
        try store.read { (reader: StoreReader) throws in
            for (record, version) in acknowledged.sorted(by: { $0.key < $1.key }) where record != inFlight {
                let found = try reader.document(.jobs, id: "j\(record)")
                let wanted = version == 0 ? nil : Recorder.content(record, version: version)
                if found != wanted { lost.append("record \(record), version \(version)") }
            }
        }
        return lost
    }
}

/// The process whose power is cut.
private enum Recorder {
    /// 100 bytes to 12 kB that say which record and version they are.
    static func content(_ record: Int, version: Int) -> [UInt8] {
        let seed = record * 131 + version
        return (0..<(100 + seed * 7919 % 12_000)).map { UInt8(truncatingIfNeeded: $0 &* (seed | 1)) }
    }

    /// Puts, changes and deletes records, and notes each change once the store has acknowledged it.
    static func work(_ path: String, _ log: String, waitsForDisk: Bool) throws {
        var options = Store.Options()
        options.waitsForDisk = waitsForDisk
        let store = try Store(directory: path, options: options)
        let notes = unsafe open(log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var generator = SplitMix(state: 7)
        for change in 1...400 {
            let record = Int.random(in: 1...150, using: &generator)
            let version = Int.random(in: 0..<4, using: &generator) == 0 ? 0 : change
            try store.write { writer in
                if version == 0 {
                    _ = try writer.delete(.jobs, id: "j\(record)")
                } else {
                    try writer.put(content(record, version: version), .jobs, id: "j\(record)")
                }
            }
            WriteLog.acknowledge(record, version: version, in: notes)
        }
    }
}

/// A disk that holds one file.
private struct Disk {
    /// What stays whatever happens.
    private(set) var durable: [UInt8]
    /// What was written since the last wait, in order.
    private var pending: [(offset: Int, bytes: ArraySlice<UInt8>)] = []

    private static let sector = 512

    init(durable: [UInt8]) { self.durable = durable }

    mutating func take(_ event: WriteLog.Event) {
        switch event {
        case .written(let offset, let bytes, let through):
            if through { Self.put(bytes, at: offset, in: &durable) } else { pending.append((offset, bytes)) }
        case .synchronised:
            for (offset, bytes) in pending { Self.put(bytes, at: offset, in: &durable) }
            pending = []
        case .truncated(let length): durable = Array(durable.prefix(length))
        case .acknowledged: break
        }
    }

    /// Takes a write that is under way: it may come back from the disk in any state.
    mutating func begin(_ event: WriteLog.Event) {
        if case .written(let offset, let bytes, _) = event { pending.append((offset, bytes)) }
    }

    /// What the file may hold afterwards.
    func afterPowerCut(_ generator: inout SplitMix) -> [UInt8] {
        var image = durable
        for (offset, bytes) in pending {
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: break
            case 1: Self.put(bytes, at: offset, in: &image)
            default:
                // Sectors are those of the file: a page lies in eight of them.
                var start = bytes.startIndex
                while start < bytes.endIndex {
                    let place = offset + start - bytes.startIndex
                    let end = min(bytes.endIndex, start + Self.sector - place % Self.sector)
                    if Bool.random(using: &generator) { Self.put(bytes[start..<end], at: place, in: &image) }
                    start = end
                }
            }
        }
        return image
    }

    private static func put(_ bytes: ArraySlice<UInt8>, at offset: Int, in image: inout [UInt8]) {
        if image.count < offset + bytes.count { image += [UInt8](repeating: 0, count: offset + bytes.count - image.count) }
        image.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
}
