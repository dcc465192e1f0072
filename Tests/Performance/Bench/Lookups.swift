import API
import ArgumentParser
import Artifacts
import JSON
import Store
import Tensors

/// Fills a state directory with dictionaries and maps of invented numbers, so that `lookup.py` can ask a daemon for them.
struct Lookups: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Writes maps of invented entries into a new state directory.")

    @Option(help: "The state directory, which is made.") var directory: String
    @Option(help: "Entries of the first map.") var entries = 1_000_000
    @Option(help: "How many more maps there are.") var others = 0
    @Option(help: "Entries of each of them.") var otherEntries = 25_000

    /// GPT-2 small's heads, and the published size of a dictionary.
    private static let n_heads = 12, d_sae = 2400

    func run() throws {
        var options = Store.Options()
        options.waitsForDisk = false
        let store = try Store(directory: directory, options: options)
        var generator = RandomGenerator(seed: 1)
        for count in [entries] + Array(repeating: otherEntries, count: others) {
            try write(Self.invented(count, using: &generator), to: store)
        }
    }

    private func write(_ entries: [StoredEntry], to store: Store) throws {
        let dictionaries = DictionaryArchive(store: store), maps = MapArchive(store: store)
        let dictionary = try store.write { "d\(try $0.nextNumber(.dictionaries))" }
        try dictionaries.publish(
            DictionaryInfo(
                dictionary: dictionary, fingerprint: "0", model: "invented", model_fingerprint: "0", layer: 0,
                d_sae_query: Self.d_sae, d_sae_key: Self.d_sae, d_model: 768, n_heads: Self.n_heads, seed: 0, created_ms: 0,
                job: nil, corpus: "", tokens: 0, steps: 0, settings: [:], evaluation: [:]))
        var info = MapInfo(
            map: "", dictionary: dictionary, model: "invented", layer: 0, created_ms: 0, job: "j0", settings: [:],
            evaluation: [:], support_entries: entries.count, surviving_entries: entries.count,
            surviving_pairs: Set(entries.map { $0.query << 16 | $0.key }).count, beta_entries: 0,
            sparsity: MapSparsity(of_all: 0, of_live: 0, of_support: 1),
            entries_by_head: (0..<Self.n_heads).map { head in entries.count { Int($0.head) == head } })
        info.map = try maps.write(entries)
        let published = info
        try store.write { try MapArchive.publish(published, in: &$0) }
    }

    /// Entries of random pairs, each with one head to seven: four on average.
    private static func invented(_ count: Int, using generator: inout RandomGenerator) -> [StoredEntry] {
        var entries: [StoredEntry] = [], seen: Set<Int> = []
        while entries.count < count {
            let pair = Int(generator.uniform() * Float(d_sae * d_sae))
            guard seen.insert(pair).inserted else { continue }
            let heads = 1 + Int(generator.uniform() * 7)
            for head in generator.permutation(n_heads).prefix(min(heads, count - entries.count)) {
                let M = generator.uniform() * 4 - 2, mask = generator.uniform()
                entries.append(
                    StoredEntry(
                        query: UInt32(pair / d_sae), key: UInt32(pair % d_sae), head: UInt16(head), M: M, mask: mask,
                        contribution: abs(M * mask) * generator.uniform()))
            }
        }
        return entries
    }
}
