// Figures as Prometheus reads them.
//
// Each family has a `# HELP` and a `# TYPE` line and then its samples, all together; names and label names are of letters, digits
// and underscores; in a label's value the backslash, the quotation mark and the newline are escaped.
//
// *Source:* https://prometheus.io/docs/instrumenting/exposition_formats, text format 0.0.4.

/// Figures in Prometheus's text format.
struct MetricsText {
    /// What a family's figures are.
    enum Kind: String {
        /// Only ever rises while the service runs; its name ends in `_total`.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts of what was at most so much.
        case histogram
    }

    /// Labels and their values.
    typealias Labels = [(name: String, value: String)]

    /// The media type of ``text``.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// A family of one figure.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        add(name, kind, help, [([], value)])
    }

    /// A family with one figure per set of labels.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: Labels, value: Double)]) {
        describe(name, kind, help)
        for sample in samples { write(name, sample.labels, sample.value) }
    }

    /// A family of histograms.
    ///
    /// - Parameters:
    ///   - bounds: The upper bounds of the buckets, rising.
    ///   - samples: For each set of labels the counts of the buckets, one more than bounds (the last for what is above all), and the
    ///     sum of what was counted.
    mutating func add(
        _ name: String, _ help: String, bounds: [Double], _ samples: [(labels: Labels, counts: [Int], sum: Double)]
    ) {
        describe(name, .histogram, help)
        for sample in samples {
            precondition(sample.counts.count == bounds.count + 1, "\(sample.counts.count) buckets for \(bounds.count) bounds")
            var total = 0
            for (index, count) in sample.counts.enumerated() {
                total += count
                let bound = index < bounds.count ? Self.number(bounds[index]) : "+Inf"
                write(name + "_bucket", sample.labels + [("le", bound)], Double(total))
            }
            write(name + "_sum", sample.labels, sample.sum)
            write(name + "_count", sample.labels, Double(total))
        }
    }

    private mutating func describe(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    private mutating func write(_ name: String, _ labels: Labels, _ value: Double) {
        let shown = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        text += labels.isEmpty ? name : "\(name){\(shown)}"
        text += " \(Self.number(value))\n"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String {
        let integer = Int(exactly: value)
        return integer.map(String.init) ?? "\(value)"
    }
}
