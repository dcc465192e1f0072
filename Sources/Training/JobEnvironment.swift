private import Foundation
import JSON
import Jobs
import Kernels
import Systemd
import Tensors

/// What the last bits of a job's numbers depend on besides its parameters: decided by its first worker, followed by the later ones.
enum JobEnvironment {
    private static let file = "environment.json"

    /// Brings this process as near as it can to the job's first worker, which may start the program anew.
    ///
    /// - Parameters:
    ///   - directory: The job's directory; the first worker leaves its environment there.
    ///   - threads: How many threads the first worker is to use.
    /// - Returns: Whether this process computes the same bits.
    static func adopt(_ directory: JobDirectory, threads: Int) throws -> Bool {
        guard let recorded = try recorded(directory) else {
            setThreads(threads)
            var replacement = try ReplacementFile(directory.path + "/" + file)
            try replacement.append(try JSON(encoding: KernelEnvironment.current).bytes())
            try replacement.commit()
            return true
        }
        let variable = KernelEnvironment.coreTypeVariable
        if recorded.core_type != KernelEnvironment.current.core_type, KernelEnvironment.canRun(coreType: recorded.core_type),
            ProcessInfo.processInfo.environment[variable] != recorded.core_type
        {
            restart(setting: variable, to: recorded.core_type, arguments: CommandLine.arguments)
        }
        setThreads(recorded.threads)
        return KernelEnvironment.current == recorded
    }

    /// What the first worker wrote.
    static func recorded(_ directory: JobDirectory) throws -> KernelEnvironment? {
        let path = directory.path + "/" + file
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try JSON(parsing: try ReadableFile.contents(of: path, limit: 1 << 16)).decode(KernelEnvironment.self)
    }
}
