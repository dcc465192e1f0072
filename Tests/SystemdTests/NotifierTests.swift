import Glibc
import Synchronization
import Systemd
import Testing

/// What a service manager hears, on a real socket.
@Suite struct NotifierTests {
    /// The service manager's end.
    private final class Manager {
        let path: String
        private let descriptor: CInt

        init() throws {
            path = "/tmp/qklens-notify-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
            descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
            let bound = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(bound == 0, "errno \(errno)")
        }

        deinit {
            close(descriptor)
            unsafe unlink(path)
        }

        /// The next message's lines.
        func hear() -> [String] {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = unsafe recv(descriptor, &buffer, buffer.count, CInt(MSG_DONTWAIT))
            return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    @Test func `ready comes with a line for people, whatever it holds`() throws {
        let manager = try Manager()
        let notifier = Notifier(environment: ["NOTIFY_SOCKET": manager.path])
        notifier.ready(status: "answering\nREADY=0")
        #expect(manager.hear() == ["READY=1", "STATUS=answering READY=0"])
        notifier.ping()
        #expect(manager.hear() == ["WATCHDOG=1"])
    }

    @Test func `a reload is announced with its time, and ends ready`() async throws {
        let manager = try Manager()
        let notifier = Notifier(environment: ["NOTIFY_SOCKET": manager.path])
        var heard: [[String]] = []
        await notifier.reloading { heard.append(manager.hear()) }
        heard.append(manager.hear())
        #expect(heard.count == 2 && heard[0].first == "RELOADING=1" && heard[1] == ["READY=1"])
        let time = try #require(heard[0].last?.split(separator: "=").last.flatMap { Int($0) })
        #expect(heard[0].last?.hasPrefix("MONOTONIC_USEC=") == true && time > 0)
    }

    @Test func `the line is told when it changes, and only then`() async throws {
        struct Over: Error {}
        let manager = try Manager()
        let lines = Mutex(["2 clients", "2 clients", "3 clients"])
        var left = 2
        await StatusLine(Notifier(environment: ["NOTIFY_SOCKET": manager.path])) { lines.withLock { $0.removeFirst() } }.run {
            _ in
            if left == 0 { throw Over() }
            left -= 1
        }
        #expect(manager.hear() == ["STATUS=2 clients"] && manager.hear() == ["STATUS=3 clients"] && manager.hear().isEmpty)
    }

    @Test func `without a service manager nothing is sent and nothing is kept up`() async {
        let notifier = Notifier(environment: [:])
        #expect(!notifier.isHeard && !notifier.send("READY=1"))
        await StatusLine(notifier) { "nobody hears this" }.run { _ in Issue.record("it goes on") }
    }
}
