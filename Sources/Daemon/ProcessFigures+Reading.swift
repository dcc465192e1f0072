private import Foundation
import Methods

extension ProcessFigures {
    /// This process, now.
    ///
    /// *Source:* proc(5): `/proc/self/stat`, fields 14, 15, 20, 22 and 24, `/proc/self/fd`, `/proc/self/limits`, `/proc/stat`'s `btime`.
    static func current() -> ProcessFigures {
        let text = (try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)) ?? ""
        // The program's name, field 2, is in parentheses and may hold blanks.
        let fields = text.split(separator: ")").last?.split(separator: " ").map { Double($0) ?? 0 } ?? []
        func field(_ number: Int) -> Double { number - 3 < fields.count ? fields[number - 3] : 0 }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let limits = ((try? String(contentsOfFile: "/proc/self/limits", encoding: .utf8)) ?? "").split(separator: "\n")
        let descriptors = limits.first { $0.hasPrefix("Max open files") }?.split(separator: " ").dropFirst(3).first
        return ProcessFigures(
            residentBytes: Int(field(24)) * sysconf(Int32(_SC_PAGESIZE)),
            openDescriptors: (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0,
            mostDescriptors: descriptors.flatMap { Int($0) } ?? Int.max, threads: Int(field(20)),
            processorSeconds: (field(14) + field(15)) / ticks, startTime: bootTime + field(22) / ticks)
    }

    /// Seconds from 1970 to the machine's start.
    private static let bootTime: Double = {
        let lines = ((try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? "").split(separator: "\n")
        return lines.first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst("btime ".count)) } ?? 0
    }()
}
