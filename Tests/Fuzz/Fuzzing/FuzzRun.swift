// Many inputs through one target.
//
// 1. Input n follows from the seed and n alone, so that a finding is repeated without what went before it.
// 2. Before every block of inputs its place is written to a file: if the process dies, the file says where.
// 3. An alarm ends the process if a block takes longer than any should: an endless loop is a death like another.
// 4. An input that breaks a property, or takes longer than the limit, is written to a file, and the run ends.

private import Foundation
private import Glibc

/// What a run has seen.
public struct FuzzReport: Sendable, CustomStringConvertible {
    /// The target's name.
    public let target: String
    /// How many inputs were tried.
    public internal(set) var inputs = 0
    /// How many of them were accepted; the others were refused as they should be.
    public internal(set) var accepted = 0
    /// Bytes of all of them.
    public internal(set) var bytes = 0
    /// How long it took.
    public internal(set) var seconds = 0.0
    /// The longest that one input took, in seconds.
    public internal(set) var worst = 0.0
    /// Resident memory once the first block was done, and at the end, in bytes.
    public internal(set) var memory = (start: 0, end: 0)
    /// What did not hold, and the file with the input that shows it; nil if all held.
    public internal(set) var failure: (reason: String, file: String)?

    /// One line.
    public var description: String {
        func rounded(_ value: Double, _ digits: Int) -> String {
            value.formatted(.number.precision(.fractionLength(digits)).grouping(.never))
        }
        let rate = rounded(Double(inputs) / max(seconds, 1e-9), 0), mebibyte = Double(1 << 20)
        return
            "\(target): \(inputs) inputs, \(accepted * 100 / max(inputs, 1)) % of them accepted, \(rate) per second, longest \(rounded(worst * 1000, 1)) ms, memory "
            + "\(rounded(Double(memory.start) / mebibyte, 1)) to \(rounded(Double(memory.end) / mebibyte, 1)) MiB"
    }
}

/// A run of inputs through a target.
public struct FuzzRun: Sendable {
    /// The target.
    public let target: FuzzTarget
    /// What mutations begin with.
    public let corpus: FuzzCorpus
    /// What the inputs follow from.
    public let seed: UInt64
    /// Where the place of the block at hand and failing inputs are written.
    public let directory: String

    /// Inputs between two looks at the clock.
    public static let block = 500
    /// The longest that one input may take, in seconds.
    public static let longestInput = 1.0
    /// The longest that a block may take, in seconds, before it is held to hang.
    private static let longestBlock: UInt32 = 60

    /// A run.
    public init(_ target: FuzzTarget, _ corpus: FuzzCorpus, seed: UInt64, directory: String) {
        (self.target, self.corpus, self.seed, self.directory) = (target, corpus, seed, directory)
    }

    /// The input of that number.
    public func input(_ index: Int) -> [UInt8] {
        var draws = Draws(seed: seed &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(index) &* 0xD1B5_4A32_D192_ED03)
        return target.make(&draws, corpus)
    }

    /// Tries inputs, block after block, for as long as `goOn` says; the first that fails ends it.
    ///
    /// - Parameters:
    ///   - first: The number of the first input.
    ///   - goOn: Asked before each block, with the seconds so far and the inputs so far.
    public func run(from first: Int = 0, while goOn: (_ seconds: Double, _ inputs: Int) -> Bool) throws -> FuzzReport {
        var report = FuzzReport(target: target.name)
        let start = ContinuousClock.now, place = "\(directory)/\(target.name).at"
        defer {
            alarm(0)
            unsafe unlink(place)
            FuzzFile.clear()
        }
        while goOn((ContinuousClock.now - start).inSeconds, report.inputs) {
            let from = first + report.inputs
            try Data("--target \(target.name) --seed \(seed) --from \(from) --inputs \(Self.block)\n".utf8).write(
                to: URL(filePath: place))
            alarm(Self.longestBlock)
            for index in from..<from + Self.block {
                try attempt(index, &report)
                if report.failure != nil { break }
            }
            report.memory.end = Self.residentBytes()
            if report.memory.start == 0 { report.memory.start = report.memory.end }
            report.seconds = (ContinuousClock.now - start).inSeconds
            if report.failure != nil { break }
        }
        return report
    }

    private func attempt(_ index: Int, _ report: inout FuzzReport) throws {
        let bytes = input(index)
        report.inputs += 1
        report.bytes += bytes.count
        // The processor's time: another program on the machine is no fault of the parser.
        let before = Self.processorSeconds()
        var reason: String?
        do { if try target.check(bytes) { report.accepted += 1 } } catch { reason = "\(error)" }
        let took = Self.processorSeconds() - before
        report.worst = max(report.worst, took)
        if reason == nil, took > Self.longestInput { reason = "it took \(took) s" }
        guard let reason else { return }
        let file = "\(directory)/\(target.name)-\(seed)-\(index).input"
        try Data(bytes).write(to: URL(filePath: file))
        report.failure = ("input \(index): \(reason)", file)
    }

    /// Tries the bytes of one file.
    ///
    /// - Returns: Whether they were accepted.
    /// - Throws: What does not hold.
    public static func attempt(_ bytes: [UInt8], _ target: FuzzTarget) throws -> Bool {
        defer { FuzzFile.clear() }
        return try target.check(bytes)
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The process's resident memory.
    private static func residentBytes() -> Int {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").dropFirst().first
        return pages.flatMap { Int($0) }.map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) } ?? 0
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
