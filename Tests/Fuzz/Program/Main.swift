import ArgumentParser
import Client
import Foundation
import Fuzzing

/// Throws spoilt bytes at every place where QKLens reads bytes of strangers, and tells the first that it did not bear.
@main struct QKLensFuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qklens-fuzz",
        abstract: "Spoilt bytes for every parser of strangers' bytes, and what must hold for all of them.",
        subcommands: [Frames.self, Headers.self, Texts.self, Daemon.self, All.self, Repeat.self])

    struct Frames: Part {
        static let configuration = CommandConfiguration(
            abstract:
                "Streams of JSON-RPC frames: cut in any pieces they give the same events; what is JSON is the same once written and read."
        )
        static let part = "frames"
        @OptionGroup var options: RunOptions
    }

    struct Headers: Part {
        static let configuration = CommandConfiguration(
            abstract: "Model files and corpora: safetensors, config.json, vocabularies, .npy, .txt and .jsonl, cfg.json.")
        static let part = "headers"
        @OptionGroup var options: RunOptions
    }

    struct Texts: Part {
        static let configuration = CommandConfiguration(abstract: "Texts for the tokenizer: all come back byte for byte.")
        static let part = "texts"
        @OptionGroup var options: RunOptions
    }
}

/// How long, and from which seed.
struct RunOptions: ParsableArguments {
    @Option(help: "How long to go on, in seconds, shared among the targets.")
    var seconds = 60.0

    @Option(help: "What the inputs follow from.")
    var seed: UInt64 = 1

    @Option(help: "Where failing inputs are written.")
    var directory = "."

    @Option(help: "Only the target of that name.")
    var target: String?

    @Option(help: "The number of the first input.")
    var from = 0

    @Option(help: "Stop after so many inputs of each target.")
    var inputs: Int?

    /// Runs a target for a share of the time and prints what came of it.
    func run(_ place: FuzzTarget.Place, seconds: Double) throws {
        let corpus = FuzzCorpus(place.target.name, and: place.packed)
        let run = FuzzRun(place.target, corpus, seed: seed, directory: directory)
        let report = try run.run(from: from) { $0 < seconds && $1 < inputs ?? .max }
        print(report)
        guard let failure = report.failure else { return }
        print("\(place.target.name): \(failure.reason)")
        print("repeat it with: qklens-fuzz repeat --target \(place.target.name) \(failure.file)")
        throw ExitCode.failure
    }
}

/// A part of the parsers.
protocol Part: ParsableCommand {
    static var part: String { get }
    var options: RunOptions { get }
}

extension Part {
    func run() throws {
        let places = FuzzTarget.parts.filter { $0.name == Self.part }.flatMap(\.places)
            .filter { options.target == nil || $0.target.name == options.target }
        guard !places.isEmpty else { throw ValidationError("there is no target '\(options.target ?? "")' here") }
        for place in places { try options.run(place, seconds: options.seconds / Double(places.count)) }
    }
}

extension QKLensFuzz {
    struct Daemon: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Frames for a live service: it answers with responses, never with an internal error, and goes on.")
        @OptionGroup var options: RunOptions

        @Option(help: "The socket of a running service; without it, one is started on a directory of its own.")
        var socket: String?

        func run() throws {
            let service = try socket == nil ? Service() : nil
            let path = socket ?? service?.socket ?? ""
            let before = service?.residentMebibytes() ?? 0
            defer { service?.end() }
            try options.run((.daemon(socket: path), []), seconds: options.seconds)
            if let service {
                guard service.isRunning else {
                    print("the service has died; its log is \(service.log)")
                    throw ExitCode.failure
                }
                print("the service's memory: \(before) MiB before, \(service.residentMebibytes()) MiB after")
            }
        }
    }

    struct All: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "All parts, one after the other, each for its share of the time.")
        @OptionGroup var options: RunOptions

        func run() throws {
            let places = FuzzTarget.parts.flatMap(\.places)
            let share = options.seconds / Double(places.count + 1)
            for place in places { try options.run(place, seconds: share) }
            var daemon = try Daemon.parse([])
            daemon.options = options
            daemon.options.seconds = share
            try daemon.run()
        }
    }

    struct Repeat: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Gives one file to a target.")

        @Option(help: "The target's name.")
        var target: String

        @Option(help: "The socket of a running service, for the target 'daemon'.")
        var socket: String?

        @Argument(help: "The file.")
        var file: String

        func run() throws {
            let known = FuzzTarget.parts.flatMap(\.places).map(\.target) + [.daemon(socket: socket ?? "")]
            guard let target = known.first(where: { $0.name == target }) else {
                throw ValidationError("the targets are \(known.map(\.name).joined(separator: ", "))")
            }
            let accepted = try FuzzRun.attempt(Array(Data(contentsOf: URL(filePath: file))), target)
            print("all holds; the input was \(accepted ? "accepted" : "refused")")
        }
    }
}
