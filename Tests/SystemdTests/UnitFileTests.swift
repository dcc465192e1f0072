import Foundation
import Testing

/// The unit files, as far as they can be judged without a running systemd.
@Suite struct UnitFileTests {
    private static let units = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Systemd")
    static let hasAnalyze = FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")

    /// The units of one kind, as installed, with programs in their places.
    private final class Installed {
        let directory: URL

        init(_ kind: String) throws {
            directory = URL(filePath: NSTemporaryDirectory()).appending(path: "qklens-units-\(UUID().uuidString.prefix(8))")
            let files = FileManager.default
            try files.createDirectory(at: directory, withIntermediateDirectories: true)
            for program in ["qklensd", "qklens-worker"] {
                try files.createSymbolicLink(atPath: directory.appending(path: program).path, withDestinationPath: "/bin/true")
            }
            let source = UnitFileTests.units.appending(path: kind)
            try files.copyItem(at: source.appending(path: "qklensd.socket"), to: socket)
            let template = try String(contentsOf: source.appending(path: "qklensd.service.in"), encoding: .utf8)
            let text = template.replacingOccurrences(of: "@bindir@", with: directory.path)
                .replacingOccurrences(of: "@libexecdir@", with: directory.path)
            #expect(!text.contains("@bindir@") && !text.contains("@libexecdir@"))
            try text.write(to: service, atomically: true, encoding: .utf8)
        }

        deinit { try? FileManager.default.removeItem(at: directory) }

        var service: URL { directory.appending(path: "qklensd.service") }
        var socket: URL { directory.appending(path: "qklensd.socket") }

        /// What `systemd-analyze` says, and its status.
        func analyze(_ arguments: [String]) throws -> (status: Int32, text: String) {
            let process = Process(), pipe = Pipe()
            process.executableURL = URL(filePath: "/usr/bin/systemd-analyze")
            process.arguments = arguments
            process.environment = ["PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": directory.path, "HOME": directory.path]
            process.standardOutput = pipe
            process.standardError = pipe
            try process.run()
            let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, text)
        }
    }

    @Test(.enabled(if: hasAnalyze), arguments: ["user", "system"])
    func `systemd-analyze finds nothing wrong with the units`(_ kind: String) throws {
        let units = try Installed(kind)
        let manager = kind == "user" ? ["--user"] : []
        let found = try units.analyze(["verify"] + manager + ["--man=no", units.service.path, units.socket.path])
        #expect(found.status == 0 && found.text.isEmpty, "\(found)")
    }

    @Test(.enabled(if: hasAnalyze)) func `the machine's daemon is exposed by 0.5 of 10 at most`() throws {
        let units = try Installed("system")
        let found = try units.analyze(["security", "--offline=true", "--threshold=5", units.service.path])
        #expect(found.status == 0, "\(found.text.suffix(200))")
        // And the figure is one that a looser unit would not reach.
        let unit = try String(contentsOf: units.service, encoding: .utf8)
        let looser = unit.replacingOccurrences(of: "NoNewPrivileges=yes\n", with: "")
        try looser.write(to: units.service, atomically: true, encoding: .utf8)
        #expect(try units.analyze(["security", "--offline=true", "--threshold=5", units.service.path]).status != 0)
    }

    @Test func `both daemons answer the same calls, wait equally long and end alike`() throws {
        func settings(_ kind: String) throws -> Set<String> {
            let text = try String(contentsOf: Self.units.appending(path: "\(kind)/qklensd.service.in"), encoding: .utf8)
            return Set(text.split(separator: "\n").map(String.init).filter { $0.contains("=") && !$0.hasPrefix("#") })
        }
        let (user, system) = (try settings("user"), try settings("system"))
        // What holds for a user's daemon holds for the machine's, which has more on top.
        #expect(user.subtracting(system).isEmpty, "\(user.subtracting(system))")
        #expect(user.isSuperset(of: ["Type=notify", "KillMode=mixed", "Restart=on-failure", "ExecStart=@bindir@/qklensd"]))
    }
}
