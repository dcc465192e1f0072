import JSON
import JSONRPC

private let metricsAtOnce = 10_000

extension Gatherer {
    /// Loss terms, L0, live features and what else a training wrote down; configuration, evaluation, sparsity, what the map costs.
    ///
    /// - Parameters:
    ///   - dictionaries: One, or two to be compared.
    ///   - points: How many steps of a longer training are drawn.
    /// - Throws: ``ReportRefusal`` for another number of dictionaries, and the daemon's errors.
    public func training(_ dictionaries: [String], points: Int = 400) throws -> Report {
        guard (1...2).contains(dictionaries.count) else {
            throw ReportRefusal(description: "one dictionary, or two; not \(dictionaries.count)")
        }
        let described = try ask("dictionaries.get", dictionaries.map { ["dictionary": .string($0)] })
        let maps = try ask("maps.list", dictionaries.map { ["dictionary": .string($0)] })
        // Lists begin with the newest.
        let newest = maps.results.compactMap { $0["maps"]?.array?.first }
        var answers = [
            ("dictionary", described),
            (
                "metrics",
                try ask(
                    "dictionaries.history",
                    dictionaries.map { ["dictionary": .string($0), "points": .integer(points)] }, mayFail: true)
            ), ("maps", maps),
            ("report", try ask("maps.report", newest.map { ["map": $0["map"] ?? .null] }, mayFail: true)),
            ("mask_metrics", try maskMetrics(newest, points)),
        ]
        if dictionaries.count == 2 {
            var params: JSONObject = ["dictionaries": .array(dictionaries.map { .string($0) })]
            if newest.count == 2 { params["maps"] = .array(newest.map { $0["map"] ?? .null }) }
            answers.append(("comparison", try ask("dictionaries.compare", [params], mayFail: true)))
        }
        return try report("training", title: "Training of \(dictionaries.joined(separator: " and "))", answers)
    }

    private func maskMetrics(_ maps: [JSON], _ points: Int) throws -> Answers {
        let params = maps.compactMap { $0["job"] }.map { job -> JSONObject in ["job": job, "limit": .integer(metricsAtOnce)] }
        return Answers(method: "jobs.metrics", params: params, outcomes: try params.map { try lines($0, points) })
    }

    /// All lines of a job, thinned; the error if the job is gone.
    private func lines(_ params: JSONObject, _ points: Int) throws -> Result<JSON, RPCError> {
        var lines: [JSON] = [], params = params
        while true {
            let outcome = try ask("jobs.metrics", [params], mayFail: true).outcomes[0]
            guard case .success(let page) = outcome else { return outcome }
            let found = page["metrics"]?.array ?? []
            lines += found
            // The cursor of the last page goes on where later lines will be.
            guard !found.isEmpty, let next = page["next_cursor"] else {
                return .success(["metrics": .array(Self.thinned(lines, points))])
            }
            params["cursor"] = next
        }
    }

    /// So many of the lines, evenly, the first and the last among them.
    static func thinned(_ lines: [JSON], _ points: Int) -> [JSON] {
        guard lines.count > points, points > 1 else { return lines }
        return (0..<points).map { lines[(2 * $0 * (lines.count - 1) + points - 1) / (2 * (points - 1))] }
    }
}
