import JSON
import JSONRPC

private let metricsAtOnce = 10_000
/// What tells the lines of one dictionary from the others' of the same job.
private let identity = ["layer", "d_sae_query", "d_sae_key", "seed"]

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
            ("dictionary", described), ("metrics", try metrics(described.results, points)), ("maps", maps),
            ("report", try ask("maps.report", newest.map { ["map": $0["map"] ?? .null] }, mayFail: true)),
            ("mask_metrics", try metrics(newest, points)),
        ]
        if dictionaries.count == 2 {
            var params: JSONObject = ["dictionaries": .array(dictionaries.map { .string($0) })]
            if newest.count == 2 { params["maps"] = .array(newest.map { $0["map"] ?? .null }) }
            answers.append(("comparison", try ask("dictionaries.compare", [params], mayFail: true)))
        }
        return try report("training", title: "Training of \(dictionaries.joined(separator: " and "))", answers)
    }

    private func metrics(_ owners: [JSON], _ points: Int) throws -> Answers {
        let owners = owners.filter { $0["job"] != nil }
        return Answers(
            method: "jobs.metrics",
            params: owners.map { ["job": $0["job"] ?? .null, "limit": .integer(metricsAtOnce)] },
            outcomes: try owners.map { try history($0, points) })
    }

    /// A job's lines of one dictionary; the error if the job is gone.
    private func history(_ owner: JSON, _ points: Int) throws -> Result<JSON, RPCError> {
        var lines: [JSON] = [], cursor: JSON?
        while true {
            var params: JSONObject = ["job": owner["job"] ?? .null, "limit": .integer(metricsAtOnce)]
            params["cursor"] = cursor
            let outcome = try ask("jobs.metrics", [params], mayFail: true).outcomes[0]
            guard case .success(let page) = outcome else { return outcome }
            let found = page["metrics"]?.array ?? []
            lines += found
            // The cursor of the last page goes on where later lines will be.
            guard !found.isEmpty, let next = page["next_cursor"] else { break }
            cursor = next
        }
        let own = lines.filter { line in
            identity.allSatisfy { name in line[name] == nil || owner[name] == nil || line[name] == owner[name] }
        }
        return .success(["metrics": .array(Self.thinned(own, points))])
    }

    /// So many of the lines, evenly, the first and the last among them.
    static func thinned(_ lines: [JSON], _ points: Int) -> [JSON] {
        guard lines.count > points, points > 1 else { return lines }
        return (0..<points).map { lines[(2 * $0 * (lines.count - 1) + points - 1) / (2 * (points - 1))] }
    }
}
