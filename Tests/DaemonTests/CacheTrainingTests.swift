import API
import Foundation
import JSON
import JSONRPC
import Testing

/// Trainings that read an activation cache instead of running the model.
@Suite(.timeLimit(.minutes(2))) struct CacheTrainingTests {
    static let training: JSONObject = [
        "layers": [0, 1], "d_sae_query": [24], "steps": 20, "batch_sequences": 4, "held_out_contexts": 2, "metrics_every": 1,
    ]

    @Test func `two layers trained from a cache lose what they lose when trained from the text`() throws {
        let daemon = try LiveDaemon()
        let made = try daemon.run(
            CachesCreate.self,
            ["activations": ["blocks.0.ln1.hook_x", "blocks.1.ln1.hook_x"], "contexts": 82, "dtype": "float32"])
        let cache = try #require(made.result?.cache, "\(made)")
        var fromCache = Self.training
        fromCache["cache"] = .string(cache)
        // As many contexts as 20 steps of 4 and the held-out ones: the text is read no further, so both read the same.
        let jobs = [
            try daemon.run(DictionariesTrain.self, .object(Self.training)),
            try daemon.run(DictionariesTrain.self, .object(fromCache)),
        ]
        #expect(jobs.allSatisfy { $0.state == .finished }, "\(jobs)")
        let series = try jobs.map { try daemon.call(JobsMetrics.self, ["job": .string($0.job)]).metrics }
        #expect(series[0].count == 40 && series[1].count == 40)
        for (text, stored) in zip(series[0], series[1]) {
            let name = "losses/overall_loss", (a, b) = (text[name]?.number ?? 0, stored[name]?.number ?? 1)
            // q and k come from folded weights instead of the pass itself: other roundings, no more.
            #expect(abs(a - b) < 2e-3 * max(abs(a), 1), "step \(text["step"]?.text() ?? "?"): \(a) and \(b)")
        }
        #expect(daemon.end() == 0)
    }

    @Test func `a cache that a training cannot use is refused before anything is queued`() throws {
        let daemon = try LiveDaemon()
        let made = try daemon.run(CachesCreate.self, ["activations": ["blocks.0.ln1.hook_x"], "contexts": 8])
        let cache = JSON.string(try #require(made.result?.cache))
        let cases: [(JSON, String, String)] = [
            (["layers": [0], "cache": "c99"], "cache_not_found", "c99"),
            (
                ["layers": [0, 1], "cache": cache, "held_out_contexts": 1, "batch_sequences": 2], "invalid_params",
                "blocks.1.ln1.hook_x"
            ),
            (["layers": [0], "cache": cache, "corpus": "demo"], "invalid_params", "not both"),
            (["layers": [0], "cache": cache, "context": 64], "invalid_params", "contexts of 128"),
            (["layers": [0], "cache": cache], "invalid_params", "has 8 contexts"),
        ]
        for (params, kind, named) in cases {
            let error = try daemon.error("dictionaries.train", params)
            #expect(error.kind == kind && error.message.contains(named), "\(error)")
        }
        #expect(try daemon.call(JobsList.self).jobs.count == 1)
    }
}
