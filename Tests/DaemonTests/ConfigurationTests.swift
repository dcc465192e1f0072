import Foundation
import Testing

/// The daemon's settings as a person meets them: through the program's own `--print-config` and `--check-config`.
@Suite struct ConfigurationTests {
    /// What `qklensd` prints and how it ends.
    private func qklensd(_ arguments: [String], _ variables: [String: String] = [:]) throws -> (
        output: String, error: String, status: Int32
    ) {
        let process = Process(), output = Pipe(), error = Pipe()
        process.executableURL = LiveDaemon.programs.appending(path: "qklensd")
        process.arguments = arguments
        process.environment = ["HOME": "/nonexistent", "PATH": "/usr/bin"].merging(variables) { $1 }
        (process.standardOutput, process.standardError) = (output, error)
        try process.run()
        let texts = [output, error].map { String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
        process.waitUntilExit()
        return (texts[0], texts[1], process.terminationStatus)
    }

    /// The printed settings: key to value and origin.
    private func settings(_ arguments: [String], _ variables: [String: String] = [:]) throws -> [String: (String, String)] {
        let result = try qklensd(arguments + ["--print-config"], variables)
        try #require(result.status == 0, "\(result.error)")
        var found: [String: (String, String)] = [:], origin = ""
        for line in result.output.split(separator: "\n") {
            if line.hasPrefix("#") {
                origin = String(line.split(separator: "(").last?.dropLast() ?? "")
            } else {
                let sides = line.split(separator: " = ", maxSplits: 1).map(String.init)
                found[sides[0]] = (sides.count > 1 ? sides[1] : "", origin)
            }
        }
        return found
    }

    private func file(_ text: String) throws -> String {
        let path = NSTemporaryDirectory() + "qklensd-\(UUID().uuidString.prefix(8)).conf"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func `a flag beats a variable, a variable the file, the file the default, and each is named`() throws {
        let path = try file("# limits\n\nmax_clients = 10\nmax_batch=20\n  jobs =  2  \n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let found = try settings(
            ["--config", path, "--jobs", "4"], ["QKLENS_JOBS": "3", "QKLENS_MAX_BATCH": "30", "QKLENS_MAX_DEPTH": ""])
        #expect(try #require(found["jobs"]) == ("4", "--jobs"))
        #expect(try #require(found["max_batch"]) == ("30", "$QKLENS_MAX_BATCH"))
        #expect(try #require(found["max_clients"]) == ("10", "\(path):3"))
        #expect(try #require(found["max_depth"]) == ("64", "default"))
        #expect(try #require(found["state_directory"]) == ("/nonexistent/.local/state/qklens", "$HOME"))
    }

    @Test func `what is printed is a file that sets the same`() throws {
        let arguments = [
            "--max-unread-mib", "7", "--check-replies", "--client-roots", "/srv/models:/srv/texts", "--threads", "1",
        ]
        let printed = try qklensd(arguments + ["--print-config"])
        let path = try file(printed.output)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (first, second) = (try settings(arguments), try settings(["--config", path]))
        #expect(first.mapValues(\.0) == second.mapValues(\.0))
        #expect(second["check_replies"]?.0 == "yes" && second["client_roots"]?.0 == "/srv/models:/srv/texts")
        #expect(second.count == 20)
    }

    @Test func `what follows a variable of others names it, and the file that was read stands above`() throws {
        let path = try file("jobs = 2\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let variables = ["STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "XDG_STATE_HOME": "/x", "XDG_RUNTIME_DIR": "/run/user/7"]
        let found = try settings([], variables)
        #expect(try #require(found["state_directory"]) == ("/var/lib/a", "$STATE_DIRECTORY"))
        #expect(try #require(found["socket"]) == ("/run/user/7/qklens/rpc.sock", "$XDG_RUNTIME_DIR"))
        #expect(try qklensd(["--print-config", "--config", path]).output.hasPrefix("# The configuration file is \(path).\n"))
        #expect(try qklensd(["--print-config"]).output.hasPrefix("# There is no configuration file.\n"))
    }

    @Test func `lines may end as on other systems, and what a message shows does nothing to a terminal`() throws {
        let path = try file("# settings\r\njobs = 3\r\n\r\nmax_batch = 7\r\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try #require(settings(["--config", path])["max_batch"]) == ("7", "\(path):4"))
        let wrong = try qklensd(["--check-config"], ["QKLENS_JOBS": "2\r\u{1B}[2J"])
        #expect(wrong.status == 78 && wrong.error.contains(#"'2\r\u{1B}[2J'"#), "\(wrong)")
    }

    @Test func `a check looks at the model and the directories, and makes none`() throws {
        let place = NSTemporaryDirectory() + "qklens-check-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let model = try qklensd(["--check-config", "--embedded-model", place])
        #expect(
            model.status == 78 && model.error.contains("no config.json") && model.error.contains("--embedded-model"), "\(model)")
        for flag in ["--state-directory", "--socket"] {
            let result = try qklensd(["--check-config", flag, "/dev/null/below/it"])
            #expect(result.status == 78 && result.error.contains("Not a directory") && result.error.contains(flag), "\(result)")
        }
        let sound = try qklensd(["--check-config", "--state-directory", place + "/a/b", "--socket", place + "/c/rpc.sock"])
        #expect(sound.status == 0 && sound.error.isEmpty, "\(sound)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
    }

    @Test func `every setting has its flag and its variable`() throws {
        let help = try qklensd(["--help"]).output
        for key in try settings([]).keys {
            let flag = "--" + key.replacingOccurrences(of: "_", with: "-")
            #expect(help.contains(flag), "\(flag)")
            let bad = try qklensd(["--check-config"], ["QKLENS_" + key.uppercased(): "\u{1}bad\u{1}"])
            let isPath = ["socket", "state_directory", "embedded_model"].contains(key)
            #expect(isPath || bad.status == 78 && bad.error.contains("$QKLENS_" + key.uppercased()), "\(key): \(bad)")
        }
    }

    @Test func `the user's file comes before the machine's, and one that is named must be there`() throws {
        let home = NSTemporaryDirectory() + "qklens-home-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: home + "/.config/qklens", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: home) }
        try "jobs = 5\n".write(toFile: home + "/.config/qklens/qklensd.conf", atomically: true, encoding: .utf8)
        #expect(try settings([], ["HOME": home])["jobs"]?.0 == "5")
        let absent = try qklensd(["--check-config", "--config", "/nonexistent/qklensd.conf"])
        #expect(absent.status == 78 && absent.error.contains("/nonexistent/qklensd.conf"))
    }

    @Test(arguments: [
        ("max_cliens = 3\n", "did you mean 'max_clients'?"), ("jobs\n", ":1 is neither"),
        ("jobs = 0\n", "an integer from 1 to 64"), ("jobs = 1\n\njobs = 2\n", "set twice"),
        ("log_level = loud\n", "one of trace, debug"), ("core_type = Pentium\n", "core_type"),
        ("client_roots = models\n", "absolute paths"), ("check_replies = maybe\n", "yes or no"),
        ("colour = red\n", "there is no setting 'colour'"),
    ])
    func `what is wrong in a file is named with its line`(_ text: String, _ part: String) throws {
        let path = try file(text)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let result = try qklensd(["--check-config", "--config", path])
        #expect(result.status == 78 && result.error.contains(part) && result.error.contains(path), "\(result)")
        #expect(result.output.isEmpty)
    }

    @Test func `a sound configuration says nothing`() throws {
        let place = NSTemporaryDirectory() + "qklens-sound"
        let result = try qklensd(["--check-config", "--log-level", "debug", "--state-directory", place, "--socket", place + "/s"])
        #expect(result.status == 0 && result.output.isEmpty && result.error.isEmpty, "\(result)")
    }
}
