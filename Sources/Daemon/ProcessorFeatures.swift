private import Foundation

/// What the processor can do, as the kernel lists it.
struct ProcessorFeatures {
    private let flags: Set<Substring>

    /// This machine's processor.
    static var current: ProcessorFeatures {
        ProcessorFeatures(cpuinfo: (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "")
    }

    /// The features that a text in the form of `/proc/cpuinfo` lists for its first processor.
    init(cpuinfo: String) {
        let line = cpuinfo.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
        flags = Set(line.split(separator: " "))
    }

    /// Whether the instructions of OpenBLAS's SkylakeX kernels are there.
    var hasAVX512: Bool { flags.isSuperset(of: ["avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl", "fma", "avx2"]) }
}
