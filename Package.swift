// swift-tools-version: 6.2
import PackageDescription

// The import table of the house (Tests/ArchitectureTests holds the sources to it).
// Four belts; what a line does not name, its target may not import.

/// The same strict settings for every target.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

func library(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = [], linking: [LinkerSetting] = []
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict, linkerSettings: linking)
}

func program(_ name: String, path: String? = nil, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let cLibraries: [Target] = [
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
    .systemLibrary(name: "CMalloc"),
    .systemLibrary(name: "CEpoll", path: "Tests/Performance/CEpoll"),
    .target(name: "CFiles"),
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-ffp-contract=fast"])], linkerSettings: [.linkedLibrary("m")]),
]

let maths: [Target] = [
    library("Tensors", ["CFiles"]),
    library("Kernels", ["Tensors", "COpenBLAS", "CKernels"]),
    library("Checkpoints", ["Tensors", "JSON"]),
    library("Tokenizer", ["Tensors", "JSON"]),
    library("Tasks", ["Tokenizer", "Tensors", "JSON"]),
    library("GPT2", ["Kernels", "Checkpoints", "Tensors"]),
    library("Dictionaries", ["Kernels", "Checkpoints", "Tensors"]),
    library("Attribution", ["GPT2", "Dictionaries", "Checkpoints", "Kernels", "Tensors"]),
    library("Circuits", ["Attribution", "GPT2", "Dictionaries", "Checkpoints", "Kernels", "Tensors"]),
    library("Heads", ["Circuits", "GPT2", "Checkpoints", "Kernels", "Tensors"]),
]

let storage: [Target] = [
    library("LMDB", ["CLMDB"]),
    library("Store", ["LMDB", "Tensors"]),
]

let wire: [Target] = [
    library("JSON", ["CJansson"]),
    library("JSONRPC", ["JSON"]),
    library("API", ["JSON"]),
    library("RPCServer", ["API", "JSONRPC", "JSON", nioCore, nioPosix, logging]),
    library("Client", ["API", "JSONRPC", "JSON"]),
]

let host: [Target] = [
    library(
        "Artifacts",
        [
            "Circuits", "Attribution", "Tasks", "Tokenizer", "Store", "API", "JSON", "Dictionaries", "GPT2", "Checkpoints",
            "Tensors",
        ]),
    library("Jobs", ["Store", "API", "JSON", logging, subprocess, systemPackage]),
    library(
        "Training",
        [
            "Artifacts", "Jobs", "Systemd", "Circuits", "Attribution", "Tasks", "Tokenizer", "Store", "API", "JSON",
            "Dictionaries",
            "GPT2", "Kernels",
            "Checkpoints", "Tensors", argumentParser,
        ]),
    library(
        "Methods",
        [
            "Artifacts", "Heads", "Circuits", "Attribution", "Tasks", "Tokenizer", "Store", "Jobs", "API", "JSON", "Dictionaries",
            "GPT2",
            "Kernels",
            "Checkpoints", "Tensors", logging,
        ]),
    library("Systemd"),
    library(
        "Daemon",
        [
            "Artifacts", "Methods", "Jobs", "RPCServer", "Systemd", "Store", "API", "JSON", "Kernels", "Tensors", "CMalloc",
            argumentParser,
            logging,
            serviceLifecycle, unixSignals,
        ],
        resources: [.copy("Models/demo-4l"), .copy("Models/goldens")]),
]

let programs: [Target] = [
    program("qklensd", ["Daemon", argumentParser]),
    program("qklens-worker", ["Training", argumentParser]),
    .target(
        name: "Presentation", dependencies: ["Client", "API", "JSON", "JSONRPC"], path: "Clients/Presentation",
        swiftSettings: strict),
    .target(name: "CPages", path: "Clients/CPages"),
    .target(
        name: "Reports", dependencies: ["CPages", "Client", "JSON", "JSONRPC"], path: "Clients/Reports", swiftSettings: strict),
    program(
        "qklens", path: "Clients/CommandLine", ["Presentation", "Reports", "Client", "API", "JSON", "Tensors", argumentParser]),
    program("qklens-manual", path: "Systemd/man/Generator", ["Daemon", "API", "JSON", argumentParser]),
    program(
        "qklens-bench", path: "Tests/Performance/Bench",
        [
            "Artifacts", "Circuits", "Attribution", "Dictionaries", "GPT2", "Checkpoints", "Kernels", "Store", "Tensors", "API",
            "JSON", "CEpoll", argumentParser,
        ]),
    // What is thrown at the parsers of strangers' bytes, and what must hold whatever is thrown.
    .target(
        name: "Fuzzing",
        dependencies: ["Artifacts", "Dictionaries", "Tokenizer", "Checkpoints", "Client", "API", "JSONRPC", "JSON", "Tensors"],
        path: "Tests/Fuzz/Fuzzing", swiftSettings: strict),
    program("qklens-fuzz", path: "Tests/Fuzz/Program", ["Fuzzing", "Client", "API", "JSONRPC", "JSON", argumentParser]),
]

let testTargets: [Target] = [
    tests("TensorsTests", ["Tensors"]),
    tests("KernelsTests", ["Kernels", "Tensors"]),
    tests("JSONTests", ["JSON"]),
    tests("CheckpointsTests", ["Fuzzing", "Checkpoints", "Tensors", "JSON"], exclude: ["Fixtures"]),
    tests("TokenizerTests", ["Tokenizer", "JSON", "Tensors"], exclude: ["Fixtures"]),
    tests("TasksTests", ["Tasks", "Tokenizer"]),
    tests("GPT2Tests", ["GPT2", "Checkpoints", "Kernels", "Tensors", "JSON"], exclude: ["Fixtures"]),
    tests("DictionariesTests", ["Dictionaries", "Checkpoints", "Kernels", "Tensors", "JSON"], exclude: ["Fixtures"]),
    tests(
        "AttributionTests", ["Attribution", "Dictionaries", "GPT2", "Checkpoints", "Kernels", "Tensors", "JSON", "Tokenizer"],
        exclude: ["Fixtures"]),
    tests(
        "CircuitsTests",
        ["Circuits", "Attribution", "Dictionaries", "GPT2", "Checkpoints", "Kernels", "Tensors", "JSON", "Tokenizer"],
        exclude: ["Fixtures"]),
    tests(
        "HeadsTests", ["Heads", "Circuits", "GPT2", "Checkpoints", "Kernels", "Tensors", "JSON", "Tokenizer"],
        exclude: ["Fixtures"]),
    tests(
        "ArtifactsTests", ["Artifacts", "API", "Dictionaries", "GPT2", "Checkpoints", "Tensors", "JSON"], exclude: ["Fixtures"]),
    tests("LMDBTests", ["LMDB"]),
    tests("StoreTests", ["Store", "LMDB", "Tensors"], exclude: ["Tools"]),
    tests("JSONRPCTests", ["JSONRPC", "JSON"]),
    tests("APITests", ["API", "JSON"]),
    tests("RPCServerTests", ["RPCServer", "Client", "API", "JSONRPC", "JSON", nioCore, nioPosix, logging]),
    tests("PresentationTests", ["Presentation", "Client", "API", "JSON", "JSONRPC"]),
    tests("ReportsTests", ["Reports", "JSON", "JSONRPC"]),
    tests("CommandLineTests", ["qklens", "RPCServer", "API", "JSON", logging]),
    tests("JobsTests", ["Jobs", "Store", "API", "JSON", logging]),
    tests(
        "DaemonTests",
        [
            "qklensd", "qklens-worker", "qklens", "qklens-bench", "Client", "API", "Store", "Checkpoints", "Tensors", "JSONRPC",
            "JSON",
        ], exclude: ["Fixtures"]),
    tests("SystemdTests", ["Systemd"]),
    tests("ManualTests", ["qklens", "qklens-manual", "API", "JSON"]),
    tests("FuzzingTests", ["Fuzzing"]),
    tests("ArchitectureTests", []),
]

let package = Package(
    name: "QKLens",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Without Foundation, which nothing here needs from it.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: cLibraries + maths + storage + wire + host + programs + testTargets
)
