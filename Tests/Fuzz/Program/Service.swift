import API
import Client
import Foundation

/// A `qklensd` of this run's own, from beside this program, on a directory that goes with it.
final class Service {
    let socket: String
    let log: String
    private let process = Process()
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "qklens-fuzz-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        socket = directory.appending(path: "rpc.sock").path
        log = directory.appending(path: "log").path
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "qklensd")
        process.arguments = ["--socket", socket, "--state-directory", directory.appending(path: "state").path, "--threads", "1"]
        try Data().write(to: URL(filePath: log))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
        try process.run()
        for _ in 0..<20_000 where process.isRunning {
            if let client = try? Client(connectingTo: socket), (try? client.call(SystemPing.self, NoParams())) != nil { return }
            usleep(1000)
        }
        throw Failure(description: "qklensd did not start: \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
    }

    var isRunning: Bool { process.isRunning }

    /// Resident memory.
    func residentMebibytes() -> Int {
        let statm = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8)) ?? ""
        let pages = statm.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return (pages * Int(sysconf(Int32(_SC_PAGESIZE)))) >> 20
    }

    /// Ends the service; its directory stays if it has died by itself.
    func end() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
