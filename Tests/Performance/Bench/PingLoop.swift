// Many clients of one daemon, in an open loop:
//
// 1. Ping number n is due n / rate seconds after the start and belongs to client n modulo their number.
// 2. A timer wakes the loop when the next ping is due; all that are due by then are sent.
// 3. A reply's time counts from when its ping was due, so that no delay, the daemon's or this program's own, is hidden by asking less.
//
// One thread and one epoll: on two cores the load must not be the burden that it measures.

import CEpoll
import Glibc

/// Sends pings when they are due and notes when they are answered.
struct PingLoop {
    private let clients: [BenchSocket]
    private let epoll: CInt
    private let timer: CInt
    /// When the pings of each client that are not answered yet were due.
    private var waiting: [[Int]]
    /// Nanoseconds from when each ping was due until it was answered, and until it was sent.
    private(set) var replyTimes: [Int] = []
    private(set) var sendTimes: [Int] = []

    private static let ping = Array((#"{"jsonrpc":"2.0","id":1,"method":"system.ping"}"# + "\n").utf8)
    private static let nanoseconds = 1_000_000_000

    /// A loop over connected clients.
    init(clients: [BenchSocket]) throws {
        self.clients = clients
        waiting = Array(repeating: [], count: clients.count)
        epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
        timer = timerfd_create(CLOCK_MONOTONIC, CInt(TFD_CLOEXEC))
        for (number, client) in clients.enumerated() { try watch(client.descriptor, as: number) }
        try watch(timer, as: clients.count)
    }

    private func watch(_ descriptor: CInt, as number: Int) throws {
        var event = unsafe epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: UInt64(number)))
        guard unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            throw BenchSocket.Trouble(call: "epoll_ctl")
        }
    }

    /// Sends so many pings, so many a second, and waits for all replies.
    mutating func run(count: Int, rate: Double) throws {
        // The loop is asleep when the first is due.
        let start = Self.now() + Self.nanoseconds / 100
        func due(_ number: Int) -> Int { start + Int(Double(number) / rate * Double(Self.nanoseconds)) }
        var sent = 0
        try wake(at: due(0))
        var events = unsafe Array(repeating: epoll_event(), count: 256)
        while replyTimes.count < count {
            let ready = unsafe epoll_wait(epoll, &events, CInt(events.count), -1)
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else { throw BenchSocket.Trouble(call: "epoll_wait") }
            for index in 0..<Int(ready) {
                let number = unsafe Int(events[index].data.u64)
                guard number == clients.count else {
                    try receive(number)
                    continue
                }
                while sent < count, due(sent) <= Self.now() {
                    try clients[sent % clients.count].send(Self.ping)
                    waiting[sent % clients.count].append(due(sent))
                    sendTimes.append(Self.now() - due(sent))
                    sent += 1
                }
                try wake(at: sent < count ? due(sent) : .max)
            }
        }
    }

    /// Takes what a client was answered: one line per ping, in their order.
    private mutating func receive(_ number: Int) throws {
        let lines = try clients[number].receive().count { $0 == UInt8(ascii: "\n") }
        let now = Self.now()
        replyTimes += waiting[number].prefix(lines).map { now - $0 }
        waiting[number].removeFirst(lines)
    }

    /// Sets the timer, which also takes back that it has rung.
    private func wake(at time: Int) throws {
        let seconds = time == .max ? 0 : time / Self.nanoseconds, rest = time == .max ? 0 : time % Self.nanoseconds
        var alarm = itimerspec(it_interval: timespec(), it_value: timespec(tv_sec: seconds, tv_nsec: rest))
        guard unsafe timerfd_settime(timer, CInt(TFD_TIMER_ABSTIME), &alarm, nil) == 0 else {
            throw BenchSocket.Trouble(call: "timerfd_settime")
        }
    }

    private static func now() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * nanoseconds + time.tv_nsec
    }
}
