import API
import Foundation
import JSON
import JSONRPC
import Testing

/// Dictionaries and maps beside each other.
@Suite(.serialized, .timeLimit(.minutes(3))) struct CompareTests {
    @Test func `a copy is the same feature by feature; another seed, size or layer is partly so`() throws {
        let daemon = try LiveDaemon()
        let small: JSON = ["steps": 30, "batch_sequences": 4, "held_out_contexts": 2, "d_sae_query": [24], "d_sae_key": [16]]
        _ = try daemon.run(DictionariesTrain.self, small.with("layers", [1]))
        _ = try daemon.run(MapsTrain.self, ["dictionary": "d1", "steps": 4, "support_contexts": 8, "held_out_contexts": 2])
        let folder = JSON.string(daemon.home.appending(path: "d").path), map = JSON.string(daemon.home.appending(path: "m").path)
        _ = try daemon.call(DictionariesExport.self, ["dictionary": "d1", "path": folder])
        _ = try daemon.call(DictionariesImport.self, ["path": folder])
        _ = try daemon.call(MapsExport.self, ["map": "m1", "path": map])
        _ = try daemon.call(MapsImport.self, ["path": map, "dictionary": "d2"])
        _ = try daemon.run(DictionariesTrain.self, small.with("layers", [0]).with("d_sae_query", [40]))

        let found = try daemon.call(
            DictionariesCompare.self,
            ["dictionaries": ["d1", "d2", "d3"], "contexts": 4, "include_matches": true, "min_correlation": 0.5])
        #expect(found.matchings.count == 6 && found.tokens == 4 * 128 && found.overlaps == nil && found.in_all == nil)
        for matching in found.matchings {
            #expect(
                matching.matches?.count == matching.matched && matching.matched <= min(matching.live_first, matching.live_second))
            guard matching.first == "d1", matching.second == "d2" else {
                // Layers 1 and 0: no cosine, and whatever is matched is so by its activations.
                #expect(matching.mean_cosine == nil && matching.matches?.allSatisfy { $0.correlation >= 0.5 } == true)
                continue
            }
            let same = try #require(matching.matches)
            #expect(same.allSatisfy { $0.feature == $0.partner && $0.correlation > 0.999_999 && ($0.cosine ?? 0) > 0.999_999 })
            // A feature that fires on one token only may have a twin; all others are their own partners.
            #expect(same.count >= matching.live_first - 2 && same.count > 8)
        }
        let both = try daemon.call(
            DictionariesCompare.self, ["dictionaries": ["d1", "d2"], "maps": ["m1", "m2"], "contexts": 4])
        #expect(both.overlaps?.map(\.first) == ["m1", "m2"] && both.overlaps?.first == both.in_all)
        for overlap in both.overlaps ?? [] {
            // The same entries, so whatever is comparable is found, in its own head.
            #expect(overlap.entries.same_head == overlap.entries.comparable && overlap.contribution.comparable > 0.95)
            #expect(overlap.contribution.same_head == overlap.contribution.some_head)
        }
        let mismatch = try daemon.error("dictionaries.compare", ["dictionaries": ["d1", "d2"], "maps": ["m1", "m1"]])
        #expect(mismatch.kind == "map_dictionary_mismatch" && mismatch.message.contains("m1"))
        #expect(
            try daemon.error("dictionaries.compare", ["dictionaries": ["d1", "d2"], "maps": ["m1", "m2", "m1"]]).code == -32602)
        #expect(try daemon.error("dictionaries.compare", ["dictionaries": ["d1", "d9"]]).kind == "dictionary_not_found")
        #expect(daemon.end() == 0)
    }
}
