import Foundation

/// What a process holds at a moment, as the kernel tells it in proc(5).
struct ProcessFacts: Equatable, CustomStringConvertible {
    let descriptors: Int
    let threads: Int
    /// Resident memory, and the most that it has ever been.
    let residentBytes: Int
    let peakBytes: Int
    /// Processor time used so far.
    let seconds: Double

    init(of process: Int32) throws {
        let folder = "/proc/\(process)"
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/fd").count
        threads = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/task").count
        let status = try String(contentsOfFile: "\(folder)/status", encoding: .utf8)
        func kilobytes(_ name: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
            return (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first).flatMap { Int($0) } ?? 0
        }
        residentBytes = kilobytes("VmRSS:") << 10
        peakBytes = kilobytes("VmHWM:") << 10
        // The name in parentheses may hold anything; user and system time are the 12th and 13th fields after it.
        let stat = try String(contentsOfFile: "\(folder)/stat", encoding: .utf8)
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        seconds = Double((Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)) / Double(sysconf(CInt(_SC_CLK_TCK)))
    }

    var description: String {
        "\(descriptors) descriptors, \(threads) threads, \(residentBytes >> 20) MiB (peak \(peakBytes >> 20)), \(seconds) s"
    }
}

extension LiveDaemon {
    var facts: ProcessFacts { get throws { try ProcessFacts(of: process.processIdentifier) } }

    /// Waits until the daemon holds as few descriptors and threads as before, and no more than so many bytes more, and returns what it
    /// holds in the end.
    ///
    /// A connection's end is noticed by the daemon's event loops in their own time, and freed memory is given back every few seconds,
    /// hence the patience; what is lost for good stays.
    func settled(to before: ProcessFacts, within bytes: Int = .max >> 1) throws -> ProcessFacts {
        var now = try facts
        for _ in 0..<15_000
        where now.descriptors > before.descriptors || now.threads > before.threads
            || now.residentBytes > before.residentBytes + bytes
        {
            usleep(1000)
            now = try facts
        }
        return now
    }
}
