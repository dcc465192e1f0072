import API
import Client
import Foundation
import JSON
import Synchronization
import Testing

/// What systemd's watchdog hears of a daemon that reads a model from a slow disk, and from one that hangs.
@Suite(.timeLimit(.minutes(3))) struct WatchdogLiveTests {
    /// The service manager's end of the notification socket.
    private final class Manager {
        let path: String
        private let descriptor: CInt

        init(in home: URL) throws {
            path = home.appending(path: "notify").path
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

        deinit { close(descriptor) }

        /// Waits up to a tenth of a second for a message, and says whether it was the watchdog's.
        func hearsPing() -> Bool {
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&request, 1, 100) > 0 else { return false }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = unsafe recv(descriptor, &buffer, buffer.count, CInt(MSG_DONTWAIT))
            return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self).contains("WATCHDOG=1")
        }
    }

    /// A call that runs while its caller looks at something else.
    private final class Running: Sendable {
        private let ended = Mutex<Bool>(false)
        private let failure = Mutex<String?>(nil)

        init(_ daemon: LiveDaemon, _ method: String, _ params: JSON) {
            let socket = daemon.socket
            Thread.detachNewThread { [self] in
                do {
                    _ = try Client(connectingTo: socket).call(method, params, timeout: .seconds(120))
                } catch {
                    failure.withLock { $0 = "\(error)" }
                }
                ended.withLock { $0 = true }
            }
        }

        var hasEnded: Bool { ended.withLock { $0 } }
        var complaint: String? { failure.withLock { $0 } }
    }

    @Test func `a slow disk is no hang, and a disk that hangs is one`() throws {
        let daemon = try LiveDaemon()
        guard let library = try Interposer.compile("slowread", into: daemon.home) else { return }
        #expect(daemon.end() == 0)
        let manager = try Manager(in: daemon.home), delay = daemon.home.appending(path: "delay")
        daemon.wrapper = [
            try #require(LiveDaemon.path(of: "env")), "LD_PRELOAD=\(library)", "QKLENS_READ_DELAY=\(delay.path)",
            "NOTIFY_SOCKET=\(manager.path)", "WATCHDOG_USEC=1000000",
        ]
        try daemon.start()
        func setDelay(_ microseconds: Int) throws { try "\(microseconds)".write(to: delay, atomically: true, encoding: .utf8) }
        let model = JSON.string(try daemon.copyOfModel("copy").path)

        // Each of some fifty reads takes a fifteenth of the watchdog's interval, all of them more than three intervals.
        try setDelay(65_000)
        let slow = Running(daemon, "models.load", ["path": model, "name": "slow"])
        var pings = 0
        while !slow.hasEnded { pings += manager.hearsPing() ? 1 : 0 }
        #expect(slow.complaint == nil && pings >= 4, "\(pings) pings; \(slow.complaint ?? "")")
        #expect(!(try daemon.log().contains("no sign of life")))

        // One read that hangs: the thread stands still, whatever else moves.
        try setDelay(.max)
        let stuck = Running(daemon, "models.load", ["path": model, "name": "stuck"])
        func complaints() throws -> Int {
            try daemon.log().components(separatedBy: "no sign of life from the computing thread").count - 1
        }
        while try complaints() == 0 { _ = manager.hearsPing() }
        while manager.hearsPing() {}
        let before = try complaints()
        pings = 0
        while try complaints() < before + 6 {
            _ = try daemon.call(SystemPing.self)
            pings += manager.hearsPing() ? 1 : 0
        }
        #expect(pings == 0)
        try setDelay(0)
        while !stuck.hasEnded { _ = manager.hearsPing() }
        #expect(stuck.complaint == nil)
        while !manager.hearsPing() {}
        #expect(daemon.end() == 0)
    }
}
