import API
import Foundation
import JSON
import Testing

/// The manual and the completions: generated, whole, and such as the tools that read them accept.
@Suite struct ManualTests {
    /// The programs lie beside the test bundle.
    private static let programs = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    private static let texts = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Systemd/man")
    static let hasMandoc = FileManager.default.isExecutableFile(atPath: "/usr/bin/mandoc")

    /// What a program writes.
    private func run(_ program: URL, _ arguments: [String], input: Data = Data()) throws -> (status: Int32, output: Data) {
        let process = Process(), output = Pipe(), file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try input.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, data)
    }

    private func helpOfCommand() throws -> Data {
        try run(Self.programs.appending(path: "qklens"), ["--experimental-dump-help"]).output
    }

    private func page(_ name: String) throws -> Data {
        let found = try run(
            Self.programs.appending(path: "qklens-manual"),
            [name, "--date", "November 21, 2026", "--text", Self.texts.appending(path: name + ".mdoc").path],
            input: name == "qklens.1" ? try helpOfCommand() : Data())
        try #require(found.status == 0, "\(String(decoding: found.output, as: UTF8.self))")
        return found.output
    }

    /// The words of every command, as in `maps train`.
    private func commands() throws -> [[String]] {
        func walk(_ command: JSON, _ words: [String]) -> [[String]] {
            let below = (command["subcommands"]?.array ?? []).filter { $0["commandName"]?.string != "help" }
            return (words.isEmpty ? [] : [words])
                + below.flatMap { walk($0, words + [$0["commandName"]?.string ?? ""]) }
        }
        let dump = try JSON(parsing: [UInt8](try helpOfCommand()))
        return walk(try #require(dump["command"]), [])
    }

    @Test(.enabled(if: hasMandoc), arguments: ["qklens.1", "qklensd.8", "qklensd.conf.5", "qklensd-rpc.7"])
    func `mandoc has nothing to say about a page`(_ name: String) throws {
        let found = try run(URL(filePath: "/usr/bin/mandoc"), ["-T", "lint", "-W", "warning"], input: try page(name))
        #expect(found.status == 0 && found.output.isEmpty, "\(String(decoding: found.output.prefix(2000), as: UTF8.self))")
    }

    @Test func `the protocol's page describes every method and every error`() throws {
        let text = String(decoding: try page("qklensd-rpc.7"), as: UTF8.self)
        let lines = Set(text.split(separator: "\n").map(String.init))
        for method in allMethods where !lines.contains(".Ss \(method.name)") { Issue.record("\(method.name) is missing") }
        for kind in ErrorKind.allCases where !lines.contains(".It Er \(kind.rawValue) Pq \(kind.code)") {
            Issue.record("\(kind) is missing")
        }
    }

    @Test func `the command's page describes every command`() throws {
        let text = String(decoding: try page("qklens.1"), as: UTF8.self)
        let all = try commands()
        let leaves = all.filter { words in !all.contains { $0.count > words.count && $0.starts(with: words) } }
        #expect(leaves.count > 40)
        let lines = Set(text.split(separator: "\n").map(String.init))
        for words in leaves where !lines.contains(".Ss qklens \(words.joined(separator: " "))") {
            Issue.record("\(words) is missing")
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func `a shell's completions know every command`(_ shell: String) throws {
        let found = try run(Self.programs.appending(path: "qklens"), ["--generate-completion-script", shell])
        #expect(found.status == 0)
        let text = String(decoding: found.output, as: UTF8.self)
        for words in try commands() where !text.contains(words.last ?? "nothing") { Issue.record("\(words) is missing") }
        let interpreter = URL(filePath: "/usr/bin/\(shell)")
        guard FileManager.default.isExecutableFile(atPath: interpreter.path) else { return }
        let checked = try run(interpreter, ["-n"], input: found.output)
        #expect(checked.status == 0, "\(shell) -n: \(String(decoding: checked.output.prefix(500), as: UTF8.self))")
    }
}
