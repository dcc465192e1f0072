import API
import ArgumentParser
import Presentation

/// The daemon itself.
struct System: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The daemon: info, metrics, ping.", subcommands: [Info.self, Metrics.self, Ping.self])

    struct Info: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say which daemon this is.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try global.run(SystemInfo.self, SystemInfo.Params()) { info, style in
                var sheet = FactSheet()
                sheet.add("qklensd", "\(info.version), process \(info.pid), up \(info.uptime_s.duration)")
                sheet.add("API", "version \(info.api_version)")
                sheet.add("store", "layout \(info.store_schema_version)")
                let cache = info.prompt_cache
                sheet.add(
                    "recent prompts",
                    "\(cache.prompts.grouped) in \(cache.bytes.bytes) of \(cache.limit_bytes.bytes); \(cache.hits.grouped) questions answered from "
                        + "them, \(cache.misses.grouped) by a forward pass")
                let limits = info.limits
                sheet.add(
                    "limits",
                    "\(limits.clients.grouped) clients, \(limits.requests_in_flight) requests of each at once; messages of "
                        + "\(limits.message_bytes.bytes), batches of \(limits.batch.grouped), \(limits.waiting_jobs.grouped) waiting jobs"
                )
                sheet.add("can do", info.capabilities.joined(separator: ", "))
                return sheet.text(style)
            }
        }
    }

    struct Metrics: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the daemon's figures in Prometheus's text format.",
            discussion: "To be scraped, write them where node_exporter's textfile collector looks, from a timer.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try global.run(SystemMetrics.self, SystemMetrics.Params()) { metrics, _ in metrics.text }
        }
    }

    struct Ping: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ask whether the daemon answers, and how fast.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let session = try global.connect()
            let start = ContinuousClock.now
            let answer = try session.call(SystemPing.self, SystemPing.Params())
            let took = ContinuousClock.now - start
            try session.show(answer) { _ in "qklensd answered after \((took / .microseconds(1)).fixed(0)) µs\n" }
        }
    }
}
