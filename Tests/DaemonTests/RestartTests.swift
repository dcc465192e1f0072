import API
import Foundation
import JSON
import JSONRPC
import Testing

/// What outlives the daemon, and what its neighbours see of it.
@Suite(.timeLimit(.minutes(3))) struct RestartTests {
    @Test func `models, jobs and dictionaries are the same after kill -9`() throws {
        let daemon = try LiveDaemon()
        let path = JSON.string(try daemon.copyOfModel("other").path)
        let loaded = try daemon.call(ModelsLoad.self, ["path": path])
        let job = try daemon.run(
            DictionariesTrain.self, ["layers": [0], "d_sae_query": [8], "steps": 2, "batch_sequences": 2, "held_out_contexts": 1])
        let dictionary = try daemon.call(DictionariesGet.self, ["dictionary": "d1"])
        daemon.end(SIGKILL)
        try daemon.start()
        #expect(try daemon.call(JobsGet.self, ["job": .string(job.job)]) == job)
        #expect(try daemon.call(DictionariesGet.self, ["dictionary": "d1"]) == dictionary)
        let remembered = try daemon.call(ModelsList.self).models.map(\.is_resident)
        #expect(remembered == [true, false], "the other model is known, but not yet read again")
        _ = try daemon.call(TokensPredict.self, ["text": "When John", "model": "other"])
        #expect(try daemon.call(ModelsList.self).models.last == loaded)
        _ = try daemon.call(ModelsUnload.self, ["model": "other"])
        #expect(try daemon.error("models.get", ["model": "other"]).kind == "model_not_found")
        #expect(daemon.end() == 0)
    }

    @Test func `a second daemon on the same socket is refused, and the first goes on`() throws {
        let daemon = try LiveDaemon()
        let second = try Run(
            "qklensd", ["--socket", daemon.socket, "--state-directory", daemon.home.appending(path: "second").path])
        #expect(second.status == 1 && second.errors.contains("another server listens at \(daemon.socket)"), "\(second.errors)")
        _ = try daemon.call(SystemPing.self)
    }

    @Test func `a text that cannot be trained on is refused before anything is queued`() throws {
        let daemon = try LiveDaemon()
        let short = daemon.home.appending(path: "short.txt"), bytes = daemon.home.appending(path: "bytes.txt")
        try Data("When John and Mary went to the store\n".utf8).write(to: short)
        try Data([0x57, 0xFF, 0xFE, 0x0A]).write(to: bytes)
        for (file, kind, part) in [(short, "text_empty", "fewer than one context"), (bytes, "text_unreadable", "UTF-8")] {
            let error = try daemon.error("dictionaries.train", ["layers": [0], "corpus": .string(file.path)])
            #expect(error.kind == kind && error.message.contains(part) && error.message.contains(file.path), "\(error)")
        }
        #expect(try daemon.call(JobsList.self).jobs.isEmpty)
    }

    @Test func `waiting for a job ends at its time limit, and the job goes on`() throws {
        let daemon = try LiveDaemon()
        let job = try #require(try daemon.call(DictionariesTrain.self, JobLifeTests.long).job)
        let params: JSON = ["job": .string(job.job), "timeout_s": 0.01]
        #expect(try daemon.error("jobs.wait", params).kind == "deadline_exceeded")
        #expect(try daemon.call(JobsGet.self, ["job": .string(job.job)]).state.hasEnded == false)
        #expect(try daemon.call(JobsCancel.self, ["job": .string(job.job)]).state == .cancelled)
    }

    @Test func `the command reads the daemon's answers, and exits with 1 for an error of its and 2 without it`() throws {
        let daemon = try LiveDaemon()
        let list = try Run("qklens", ["models", "list", "--json", "--socket", daemon.socket])
        #expect(list.status == 0 && list.errors.isEmpty, "\(list.errors)")
        let reply = try JSON(parsing: list.output)
        #expect(ModelsList.result.validate(reply).isEmpty && reply["models"]?.array?.first?["model"] == "demo-4l")
        let unknown = try Run("qklens", ["dictionaries", "get", "d9", "--socket", daemon.socket])
        #expect(unknown.status == 1 && unknown.output.isEmpty && unknown.errors.contains("'d9'"), "\(unknown.errors)")
        #expect(daemon.end() == 0)
        let nobody = try Run("qklens", ["models", "list", "--socket", daemon.socket])
        #expect(nobody.status == 2 && nobody.errors.contains(daemon.socket), "\(nobody.errors)")
    }
}

/// One run of a program of this build, to its end.
struct Run {
    let status: Int32
    let output: [UInt8]
    let errors: String

    init(_ program: String, _ arguments: [String]) throws {
        let process = Process(), output = Pipe(), errors = Pipe()
        process.executableURL = LiveDaemon.programs.appending(path: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // What is written to the first pipe is less than it holds, so that the second may be read to its end before.
        self.errors = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        self.output = [UInt8](try output.fileHandleForReading.readToEnd() ?? Data())
        process.waitUntilExit()
        status = process.terminationStatus
    }
}
