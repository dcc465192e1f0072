import Foundation
import Testing

/// The import table of the house: what the sources of each target may import.
///
/// Modules of the standard toolchain that a belt may use
/// stand in the last two tables.
@Suite struct ImportTableTests {
    /// Project modules and packages, per target.
    static let table: [String: Set<String>] = [
        "Tensors": ["CFiles"],
        "Kernels": ["Tensors", "COpenBLAS", "CKernels"],
        "JSON": ["CJansson"],
        "Checkpoints": ["Tensors", "JSON"],
        "Tokenizer": ["Tensors", "JSON"],
        "Tasks": ["Tokenizer", "Tensors", "JSON"],
        "GPT2": ["Kernels", "Checkpoints", "Tensors"],
        "Dictionaries": ["Kernels", "Checkpoints", "Tensors"],
        "Attribution": ["GPT2", "Dictionaries", "Checkpoints", "Kernels", "Tensors"],
        "Circuits": ["Attribution", "GPT2", "Dictionaries", "Checkpoints", "Kernels", "Tensors"],
        "Heads": ["Circuits", "GPT2", "Checkpoints", "Kernels", "Tensors"],
        "LMDB": ["CLMDB"],
        "Store": ["LMDB", "Tensors"],
        "JSONRPC": ["JSON"],
        "API": ["JSON"],
        "RPCServer": ["API", "JSONRPC", "JSON", "NIOCore", "NIOPosix", "Logging"],
        "Client": ["API", "JSONRPC", "JSON"],
        "Artifacts": [
            "Circuits", "Attribution", "Tasks", "Tokenizer", "Store", "API", "JSON", "Dictionaries", "GPT2", "Checkpoints",
            "Tensors",
        ],
        "Jobs": ["Store", "API", "JSON", "Logging", "Subprocess", "SystemPackage"],
        "Training": [
            "Artifacts", "Jobs", "Systemd", "Circuits", "Attribution", "Tasks", "Tokenizer", "Store", "API", "JSON",
            "Dictionaries", "GPT2", "Kernels",
            "Checkpoints", "Tensors",
            "ArgumentParser",
        ],
        "Methods": [
            "Artifacts", "Heads", "Circuits", "Attribution", "Tasks", "Tokenizer", "Store", "Jobs", "API", "JSON", "Dictionaries",
            "GPT2",
            "Kernels",
            "Checkpoints",
            "Tensors",
            "Logging",
        ],
        "Systemd": [],
        "Daemon": [
            "Artifacts", "Methods", "Jobs", "RPCServer", "Systemd", "Store", "API", "JSON", "Kernels", "Tensors", "CMalloc",
            "ArgumentParser",
            "Logging",
            "ServiceLifecycle", "UnixSignals",
        ],
        "qklensd": ["Daemon", "ArgumentParser"],
        "qklens-worker": ["Training", "ArgumentParser"],
        "Presentation": ["Client", "API", "JSON", "JSONRPC"],
        "Reports": ["CPages", "Client", "JSON", "JSONRPC"],
        "CommandLine": ["Presentation", "Reports", "Client", "API", "JSON", "Tensors", "ArgumentParser"],
    ]

    /// The C libraries: imported by exactly one target, privately.
    static let cLibraries: [String: String] = [
        "CFiles": "Tensors", "COpenBLAS": "Kernels", "CKernels": "Kernels", "CJansson": "JSON", "CLMDB": "LMDB",
        "CMalloc": "Daemon", "CPages": "Reports",
    ]

    /// Targets that may hold concurrency, clocks and Foundation; everywhere else only the C library may be imported.
    static let hostBelt: Set<String> = [
        "Artifacts", "Jobs", "Training", "Methods", "Systemd", "Daemon", "qklensd", "qklens-worker",
    ]

    /// Where pointers, and so the word `unsafe`, may appear.
    static let pointers: Set<String> = [
        "Tensors", "Kernels", "LMDB", "JSON", "Systemd", "Client", "RPCServer", "Presentation", "Reports",
    ]

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Target → its source files.
    static func sources() throws -> [String: [URL]] {
        var found: [String: [URL]] = [:]
        for top in ["Sources", "Clients"] {
            let directory = root.appending(path: top)
            for target in try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil) {
                let files =
                    FileManager.default.enumerator(at: target, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
                let swift = files.filter { $0.pathExtension == "swift" }
                if !swift.isEmpty { found[target.lastPathComponent] = swift }
            }
        }
        return found
    }

    /// (access, module) of every import in a file.
    static func imports(_ file: URL) throws -> [(access: String, module: String)] {
        let pattern =
            /^(?:@\w+ +)*(public |package |internal |private |fileprivate )?import (?:struct |class |enum |func |protocol )?(\w+)/
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            line.firstMatch(of: pattern).map { (String($0.1 ?? "").trimmingCharacters(in: .whitespaces), String($0.2)) }
        }
    }

    @Test func `every target imports only what its belt allows`() throws {
        let sources = try Self.sources()
        #expect(sources.count >= 15, "found only \(sources.keys.sorted())")
        for (target, files) in sources {
            let allowed = try #require(Self.table[target], "target \(target) is missing from the import table")
            let toolchain: Set<String> =
                Self.hostBelt.contains(target) ? ["Glibc", "Synchronization", "Foundation"] : ["Glibc", "Synchronization"]
            for file in files {
                for (_, module) in try Self.imports(file) where !allowed.contains(module) && !toolchain.contains(module) {
                    Issue.record("\(target)/\(file.lastPathComponent) imports \(module), which the import table does not allow")
                }
            }
        }
    }

    @Test func `each C library is imported by one target, privately`() throws {
        for (target, files) in try Self.sources() {
            for file in files {
                for (access, module) in try Self.imports(file) {
                    guard let owner = Self.cLibraries[module] else { continue }
                    #expect(
                        owner == target && access == "private", "\(target)/\(file.lastPathComponent): \(access) import \(module)")
                }
            }
        }
    }

    @Test func `pointers appear only where the table of places says`() throws {
        for (target, files) in try Self.sources() where !Self.pointers.contains(target) {
            for file in files {
                let text = try String(contentsOf: file, encoding: .utf8)
                let code = text.split(separator: "\n").filter { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("//") }
                #expect(
                    !code.contains { $0.contains(/\bunsafe\b|Unsafe(Mutable)?(Raw)?(Buffer)?Pointer/) },
                    "\(target)/\(file.lastPathComponent) uses pointers")
            }
        }
    }

    @Test func `no source file has grown beyond four hundred and fifty lines`() throws {
        for (target, files) in try Self.sources() {
            for file in files {
                let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
                    .count
                let isTable = file.lastPathComponent.hasSuffix("Table.swift")
                #expect(lines <= 450 || isTable, "\(target)/\(file.lastPathComponent) has \(lines) lines")
            }
        }
    }

    /// What opens files by a plain path, or grants a path more than its namer has, and the handlers' files that may.
    static let openers: Set<String> = ["JobsMetricsHandler.swift", "StoreBackupHandler.swift", "TensorOutput.swift"]

    @Test func `handlers open files through the rights of their callers only`() throws {
        for file in try #require(try Self.sources()["Methods"]) where !Self.openers.contains(file.lastPathComponent) {
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(
                !text.contains(
                    /\b(ReadableFile|ReplacementFile|NewFolder|SafetensorsFile|NumPyFile|FileManager)\b|\.own\(|\.anywhere\b/),
                "\(file.lastPathComponent) opens files past Rights")
        }
    }
}
