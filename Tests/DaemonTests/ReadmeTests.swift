import API
import Checkpoints
import Foundation
import JSON
import Tensors
import Testing

/// Every command in the README, as it is printed, in one shell after the other on one daemon: a reader who types them meets no error.
///
/// Replaced are the numbers that the README itself says to take from one's own machine, and names of later jobs. Targets of `make` are
/// tried with `make --dry-run`.
@Suite(.timeLimit(.minutes(8))) struct ReadmeTests {
    /// The indented lines of the README.
    private static func commands() throws -> [String] {
        let text = try String(contentsOf: LiveDaemon.root.appending(path: "README.md"), encoding: .utf8)
        return text.split(separator: "\n").filter { $0.hasPrefix("    ") }.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// A user's home with the files that the README supposes, and a daemon of their own.
    private final class Reader {
        let daemon: LiveDaemon
        let home: URL

        init() throws {
            daemon = try LiveDaemon(["--threads", "2"])
            home = daemon.home.appending(path: "user")
            try FileManager.default.createDirectory(at: home.appending(path: "models/gpt2"), withIntermediateDirectories: true)
            try writeModel(home.appending(path: "models/gpt2"))
            let line = "When John and Mary went to the store, John gave a drink to Mary. The old man saw the dog in the garden.\n"
            for name in ["text.txt", "other.txt"] {
                try String(repeating: line, count: 3000).write(to: home.appending(path: name), atomically: true, encoding: .utf8)
            }
        }

        /// A model of GPT-2 small's layers and heads, very narrow, with the embedded model's vocabulary.
        private func writeModel(_ folder: URL) throws {
            let (n_layers, d_model) = (12, 48)
            for name in ["vocab.json", "merges.txt"] {
                try FileManager.default.copyItem(
                    at: LiveDaemon.embeddedModel.appending(path: name), to: folder.appending(path: name))
            }
            let path = LiveDaemon.embeddedModel.appending(path: "config.json")
            let config = try String(contentsOf: path, encoding: .utf8)
                .replacingOccurrences(of: "\"n_embd\": 128", with: "\"n_embd\": \(d_model)")
                .replacingOccurrences(of: "\"n_head\": 4", with: "\"n_head\": 12")
                .replacingOccurrences(of: "\"n_layer\": 4", with: "\"n_layer\": \(n_layers)")
            try config.write(to: folder.appending(path: "config.json"), atomically: true, encoding: .utf8)
            var random = RandomGenerator(seed: 12)
            func tensor(_ name: String, _ shape: [Int], _ value: Float? = nil) -> (name: String, tensor: Tensor) {
                let count = shape.reduce(1, *)
                let values = (0..<count).map { _ in value ?? Float(random.normal() * 0.2) }
                return (name, Tensor(shape, values))
            }
            var tensors = [tensor("wte.weight", [1024, d_model]), tensor("wpe.weight", [128, d_model])]
            for layer in 0..<n_layers {
                let h = "h.\(layer)."
                for norm in ["ln_1", "ln_2"] {
                    tensors += [tensor(h + norm + ".weight", [d_model], 1), tensor(h + norm + ".bias", [d_model], 0)]
                }
                for (name, inner, outer) in [
                    ("attn.c_attn", d_model, 3 * d_model), ("attn.c_proj", d_model, d_model), ("mlp.c_fc", d_model, 4 * d_model),
                    ("mlp.c_proj", 4 * d_model, d_model),
                ] {
                    tensors += [tensor(h + name + ".weight", [inner, outer]), tensor(h + name + ".bias", [outer], 0)]
                }
            }
            tensors += [tensor("ln_f.weight", [d_model], 1), tensor("ln_f.bias", [d_model], 0)]
            try SafetensorsWriter.write(tensors, to: folder.appending(path: "model.safetensors").path)
        }

        /// Starts a line of shell as the reader would type it.
        func start(_ line: String) throws -> (process: Process, output: Pipe, error: Pipe) {
            let process = Process(), output = Pipe(), error = Pipe()
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = ["-c", "set -o pipefail; " + line]
            process.currentDirectoryURL = home
            process.environment = [
                "HOME": home.path, "PATH": LiveDaemon.programs.path + ":/usr/local/bin:/usr/bin:/bin",
                "XDG_RUNTIME_DIR": home.path, "QKLENS_SOCKET": daemon.socket,
            ]
            (process.standardOutput, process.standardError) = (output, error)
            try process.run()
            return (process, output, error)
        }

        /// Runs a line to its end.
        func run(_ line: String) throws -> (output: String, error: String, status: Int32) {
            let (process, output, error) = try start(line)
            // What the two pipes hold is little enough to be read one after the other.
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            let complaint = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (text, complaint, process.terminationStatus)
        }

        /// Cancels what still waits or runs.
        func cancelJobs() throws {
            for state in ["queued", "running"] {
                for job in try daemon.call(JobsList.self, ["state": .string(state)]).jobs {
                    _ = try? daemon.call(JobsCancel.self, ["job": .string(job.job)])
                }
            }
        }
    }

    /// Programs that a command needs besides ours; where one is missing, the command is left out and said to be.
    private static let tools = ["nc", "socat", "jq", "python3"]

    @Test func `every command works as printed`() throws {
        let reader = try Reader()
        // Beside the daemon's own path, the one that the README's commands for a shell write out.
        try FileManager.default.createDirectory(at: reader.home.appending(path: "qklens"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: reader.home.appending(path: "qklens/rpc.sock").path, withDestinationPath: reader.daemon.socket)
        var ran = 0
        for printed in try Self.commands() {
            if printed.hasPrefix("make") {
                let target = printed.split(separator: "#")[0]
                let result = try reader.run("cd '\(LiveDaemon.root.path)' && \(target) --dry-run")
                #expect(result.status == 0, "\(printed): \(result.error)")
                continue
            }
            if printed.hasPrefix("export PATH=") || printed == "qklensd &" { continue }
            if let missing = Self.tools.first(where: { printed.contains("\($0) ") && !isInstalled($0) }) {
                print("left out, since \(missing) is not installed: \(printed)")
                continue
            }
            if printed.hasPrefix("import ") {
                try python(Self.commands().drop { $0 != printed }.prefix(3).joined(separator: "\n"), reader)
                continue
            }
            if printed.hasPrefix("s = socket") || printed.hasPrefix("print(") { continue }
            let line = try adapted(printed, reader)
            if line.contains("jobs follow") || line.contains("--follow") {
                try follow(line, reader)
            } else {
                let result = try reader.run(line)
                #expect(result.status == 0, "\(line): status \(result.status), \(result.error.suffix(400))")
                #expect(!result.output.isEmpty || line.hasSuffix("--detach") || line.hasSuffix(".prom"), "\(line) says nothing")
                #expect(!result.output.contains("\"error\""), "\(line): \(result.output.prefix(400))")
            }
            ran += 1
        }
        #expect(ran > 30)
    }

    /// Runs the README's lines of Python.
    private func python(_ script: String, _ reader: Reader) throws {
        guard isInstalled("python3") else { return print("left out, since python3 is not installed: \(script)") }
        try script.write(to: reader.home.appending(path: "script.py"), atomically: true, encoding: .utf8)
        let result = try reader.run("python3 script.py")
        #expect(result.status == 0 && result.output.contains("maps"), "\(result.error)")
    }

    private func isInstalled(_ tool: String) -> Bool {
        ["/usr/bin", "/bin", "/usr/local/bin"].contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
    }

    /// The line with this machine's numbers.
    private func adapted(_ line: String, _ reader: Reader) throws -> String {
        var line = line
        if line.contains("226") {
            let top = try reader.daemon.call(PairsTop.self, ["map": "m1", "head": 2, "limit": 2]).pairs
            let pair = try #require(top.first)
            line = line.replacingOccurrences(of: "[226,227]", with: "[\(top[1].query_feature),\(top[1].key_feature)]")
                .replacingOccurrences(of: "226", with: String(pair.query_feature))
                .replacingOccurrences(of: "240", with: String(pair.key_feature))
        }
        let jobs = try reader.daemon.call(JobsList.self).jobs
        if let newest = jobs.first { line = line.replacingOccurrences(of: " j3", with: " " + newest.job) }
        line = line.replacingOccurrences(of: " d3", with: " d1").replacingOccurrences(of: "./d3", with: "./d1")
        if let cache = jobs.first(where: { $0.kind == .cachesCreate })?.result?.cache {
            line = line.replacingOccurrences(of: "--cache c4", with: "--cache \(cache)")
        }
        return line
    }

    /// Runs a line that lasts as long as its job: the job is cancelled once there is something to read.
    private func follow(_ line: String, _ reader: Reader) throws {
        let (process, output, error) = try reader.start(line)
        let isProgress = line.contains("jobs follow")
        let first = (isProgress ? error : output).fileHandleForReading.availableData
        #expect(!first.isEmpty, "\(line) says nothing")
        try reader.cancelJobs()
        _ = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
    }
}
