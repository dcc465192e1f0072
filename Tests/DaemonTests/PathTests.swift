import API
import Foundation
import JSON
import JSONRPC
import Testing

// Group E of the bad inputs: what a caller may name, and what becomes of names that lead elsewhere.

extension LiveDaemon {
    /// How many descriptors the daemon holds.
    func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/fd").count
    }

    /// What the daemon opens once, perhaps after its first answers, and keeps: the queue and the clocks of its timers.
    private static let openedOnce = 3

    /// Whether the daemon holds no more descriptors than that, once it has noticed which clients are gone; each of the many calls that
    /// kept one would show.
    func holdsAtMost(_ count: Int) throws -> Bool {
        for _ in 0..<10_000 {
            if try descriptors() <= count + Self.openedOnce { return true }
            usleep(1000)
        }
        return false
    }

    /// What the daemon has logged.
    func log() throws -> String { try String(contentsOf: home.appending(path: "log"), encoding: .utf8) }
}

extension FileManager {
    fileprivate func names(_ directory: URL) throws -> [String] { try contentsOfDirectory(atPath: directory.path).sorted() }
}

/// Paths as the daemon's own user and root name them: anywhere, but only what is a file.
@Suite(.timeLimit(.minutes(3))) struct PathTests {
    /// A daemon, a folder of strange files, and what each is answered with: (path, kind, a part of the message).
    private static func strangeFiles(_ daemon: LiveDaemon) throws -> [(path: String, kind: String, part: String)] {
        let home = daemon.home.path
        #expect(unsafe mkfifo(home + "/pipe.txt", 0o600) == 0)
        try FileManager.default.createDirectory(atPath: home + "/folder.txt", withIntermediateDirectories: true)
        for (name, target) in [
            ("socket", daemon.socket), ("zero", "/dev/zero"), ("random", "/dev/random"), ("mem", "/proc/self/mem"),
        ] {
            try FileManager.default.createSymbolicLink(atPath: "\(home)/\(name).txt", withDestinationPath: target)
        }
        let name = String(repeating: "n", count: 251)
        return [
            (home + "/zero.txt", "path_refused", "a device"), (home + "/random.txt", "path_refused", "a device"),
            (home + "/mem.txt", "file_not_found", "mem.txt"), (home + "/pipe.txt", "path_refused", "a pipe"),
            (home + "/folder.txt", "path_refused", "a directory"), (home + "/socket.txt", "path_refused", "a socket"),
            (home + "/\(name).txt", "file_not_found", "No such file"), (home + "/\(name)n.txt", "file_not_found", "too long"),
            (home + String(repeating: "/folder", count: 600) + ".txt", "file_not_found", "too long"),
            (home + "/nothing\0.txt", "path_refused", "NUL"),
        ]
    }

    @Test func `what is no regular file, or has no name that a file can have, is refused without waiting`() throws {
        let daemon = try LiveDaemon()
        let cases = try Self.strangeFiles(daemon), before = try daemon.descriptors()
        for (path, kind, part) in cases {
            for (method, params) in [
                ("dictionaries.train", ["layers": [0], "corpus": .string(path)] as JSON),
                ("caches.create", ["activations": ["blocks.0.hook_resid_pre"], "corpus": .string(path)]),
            ] {
                let error = try daemon.error(method, params)
                #expect(error.kind == kind && error.message.contains(part), "\(method) \(path.suffix(40)): \(error)")
            }
        }
        for path in ["/dev/zero", "/proc/self/mem", daemon.home.path + "/pipe.txt", daemon.socket, "/nonexistent/\u{1}"] {
            for method in ["models.load", "dictionaries.import"] {
                let error = try daemon.error(method, ["path": .string(path)])
                #expect(error.kind != "internal_error" && !error.message.isEmpty, "\(method) \(path): \(error)")
            }
        }
        let tooLong = try daemon.error("models.load", ["path": .string("/" + String(repeating: "x", count: 4096))])
        #expect(tooLong.kind == "invalid_params" && tooLong.message.contains("path"))
        _ = try daemon.call(SystemPing.self)
        #expect(try daemon.holdsAtMost(before))
        #expect(daemon.end() == 0)
    }

    @Test func `a hard link, and a name of 255 bytes, are files like others`() throws {
        let daemon = try LiveDaemon()
        let corpus = LiveDaemon.embeddedModel.appending(path: "corpus.txt")
        let copy = daemon.home.appending(path: "corpus.txt"),
            hard = daemon.home.appending(path: String(repeating: "n", count: 251) + ".txt")
        try FileManager.default.copyItem(at: corpus, to: copy)
        try FileManager.default.linkItem(at: copy, to: hard)
        let submission = try daemon.call(
            DictionariesTrain.self, ["layers": [0], "corpus": .string(hard.path), "dry_run": true])
        #expect(submission.estimate.steps > 0)
    }

    @Test func `names that command a terminal reach neither the log nor the message as they are`() throws {
        let daemon = try LiveDaemon()
        let name = "/nonexistent/<script>\n\u{1b}[31m\u{202e}.txt"
        for (method, params) in [
            ("models.load", ["path": .string(name)] as JSON), ("dictionaries.train", ["layers": [0], "corpus": .string(name)]),
            ("maps.import", ["path": .string(name), "dictionary": "d1"]), ("tasks.run", ["task": .string(name)]),
            ("models.load", ["path": .string(LiveDaemon.embeddedModel.path), "name": "a\n\u{1b}[31m"]),
        ] {
            let error = try daemon.error(method, params)
            #expect(!error.message.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E }, "\(method): \(error)")
        }
        // The facts are for programs, which want the name as it is.
        #expect(try daemon.error("models.load", ["path": .string(name), "name": "x"]).data?["path"]?.string == name)
        #expect(daemon.end() == 0)
        #expect(try !daemon.log().unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
    }

    @Test func `what is written takes no name that is taken and no folder that is missing, and leaves nothing`() throws {
        let daemon = try LiveDaemon()
        _ = try daemon.run(DictionariesTrain.self, ExportTests.training)
        let home = daemon.home.appending(path: "out")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: home.appending(path: "taken.safetensors"))
        try FileManager.default.createSymbolicLink(
            at: home.appending(path: "dangling.safetensors"), withDestinationURL: home.appending(path: "elsewhere"))
        func file(_ path: String) -> (String, JSON) {
            (
                "activations.capture",
                ["text": "When", "names": ["blocks.0.hook_resid_pre"], "tensors": "file", "path": .string(path)]
            )
        }
        func folder(_ path: String) -> (String, JSON) { ("dictionaries.export", ["dictionary": "d1", "path": .string(path)]) }
        let cases: [((String, JSON), kind: String)] = [
            (file(home.path + "/taken.safetensors"), "file_exists"), (file(home.path + "/dangling.safetensors"), "file_exists"),
            (file(home.path + "/missing/x.npy"), "file_unwritable"), (file("x.npy"), "path_refused"),
            (file(home.path + "/.."), "path_refused"), (file("/proc/x.npy"), "file_unwritable"),
            (folder(home.path + "/taken.safetensors"), "file_exists"), (folder(home.path + "/missing/x"), "file_unwritable"),
            (folder(home.path + "/"), "path_refused"), (folder("/proc/x"), "file_unwritable"),
        ]
        let before = try daemon.descriptors()
        for ((method, params), kind) in cases {
            let error = try daemon.error(method, params)
            #expect(error.kind == kind, "\(method) \(params): \(error)")
        }
        #expect(try FileManager.default.names(home) == ["dangling.safetensors", "taken.safetensors"])
        #expect(try String(contentsOf: home.appending(path: "taken.safetensors"), encoding: .utf8) == "mine")
        #expect(try daemon.holdsAtMost(before))
    }
}

/// Paths as other users name them: beneath the client roots or not at all.
///
/// The daemon runs as root and could read everything.
@Suite(.enabled(if: Stranger.isPossible, Stranger.why), .timeLimit(.minutes(3))) struct StrangersPathTests {
    private static let secret = "TOP SECRET"

    /// A root with a copy of the embedded model and its text, beside a folder that is closed.
    private static func daemon() throws -> (LiveDaemon, root: String) {
        let home = FileManager.default.temporaryDirectory.appending(path: "qklens-roots-\(UUID().uuidString.prefix(8))")
        for name in ["open", "closed"] {
            try FileManager.default.createDirectory(at: home.appending(path: name), withIntermediateDirectories: true)
        }
        let root = home.appending(path: "open")
        try FileManager.default.copyItem(at: LiveDaemon.embeddedModel, to: root.appending(path: "model"))
        try FileManager.default.copyItem(
            at: LiveDaemon.embeddedModel.appending(path: "corpus.txt"), to: root.appending(path: "corpus.txt"))
        for name in ["secret.txt", "config.json"] { try Data(secret.utf8).write(to: home.appending(path: "closed/\(name)")) }
        return (try LiveDaemon(["--client-roots", root.path]), root.path)
    }

    private static func remove(_ root: String) { try? FileManager.default.removeItem(atPath: root + "/..") }

    @Test func `without client roots other users name nothing, and all that needs no path works`() throws {
        let daemon = try LiveDaemon(), stranger = Stranger(daemon)
        #expect(try stranger.call("attention.pattern", ["text": "When John", "layer": 0]).result != nil)
        #expect(try stranger.call("dictionaries.train", ["layers": [0], "dry_run": true]).result != nil)
        let copy = try daemon.copyOfModel("other")
        for (method, params) in [
            ("models.load", ["path": .string(copy.path)] as JSON),
            ("dictionaries.train", ["layers": [0], "corpus": .string(copy.path + "/corpus.txt")]),
            ("tasks.run", ["task": .string(copy.path + "/indirect_object.jsonl")]),
            (
                "activations.capture",
                [
                    "text": "a", "names": ["blocks.0.hook_resid_pre"], "tensors": "file",
                    "path": .string(daemon.home.path + "/x.npy"),
                ]
            ),
        ] {
            let message = try stranger.error(method, params)
            #expect(message.contains("client roots") && message.contains("has none"), "\(method): \(message)")
        }
        // The daemon's own user may.
        #expect(try daemon.call(ModelsLoad.self, ["path": .string(copy.path)]).model == "other")
    }

    @Test func `beneath a root models, texts, folders and files are read and written`() throws {
        let (daemon, root) = try Self.daemon()
        defer { Self.remove(root) }
        let stranger = Stranger(daemon)
        #expect(try stranger.call("models.load", ["path": .string(root + "/model"), "name": "theirs"]).result != nil)
        let job = try stranger.call(
            "dictionaries.train",
            [
                "model": "theirs", "layers": [1], "d_sae_query": [24], "d_sae_key": [16], "steps": 5, "batch_sequences": 4,
                "held_out_contexts": 2, "corpus": .string(root + "/corpus.txt"),
            ])
        let name = try #require(job.result?["job"]?["job"]?.string, "\(job)")
        let ended = try daemon.call(JobsWait.self, ["job": .string(name), "timeout_s": 50])
        #expect(ended.state == .finished && ended.owner_uid == Stranger.uid && ended.client_roots == [root], "\(ended)")
        for (method, params) in [
            ("dictionaries.export", ["dictionary": "d1", "path": .string(root + "/given")] as JSON),
            ("dictionaries.import", ["path": .string(root + "/given")]),
            (
                "activations.capture",
                ["text": "a", "names": ["blocks.0.hook_resid_pre"], "tensors": "file", "path": .string(root + "/x.npy")]
            ),
        ] {
            let answer = try stranger.call(method, params)
            #expect(answer.result != nil, "\(method): \(answer.message)")
        }
        #expect(try FileManager.default.names(URL(filePath: root)) == ["corpus.txt", "given", "model", "x.npy"])
        #expect(try daemon.call(DictionariesGet.self, ["dictionary": "d2"]).owner_uid == Stranger.uid)
    }

    @Test func `dots, links and other folders lead nowhere, neither now nor in a job, and nothing of them is told`() throws {
        let (daemon, root) = try Self.daemon()
        defer { Self.remove(root) }
        let stranger = Stranger(daemon), files = FileManager.default
        let closed = root.replacingOccurrences(of: "/open", with: "/closed")
        for (name, target) in [
            ("up.txt", "../closed/secret.txt"), ("absolute.txt", closed + "/secret.txt"), ("folder", "../closed"),
            ("etc", "/etc"),
            ("magic.txt", "/proc/self/root\(closed)/secret.txt"),
        ] {
            try files.createSymbolicLink(atPath: "\(root)/\(name)", withDestinationPath: target)
        }
        // What watches over workers is opened with the first of them and stays.
        _ = try daemon.run(DictionariesTrain.self, ["layers": [0], "d_sae_query": [8], "steps": 1, "held_out_contexts": 1])
        let before = try daemon.descriptors()
        for path in [
            "\(root)/../../../../etc/shadow.txt", closed + "/secret.txt", "/etc/passwd.txt", "\(root)/up.txt",
            "\(root)/absolute.txt", "\(root)/magic.txt", "\(root)/folder/secret.txt", "\(root)/etc/passwd.txt", "\(root)2/x.txt",
        ] {
            let message = try stranger.error("dictionaries.train", ["layers": [0], "corpus": .string(path)])
            #expect(message.contains("client root") && !message.contains(Self.secret), "\(path): \(message)")
        }
        for path in ["\(root)/../../../etc/shadow", "/etc/shadow", "\(root)/etc/shadow"] {
            let message = try stranger.error("tasks.run", ["task": .string(path)])
            #expect(message.contains("client root") && !message.contains("root:"), "\(path): \(message)")
        }
        for (method, path) in [
            ("models.load", "\(root)/folder"), ("models.load", closed), ("models.load", "\(root)/../closed"),
            ("dictionaries.import", "\(root)/folder"), ("models.load", "/"),
        ] {
            let message = try stranger.error(method, ["path": .string(path)])
            #expect(message.contains("client root") && !message.contains(Self.secret), "\(method) \(path): \(message)")
        }
        for path in ["\(root)/folder/new.npy", "\(root)/../new.npy", closed + "/new.npy", "\(root)/up.txt/new.npy"] {
            _ = try stranger.error(
                "activations.capture",
                ["text": "a", "names": ["blocks.0.hook_resid_pre"], "tensors": "file", "path": .string(path)])
        }
        #expect(try files.names(URL(filePath: closed)) == ["config.json", "secret.txt"])
        // A model of another's, whose file is exchanged for a link once it is loaded, is not read again by a worker.
        #expect(try stranger.call("models.load", ["path": .string(root + "/model"), "name": "theirs"]).result != nil)
        try files.removeItem(atPath: root + "/model/config.json")
        try files.createSymbolicLink(atPath: root + "/model/config.json", withDestinationPath: "../../closed/config.json")
        let job = try stranger.call(
            "dictionaries.train", ["model": "theirs", "layers": [0], "steps": 1, "corpus": .string(root + "/corpus.txt")])
        let name = try #require(job.result?["job"]?["job"]?.string, "\(job)")
        let ended = try daemon.call(JobsWait.self, ["job": .string(name), "timeout_s": 50])
        #expect(ended.state == .failed && ended.error?.contains("client root") == true, "\(ended)")
        #expect(try daemon.holdsAtMost(before))
    }

    @Test func `a link that is exchanged while calls run lets nothing out`() throws {
        let (daemon, root) = try Self.daemon()
        defer { Self.remove(root) }
        let stranger = Stranger(daemon), link = root + "/task.jsonl", other = root + "/other"
        let line =
            #"{"prompt": "When John and Mary went to the store, John gave a drink to", "answer": " Mary", "wrong": " John"}"#
        try Data(line.utf8).write(to: URL(filePath: root + "/public.jsonl"))
        let swapper = Process()
        swapper.executableURL = URL(filePath: "/bin/sh")
        swapper.arguments = [
            "-c",
            """
            while true; do ln -sfn ../closed/secret.txt '\(other)'; mv -T '\(other)' '\(link)'; \
            ln -sfn public.jsonl '\(other)'; mv -T '\(other)' '\(link)'; done
            """,
        ]
        try swapper.run()
        defer { swapper.terminate() }
        var answered = 0, refused = 0
        for _ in 0..<300 {
            let answer = try stranger.call("tasks.run", ["task": .string(link), "prepend_bos": true])
            if answer.result != nil {
                answered += 1
            } else {
                refused += 1
                #expect(answer.message.contains("client root"), "\(answer.message)")
            }
        }
        #expect(answered > 0 && refused > 0, "\(answered) answered, \(refused) refused: there was no race")
    }
}
