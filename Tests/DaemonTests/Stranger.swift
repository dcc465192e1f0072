import API
import Foundation
import JSON
import Testing

/// Calls as another user makes them, which takes root to try.
struct Stranger {
    /// Nobody in particular, on every Linux.
    static let uid = 65534
    /// Whether this process may act as another user.
    static var isPossible: Bool { geteuid() == 0 && FileManager.default.isExecutableFile(atPath: setpriv) }
    static let why: Comment = "acting as another user takes root and setpriv"

    private static let setpriv = "/usr/bin/setpriv"
    private let daemon: LiveDaemon

    /// A caller for whom the daemon's socket is opened.
    init(_ daemon: LiveDaemon) {
        self.daemon = daemon
        unsafe chmod(daemon.home.path, 0o755)
        unsafe chmod(daemon.socket, 0o666)
    }

    /// How a call ended: its result, or what the command wrote about it.
    struct Answer {
        let result: JSON?
        let message: String
    }

    /// Makes a call.
    func call(_ method: String, _ params: JSON) throws -> Answer {
        let process = Process(), output = Pipe(), errors = Pipe()
        process.executableURL = URL(filePath: Self.setpriv)
        process.arguments = [
            "--reuid=\(Self.uid)", "--regid=\(Self.uid)", "--clear-groups", LiveDaemon.programs.appending(path: "qklens").path,
            "rpc", "--socket", daemon.socket, method, params.text(),
        ]
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let found = try output.fileHandleForReading.readToEnd() ?? Data()
        let message = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return Answer(
            result: process.terminationStatus == 0 ? try JSON(parsing: Array(found)) : JSON?.none, message: message)
    }

    /// Makes a call that must be refused, and returns the message.
    func error(_ method: String, _ params: JSON) throws -> String {
        let answer = try call(method, params)
        #expect(answer.result == nil, "\(method) \(params) succeeded")
        return answer.message
    }
}
