import API
import Client
import Foundation
import JSON
import Testing

/// Group H of the bad inputs: what exhausts a daemon rather than confuses it.
@Suite(.timeLimit(.minutes(5))) struct ResourceTests {
    /// The most clients at once, as documented.
    static let mostClients = 1000

    /// Room for so many connections in this process; the daemon inherits it.
    static func makeRoom() throws {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = min(limit.rlim_max, 4096)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        try #require(limit.rlim_cur >= 2 * UInt(mostClients), "the hard limit on open files is \(limit.rlim_max)")
    }

    @Test func `a thousand idle clients cost little, and the next one is told that there is no place`() throws {
        try Self.makeRoom()
        let daemon = try LiveDaemon()
        try daemon.keepsEverything(within: 48 << 20) {
            let before = try daemon.facts
            var idle = try (0..<Self.mostClients).map { _ in try RawSocket(daemon.socket) }
            // The listener admits them in the order of their arrival, so the last one's answer says that all are there.
            try idle[Self.mostClients - 1].send(request("system.ping"))
            #expect(try idle[Self.mostClients - 1].reply()?["result"] != nil)
            let full = try daemon.facts
            #expect(full.descriptors >= before.descriptors + Self.mostClients)
            // A connection's two tasks, its channel and their buffers take some 20 KiB.
            #expect(full.residentBytes <= before.residentBytes + Self.mostClients * 48 << 10, "before: \(before); full: \(full)")
            let next = try RawSocket(daemon.socket)
            let refusals = try next.replies()
            #expect(refusals.map(shape) == [1002] && refusals.first?["error"]?["data"]?["kind"] == "busy", "113: \(refusals)")
            try idle[0].send(request("system.ping"))
            #expect(try idle[0].reply()?["result"] != nil)
            idle = []
        }
    }

    @Test func `ten thousand clients that come and go leave nothing behind`() throws {
        let daemon = try LiveDaemon()
        try daemon.keepsEverything(within: 16 << 20) {
            for _ in 0..<10_000 { _ = try RawSocket(daemon.socket) }
            _ = try daemon.settled(to: daemon.facts)
            _ = try daemon.call(SystemPing.self)
        }
    }

    @Test func `a client that never reads is dropped, and the others do not notice`() throws {
        let daemon = try LiveDaemon()
        try daemon.keepsEverything(within: 192 << 20) {
            let before = try daemon.facts
            let question = request("rpc.discover")
            let replyBytes = try #require(try daemon.exchange(question).first).text().utf8.count
            let deaf = try RawSocket(daemon.socket)
            var asked = 0
            // A gigabyte's worth of replies.
            while asked < (1 << 30) / replyBytes, try deaf.send(question) {
                asked += 1
                if asked % 64 == 0 { _ = try daemon.call(SystemPing.self) }
            }
            #expect(asked < (1 << 30) / replyBytes, "115: \(asked) replies of \(replyBytes) bytes")
            let after = try daemon.facts
            // What waits for it is 64 MiB at most, besides the replies that are being made.
            #expect(after.peakBytes <= before.peakBytes + 192 << 20, "before: \(before); after: \(after)")
        }
        let log = try String(contentsOf: daemon.home.appending(path: "log"), encoding: .utf8)
        #expect(log.contains("does not read its replies"))
    }

    @Test func `one stopped subscriber among a thousand holds up none of the others`() throws {
        try Self.makeRoom()
        let daemon = try LiveDaemon()
        let control = try daemon.client()
        let job = try #require(try daemon.call(DictionariesTrain.self, JobLifeTests.long).job)
        let stopped = Process()
        stopped.executableURL = LiveDaemon.programs.appending(path: "qklens")
        stopped.arguments = ["jobs", "follow", job.job, "--socket", daemon.socket]
        stopped.standardOutput = FileHandle.nullDevice
        stopped.standardError = FileHandle.nullDevice
        let before = try daemon.facts
        try stopped.run()
        while try daemon.facts.descriptors == before.descriptors { usleep(1000) }
        kill(stopped.processIdentifier, SIGSTOP)
        let subscribers = try (0..<Self.mostClients - 2).map { _ in try RawSocket(daemon.socket) }
        for subscriber in subscribers { try subscriber.send(request("jobs.subscribe", #"{"job":"\#(job.job)"}"#)) }
        for subscriber in subscribers {
            // The reply and a first event, in whichever order they were made.
            let first = [try subscriber.reply(), try subscriber.reply()]
            #expect(
                first.contains { $0?["result"]?["job"]?.string == job.job } && first.contains { $0?["method"] == "jobs.event" })
        }
        _ = try control.call(JobsCancel.self, JobsCancel.Params(job: job.job))
        for subscriber in subscribers {
            var state = ""
            while state != "cancelled", let event = try subscriber.reply() {
                state = event["params"]?["job"]?["state"]?.string ?? ""
            }
            #expect(state == "cancelled", "116")
        }
        kill(stopped.processIdentifier, SIGCONT)
        stopped.waitUntilExit()
        #expect(daemon.end() == 0)
    }

    @Test(.enabled(if: LiveDaemon.path(of: "prlimit") != nil, "prlimit is not installed"))
    func `without descriptors for more clients the daemon turns them away and does not spin`() throws {
        let prlimit = try #require(LiveDaemon.path(of: "prlimit"))
        let daemon = try LiveDaemon(under: [prlimit, "--nofile=64"])
        try daemon.keepsEverything(within: 16 << 20) {
            let first = try RawSocket(daemon.socket)
            try first.send(request("system.ping"))
            #expect(try first.reply()?["result"] != nil)
            var crowd = try (0..<200).map { _ in try RawSocket(daemon.socket) }
            for client in crowd { try client.send(request("system.ping")) }
            let answered = try crowd.count { try $0.reply()?["result"] != nil }
            #expect((1..<64).contains(answered), "117: \(answered) of 200 were answered")
            // A loop that asks for the same client again and again shows in the processor's time alone.
            let before = try daemon.facts
            usleep(1_000_000)
            let after = try daemon.facts
            #expect(after.seconds - before.seconds < 0.2, "117: before: \(before); after: \(after)")
            try first.send(request("system.ping"))
            #expect(try first.reply()?["result"] != nil)
            crowd = []
        }
    }

    @Test func `descriptors that nobody asked for are closed`() throws {
        let daemon = try LiveDaemon()
        let file = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        try daemon.keepsEverything(within: 16 << 20) {
            let before = try daemon.facts
            let flood = try RawSocket(daemon.socket)
            for round in 0..<100 {
                // unix(7): 253 descriptors are the most that one message carries.
                try flood.send(Array(request("system.ping").utf8), with: file, times: 253)
                #expect(try flood.reply()?["result"] != nil, "118: round \(round)")
            }
            #expect(try daemon.facts.descriptors <= before.descriptors + 1 + 253, "118")
            // Half a message, many times over, and a client that is gone before it is read.
            for _ in 0..<100 {
                let rude = try RawSocket(daemon.socket)
                try rude.send([UInt8(ascii: "{")], with: file, times: 253)
            }
            _ = try daemon.call(SystemPing.self)
        }
    }

    @Test func `a storm of SIGHUP leaves it answering, and one of SIGTERM ends it in order`() throws {
        let daemon = try LiveDaemon()
        let process = daemon.process.processIdentifier
        let client = try daemon.client()
        for round in 0..<1000 {
            kill(process, SIGHUP)
            if round % 100 == 0 { _ = try client.call(SystemPing.self, NoParams()) }
        }
        _ = try daemon.call(SystemPing.self)
        for _ in 0..<1000 { kill(process, SIGTERM) }
        daemon.process.waitUntilExit()
        #expect(daemon.process.terminationReason == .exit && daemon.process.terminationStatus == 0, "118")
        try daemon.start()
        #expect(daemon.end() == 0)
    }

    /// System calls that a signal may interrupt, as strace names them.
    static let interruptible = "read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,accept,accept4,epoll_wait,epoll_pwait"

    /// The daemon under strace, which makes some system calls fail.
    private func daemon(failing calls: String, with code: String, when: String) throws -> LiveDaemon {
        let strace = try #require(LiveDaemon.path(of: "strace"))
        // The tracer is a grandchild (-D), so that signals and figures of the process are the daemon's own.
        return try LiveDaemon(under: [
            strace, "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(calls)", "-e",
            "inject=\(calls):error=\(code):when=\(when)",
        ])
    }

    @Test(.enabled(if: LiveDaemon.path(of: "strace") != nil, "strace is not installed"))
    func `interrupted system calls are made again`() throws {
        let daemon = try daemon(failing: Self.interruptible, with: "EINTR", when: "100+5")
        let connection = try RawSocket(daemon.socket)
        for id in 0..<500 {
            try connection.send(request("tokens.encode", #"{"text":"When John"}"#, id: id))
            let reply = try connection.reply()
            #expect(reply?["id"]?.integer == id && reply?["result"] != nil, "118: \(reply?.text() ?? "nothing")")
        }
        #expect(daemon.end() == 0)
    }

    @Test(
        .enabled(if: LiveDaemon.path(of: "strace") != nil, "strace is not installed"),
        arguments: [("EIO", "store_failed"), ("ENOSPC", "store_full")])
    func `a disk that fails for a while is an error of each call meanwhile, and no harm is left`(
        code: String, kind: String
    ) throws {
        // What LMDB commits with; the calls before the tenth are those of the start, and the thirtieth succeeds again.
        let daemon = try daemon(failing: "fdatasync", with: code, when: "10..29")
        let copies = try (0..<60).map { try daemon.copyOfModel("copy\($0)") }
        var loaded: [String] = [], kinds: Set<String> = []
        for copy in copies {
            do {
                loaded.append(try daemon.call(ModelsLoad.self, ["path": .string(copy.path)]).model)
            } catch ClientError.service(let error) {
                kinds.insert(error.kind ?? "\(error)")
            }
            _ = try daemon.call(SystemPing.self)
        }
        #expect(kinds == [kind] && (1..<60).contains(loaded.count) && loaded.last == "copy59", "118: \(kinds) \(loaded)")
        let before = try daemon.call(ModelsList.self).models.map(\.model)
        #expect(Set(before) == Set(loaded + ["demo-4l"]))
        #expect(daemon.end() == 0)
        try daemon.start()
        #expect(try daemon.call(ModelsList.self).models.map(\.model) == before)
    }
}
