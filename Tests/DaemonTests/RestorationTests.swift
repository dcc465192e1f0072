import API
import Client
import Foundation
import JSON
import Testing

/// Backups brought back, over stores that have gone on meanwhile and into empty directories.
@Suite(.timeLimit(.minutes(3))) struct RestorationTests {
    private static let cache: JSON = ["activations": ["blocks.0.ln1.hook_x"], "context": 16, "contexts": 4]

    /// Brings a backup back as a person does, while the service is stopped.
    private func restore(_ backup: String, _ daemon: LiveDaemon) throws -> (status: Int32, output: String) {
        let process = Process(), pipe = Pipe()
        process.executableURL = LiveDaemon.programs.appending(path: "qklensd")
        process.arguments = ["--restore", backup, "--state-directory", daemon.home.appending(path: "state").path]
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    @Test func `a job that has the name of one after the backup takes nothing of it`() throws {
        let daemon = try LiveDaemon(["--checkpoint-interval-s", "0"])
        let backup = daemon.home.appending(path: "backup.mdb").path
        #expect(try daemon.call(StoreBackup.self, ["path": .string(backup)]).bytes > 0)
        let rights = try FileManager.default.attributesOfItem(atPath: backup)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        let lost = try #require(try daemon.call(DictionariesTrain.self, JobLifeTests.long).job)
        try JobLifeTests().follow(daemon, lost.job) { ($0.progress?.step ?? 0) > 2 }
        #expect(daemon.end() == 0)
        let (status, output) = try restore(backup, daemon)
        #expect(status == 0 && output.contains("former-1"), "\(output)")
        let former = daemon.home.appending(path: "state/former-1")
        #expect(FileManager.default.fileExists(atPath: former.appending(path: "jobs/\(lost.job)").path))
        try daemon.start()
        let again = try daemon.run(DictionariesTrain.self, JobLifeTests.short)
        #expect(again.job == lost.job && again.state == .finished && again.bit_identical == nil && again.attempts == 1)
        // As on a store that has never known anything else.
        let other = try LiveDaemon(), reference = try other.run(DictionariesTrain.self, JobLifeTests.short)
        #expect(reference.state == .finished)
        let figures = { (daemon: LiveDaemon) in try daemon.call(DictionariesList.self).dictionaries.map(\.evaluation) }
        #expect(try figures(daemon) == figures(other))
        #expect(daemon.end() == 0 && other.end() == 0)
    }

    @Test func `caches that both stores know stay, later ones are kept with the former store, none is listed without its files`()
        throws
    {
        let daemon = try LiveDaemon(), backup = daemon.home.appending(path: "backup.mdb").path
        #expect(try daemon.run(CachesCreate.self, Self.cache).state == .finished)
        #expect(try daemon.call(StoreBackup.self, ["path": .string(backup)]).bytes > 0)
        #expect(try daemon.run(CachesCreate.self, Self.cache).state == .finished)
        #expect(daemon.end() == 0)
        #expect(try restore(backup, daemon).status == 0)
        try daemon.start()
        #expect(try daemon.call(CachesList.self).caches.map(\.cache) == ["c1"])
        #expect(try daemon.call(StoreVerify.self).sound)
        func files(_ path: String) -> Bool {
            FileManager.default.fileExists(atPath: daemon.home.appending(path: "state/\(path)").path)
        }
        #expect(files("caches/c1") && !files("caches/c2") && files("former-1/caches/c2") && files("former-1/data.mdb"))
        #expect(daemon.end() == 0)
        // Elsewhere there are no files of the cache.
        let fresh = try LiveDaemon()
        #expect(fresh.end() == 0)
        try FileManager.default.removeItem(at: fresh.home.appending(path: "state"))
        #expect(try restore(backup, fresh).status == 0)
        try fresh.start()
        #expect(try fresh.call(CachesList.self).caches.isEmpty)
        #expect(try fresh.call(StoreVerify.self).sound)
        #expect(fresh.end() == 0)
    }

    @Test func `what is no backup is refused by its name, and the store stays`() throws {
        let daemon = try LiveDaemon(), empty = daemon.home.appending(path: "empty").path
        let model = JSON.string(try daemon.copyOfModel("other").path)
        #expect(try daemon.call(ModelsLoad.self, ["path": model]).model == "other")
        #expect(daemon.end() == 0)
        try Data().write(to: URL(filePath: empty))
        for path in [empty, daemon.home.path, "/nowhere", daemon.home.appending(path: "log").path] {
            let (status, output) = try restore(path, daemon)
            #expect(status == 1 && output.contains(path) && output.hasPrefix("qklensd: "), "\(path): \(status) \(output)")
        }
        try daemon.start()
        #expect(try daemon.call(ModelsList.self).models.map(\.model).contains("other"))
        #expect(daemon.end() == 0)
    }
}
