import ArgumentParser
import JSON
import Kernels

/// What the figures depend on besides the code.
struct Environment: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "OpenBLAS's kernels, and the faster ones that this processor runs.")

    func run() throws {
        let found = KernelEnvironment.current
        var facts: JSONObject = ["core_type": .string(found.core_type), "library": .string(found.library)]
        if let better = KernelEnvironment.betterCoreType { facts["better_core_type"] = .string(better) }
        print(JSON.object(facts).text())
    }
}
