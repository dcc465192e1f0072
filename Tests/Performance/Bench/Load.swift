import ArgumentParser
import JSON

/// Pings a daemon from many clients; `load.py` does so while it trains, beside clients that do not read.
struct Load: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pings a daemon from many clients at a steady rate, whether or not it keeps up; prints one JSON line.")

    @Option(help: "The daemon's socket.") var socket: String
    @Option(help: "How many clients are connected.") var clients = 1000
    @Option(help: "Pings a second, all clients together.") var rate = 1000.0
    @Option(help: "For how long.") var seconds = 10.0
    @Option(help: "MiB of replies that one more client asks for when the pings begin, and never reads.") var unread = 0

    func run() throws {
        var loop = try PingLoop(clients: (0..<clients).map { _ in try BenchSocket(socket) })
        let deaf = unread > 0 ? try BenchSocket(socket) : nil
        try deaf?.ask(for: unread << 20)
        try loop.run(count: Int(rate * seconds), rate: rate)
        let times = loop.replyTimes.sorted(), sent = loop.sendTimes.sorted()
        let figures: JSONObject = [
            "clients": .integer(clients), "pings": .integer(times.count), "p50_ms": milliseconds(times, 0.5),
            "p99_ms": milliseconds(times, 0.99), "max_ms": milliseconds(times, 1),
            // How late this program itself was, which is part of the figures above.
            "sent_p99_ms": milliseconds(sent, 0.99),
        ]
        print(JSON.object(figures).text())
        withExtendedLifetime(deaf) {}
    }

    /// A percentile of sorted nanoseconds.
    private func milliseconds(_ times: [Int], _ share: Double) -> JSON {
        .float(Float(times[min(times.count - 1, Int(Double(times.count) * share))]) * 1e-6)
    }
}
