import Foundation
import Testing

/// `install.sh` on directories of its own: what it leaves, and what it leaves alone.
@Suite struct InstallTests {
    private let place = URL(filePath: NSTemporaryDirectory()).appending(path: "qklens-install-\(UUID().uuidString.prefix(8))")
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Systemd/install.sh")

    /// Lays out a stage of these files, and installs it or removes what is installed.
    private func run(_ action: String, _ files: [String]) throws {
        let stage = place.appending(path: "stage")
        try? FileManager.default.removeItem(at: stage)
        for file in files {
            let path = stage.appending(path: file)
            try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("@bindir@/qklensd @libexecdir@/worker".utf8).write(to: path)
        }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [Self.script.path, action, stage.path, "/opt/qk", place.appending(path: "root").path]
        process.standardOutput = Pipe()
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(action)")
    }

    /// Everything below the prefix, directories with a slash.
    private func found() throws -> [String] {
        let prefix = place.appending(path: "root/opt/qk").path
        guard let names = FileManager.default.enumerator(atPath: prefix) else { return [] }
        return names.compactMap { $0 as? String }.map { name in
            var isDirectory: ObjCBool = false
            _ = unsafe FileManager.default.fileExists(atPath: "\(prefix)/\(name)", isDirectory: &isDirectory)
            return name + (isDirectory.boolValue ? "/" : "")
        }.sorted()
    }

    private func make(_ directory: String) throws {
        try FileManager.default.createDirectory(
            at: place.appending(path: "root/opt/qk/" + directory), withIntermediateDirectories: true)
    }

    @Test func `directories that were there before stay, those that were made go`() throws {
        defer { try? FileManager.default.removeItem(at: place) }
        try make("share/man")
        try make("lib")
        try run("install", ["bin/qklens", "share/man/man1/qklens.1", "lib/systemd/user/qklensd.service.in"])
        #expect(try found().contains("lib/systemd/user/qklensd.service"))
        let unit = place.appending(path: "root/opt/qk/lib/systemd/user/qklensd.service")
        #expect(try String(contentsOf: unit, encoding: .utf8) == "/opt/qk/bin/qklensd /opt/qk/libexec/qklens/worker")
        try run("uninstall", [])
        #expect(try found() == ["lib/", "share/", "share/man/"])
    }

    @Test func `what an older version had and the new one has not is removed, and what others put there stays`() throws {
        defer { try? FileManager.default.removeItem(at: place) }
        try run("install", ["bin/qklens", "bin/old", "share/old/text"])
        try Data().write(to: place.appending(path: "root/opt/qk/bin/others"))
        try run("install", ["bin/qklens", "bin/new"])
        #expect(try found().filter { !$0.hasSuffix("/") } == ["bin/new", "bin/others", "bin/qklens", "share/qklens/installed"])
        try run("uninstall", [])
        #expect(try found() == ["bin/", "bin/others"])
    }

    @Test func `a prefix that was made goes too`() throws {
        defer { try? FileManager.default.removeItem(at: place) }
        try run("install", ["bin/qklens"])
        try run("uninstall", [])
        #expect(!FileManager.default.fileExists(atPath: place.appending(path: "root/opt/qk").path))
        #expect(FileManager.default.fileExists(atPath: place.appending(path: "root/opt").path))
    }
}
