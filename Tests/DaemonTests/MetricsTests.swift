import API
import Foundation
import JSON
import Testing

/// What Prometheus reads, held to its format's rules, and by its own tool where that is installed.
@Suite(.timeLimit(.minutes(2))) struct MetricsTests {
    private struct Family {
        var kind: String
        var samples: [(name: String, labels: String, value: Double)] = []
    }

    /// The families in their order; records an issue for each line that breaks a rule.
    private func families(of text: String) throws -> [String: Family] {
        var families: [String: Family] = [:], current = "", described: String?
        #expect(text.hasSuffix("\n"))
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP ") {
                try #require(words.count == 4, "\(line)")
                #expect(described == nil && families[words[2]] == nil, "\(line) stands twice")
                described = words[2]
            } else if line.hasPrefix("# TYPE ") {
                try #require(words.count == 4, "\(line)")
                #expect(described == words[2], "\(line) has no help")
                (current, described) = (words[2], nil)
                families[current] = Family(kind: words[3])
            } else {
                let match = try #require(
                    try /([a-z_:][a-z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)/.wholeMatch(in: line), "\(line)")
                #expect(match.1.hasPrefix(current), "\(line) stands among the samples of \(current)")
                let value = try #require(Double(match.3), "\(line)")
                families[current]?.samples.append((String(match.1), String(match.2 ?? ""), value))
            }
        }
        return families
    }

    @Test func `the figures have the format that Prometheus reads, and count what was done`() throws {
        let daemon = try LiveDaemon()
        for _ in 0..<3 { _ = try daemon.call(TokensEncode.self, ["text": "When John"]) }
        _ = try daemon.error("tokens.decode", ["tokens": [5000]])
        _ = try daemon.error("no.such", [:])
        let metrics = try daemon.call(SystemMetrics.self)
        #expect(metrics.content_type.hasPrefix("text/plain; version=0.0.4"))
        let families = try families(of: metrics.text)
        for (name, family) in families {
            #expect(["counter", "gauge", "histogram"].contains(family.kind), "\(name) is a \(family.kind)")
            #expect((family.kind == "counter") == name.hasSuffix("_total"), "\(name) is a \(family.kind)")
            let keys = family.samples.map { $0.name + $0.labels }
            #expect(Set(keys).count == keys.count, "\(name) has a sample twice")
            for histogram in Dictionary(
                grouping: family.samples.filter { $0.name == name + "_bucket" },
                by: { sample in
                    String(sample.labels.split(separator: ",").first { $0.hasPrefix("method") } ?? "")
                }
            ).values {
                #expect(histogram.map(\.value) == histogram.map(\.value).sorted(), "\(name)'s buckets fall")
                #expect(histogram.last?.labels.contains("le=\"+Inf\"") == true)
            }
        }
        func value(_ family: String, _ labels: String = "") -> Double? {
            families[family]?.samples.first { $0.labels == labels }?.value
        }
        #expect(value("qklens_requests_total", #"method="tokens.encode",outcome="ok""#) == 3)
        #expect(value("qklens_requests_total", #"method="tokens.decode",outcome="token_out_of_range""#) == 1)
        #expect(value("qklens_unknown_methods_total") == 1)
        #expect(try #require(value("process_resident_memory_bytes")) > 1e6)
        #expect(try #require(value("process_open_fds")) > 5 && #require(value("process_max_fds")) >= 1024)
        #expect(try #require(value("process_start_time_seconds")) > 1.7e9)
        let count = families["qklens_request_duration_seconds"]?.samples.first {
            $0.name.hasSuffix("_count") && $0.labels == #"method="tokens.encode""#
        }
        #expect(count?.value == 3)
        try checkWithPromtool(metrics.text, daemon)
    }

    private func checkWithPromtool(_ text: String, _ daemon: LiveDaemon) throws {
        let promtool = "/usr/bin/promtool"
        guard FileManager.default.isExecutableFile(atPath: promtool) else { return print("left out: promtool is not installed") }
        let file = daemon.home.appending(path: "metrics.prom"), process = Process(), output = Pipe()
        try text.write(to: file, atomically: true, encoding: .utf8)
        process.executableURL = URL(filePath: promtool)
        process.arguments = ["check", "metrics"]
        process.standardInput = try FileHandle(forReadingFrom: file)
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let words = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && words.isEmpty, "\(words)")
    }
}
