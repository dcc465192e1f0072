private import CKernels
private import COpenBLAS

/// What the last bits of a result depend on besides its inputs: the same values in a later process give the same bits.
public struct KernelEnvironment: Codable, Sendable, Equatable {
    /// The processor type whose kernels OpenBLAS runs, such as `SkylakeX` or `Haswell`.
    public let core_type: String
    /// OpenBLAS's version, such as `OpenBLAS 0.3.21`.
    public let library: String
    /// The machine version of our own kernels: 4 for x86-64-v4, 3 for x86-64-v3, 1 for the baseline.
    public let vector_level: Int
    /// How many threads products are cut among.
    public let threads: Int

    /// This process's.
    public static var current: KernelEnvironment {
        let configuration = unsafe String(cString: openblas_get_config())
        return KernelEnvironment(
            core_type: unsafe String(cString: openblas_get_corename()),
            library: configuration.split(separator: " ").prefix(2).joined(separator: " "), vector_level: Int(qk_vector_level()),
            threads: threadCount)
    }

    /// OpenBLAS's fastest kernels that this processor runs, where OpenBLAS chose slower ones by itself; nil where its choice is right.
    ///
    /// OpenBLAS 0.3.21 knows processors by name, not by what they can do: on those younger than it, it takes kernels half as fast.
    public static var betterCoreType: String? {
        qk_vector_level() == 4 && avx2Cores.contains(current.core_type) ? "SkylakeX" : nil
    }

    /// Whether this processor has the instructions of OpenBLAS's kernels of that type, as far as it is known here.
    public static func canRun(coreType: String) -> Bool {
        if avx512Cores.contains(coreType) { return qk_vector_level() >= 4 }
        return avx2Cores.contains(coreType) && qk_vector_level() >= 3
    }

    /// The types that need AVX-512, and those that need AVX2 and FMA.
    ///
    /// *Source:* OpenBLAS 0.3.21, TargetList.txt.
    private static let avx512Cores: Set = ["SkylakeX", "Cooperlake", "SapphireRapids"]
    private static let avx2Cores: Set = ["Haswell", "Zen"]
}

extension KernelEnvironment {
    /// The variable that makes OpenBLAS take a type's kernels; read when the library is loaded.
    public static let coreTypeVariable = "OPENBLAS_CORETYPE"
}
