import LMDB

/// Keys as people read them.
enum KeyDescription {
    /// The parts of a key by name, or its bytes in base 16 if it has no valid form.
    static func of(_ key: [UInt8], in table: Schema.Table) -> String {
        parts(key, in: table) ?? key.map { $0.hexadecimal.dropFirst(2) }.joined()
    }

    private static func parts(_ key: [UInt8], in table: Schema.Table) -> String? {
        switch table {
        case .meta: String(validating: key, as: UTF8.self)
        case .models, .dictionaries, .maps, .jobs, .names, .caches, .examples, .traces, .traceGraphs, .saes, .studies:
            DocumentKey.decode(key)
        case .tensors: TensorKey(key)?.description
        case .mapEntries: numbers(key, ["map", "query", "key"])
        case .mapMirror: numbers(key, ["map", "key", "query"])
        case .mapRankings: ranking(key)
        case .mapSummaries: numbers(key, ["map"])
        case .exampleRecords: ExampleKey(key)?.description
        }
    }

    private static func numbers(_ key: [UInt8], _ names: [String]) -> String? {
        guard key.count == 4 * names.count else { return nil }
        return names.enumerated().map { "\($1) \(key.span.bigEndian(at: 4 * $0, as: UInt32.self))" }.joined(separator: " ")
    }

    private static func ranking(_ key: [UInt8]) -> String? {
        guard key.count == MapKey.rankingBytes else { return nil }
        let head = key.span.bigEndian(at: 4, as: UInt16.self)
        return "map \(key.span.bigEndian(at: 0, as: UInt32.self))"
            + (head == Schema.Map.allHeads ? " all heads" : " head \(head)")
            + " rank \(key.span.bigEndian(at: 6, as: UInt32.self))"
    }
}
