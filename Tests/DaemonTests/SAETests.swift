import API
import Checkpoints
import Foundation
import JSON
import JSONRPC
import Tensors
import Testing

/// Sparse autoencoders from their training to their end.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SAETests {
    /// Two layers from one pass, a checkpoint after every step where the daemon is told so.
    static let training = common.with("k", 4)
    private static let common: JSON = [
        "layers": [0, 1], "d_sae": 96, "steps": 12, "batch_sequences": 4, "shuffle_steps": 3, "held_out_contexts": 2, "seed": 7,
    ]

    @Test func `autoencoders are trained, described, evaluated, exported and deleted`() throws {
        let daemon = try LiveDaemon()
        let job = try daemon.run(SAEsTrain.self, Self.training)
        #expect(job.state == .finished && job.result?.saes == ["s1", "s2"], "\(job)")
        let first = try daemon.call(SAEsGet.self, ["sae": "s1"])
        #expect(first.layer == 0 && first.site == .z && first.d_in == 128 && first.d_sae == 96 && first.activation == .batchtopk)
        #expect(first.tokens == 12 * 4 * 128 && first.settings["k"] == 4 && first.settings["shuffle_steps"] == 3)
        let e = first.evaluation
        let CE = try #require(e["CE"]?.number), zero = try #require(e["CE_zero"]?.number), sae = try #require(e["CE_sae"]?.number)
        #expect(zero > CE && sae < zero && e["tokens"] == 256)
        #expect(abs(try #require(e["CE_recovered"]?.number) - (zero - sae) / (zero - CE)) < 1e-9)
        #expect(try #require(e["L0"]?.number) > 0 && e["live"]?.integer ?? 0 > 0)
        #expect(try daemon.call(SAEsList.self).saes.map(\.sae) == ["s2", "s1"])
        #expect(try daemon.call(SAEsList.self, ["layer": 1, "site": "z"]).saes.map(\.sae) == ["s2"])
        #expect(try daemon.call(SAEsList.self, ["site": "attn_out"]).saes.isEmpty)

        let evaluated = try daemon.run(SAEsEvaluate.self, ["sae": "s1", "contexts": 2])
        #expect(evaluated.state == .finished, "\(evaluated)")
        // The contexts that the training has kept apart: the same figures.
        for name in ["CE", "CE_zero", "CE_sae", "L0", "explained_variance"] {
            #expect(try daemon.call(SAEsGet.self, ["sae": "s1"]).evaluation[name] == e[name], "\(name)")
        }

        let folder = daemon.home.appending(path: "s1")
        _ = try daemon.call(SAEsExport.self, ["sae": "s1", "path": .string(folder.path)])
        let cfg = try JSON(parsing: try String(contentsOf: folder.appending(path: "cfg.json"), encoding: .utf8))
        #expect(cfg["architecture"] == "jumprelu" && cfg["reshape_activations"] == "hook_z" && cfg["d_in"] == 128)
        #expect(cfg["metadata"]?["hook_name"] == "blocks.0.attn.hook_z")
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: "sae_weights.safetensors").path))
        let sparsity = try SafetensorsFile(folder.appending(path: "sparsity.safetensors").path).tensor("sparsity")
        #expect(sparsity.shape == [96] && sparsity.values.count { $0 > -9 } == e["live"]?.integer)
        // Densities sum to L0.
        #expect(abs(sparsity.values.reduce(0) { $0 + pow(10, Double($1)) } - (e["L0"]?.number ?? 0)) < 1e-3)
        #expect(try daemon.error("saes.export", ["sae": "s1", "path": .string(folder.path)]).kind == "file_exists")

        // A restart leaves published tensors alone.
        daemon.end(SIGKILL)
        try daemon.start()
        #expect(try daemon.run(SAEsEvaluate.self, ["sae": "s2", "contexts": 2]).state == .finished)
        _ = try daemon.call(SAEsDelete.self, ["sae": "s1"])
        #expect(try daemon.error("saes.get", ["sae": "s1"]).kind == "sae_not_found")
        #expect(try daemon.error("saes.evaluate", ["sae": "s1"]).kind == "sae_not_found")
        #expect(try daemon.call(StoreVerify.self).sound)
        #expect(daemon.end() == 0)
    }

    @Test func `a trained autoencoder beats one that begins, at every site and with every activation`() throws {
        let daemon = try LiveDaemon()
        let cases: [JSON] = [
            ["site": "attn_out", "activation": "topk", "k": 8], ["site": "resid_pre", "k": 8], ["site": "ln1_x", "k": 8],
            ["preset": "kissane-2024", "sparsity": [0.3], "learning_rate": 0.03, "resample_every": 20],
            ["activation": "jumprelu", "sparsity": [0.01], "bandwidth": 0.05],
        ]
        for (number, special) in cases.enumerated() {
            var params: JSONObject = [
                "layers": [1], "d_sae": 256, "steps": 60, "batch_sequences": 8, "held_out_contexts": 2, "metrics_every": 1,
            ]
            for (name, value) in special.object ?? [:] { params[name] = value }
            let job = try daemon.run(SAEsTrain.self, .object(params))
            #expect(job.state == .finished, "\(job)")
            let series = try daemon.call(JobsMetrics.self, ["job": .string(job.job), "limit": 1000]).metrics
            let losses = series.compactMap { $0["losses/mse_loss"]?.number }
            #expect(losses.count == 60 && losses[59] < losses[0] / 2, "\(special): \(losses.first ?? 0) \(losses.last ?? 0)")
            let info = try daemon.call(SAEsGet.self, ["sae": .string("s\(number + 1)")])
            #expect(info.evaluation["explained_variance"]?.number ?? 0 > 0.3, "\(special): \(info.evaluation)")
        }
        #expect(daemon.end() == 0)
    }

    /// What a training leaves, with a kill -9 of its worker on the way or without.
    private static func outcome(_ event: String?) throws -> [JSON] {
        let marker = NSTemporaryDirectory() + "qklens-killed-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: marker) }
        let daemon = try LiveDaemon(
            ["--checkpoint-interval-s", "0"], environment: event.map { ["QKLENS_KILL_AT": "\($0):\(marker)"] } ?? [:])
        let params = common.with("preset", "kissane-2024").with("sparsity", [0.3, 0.5]).with("resample_every", 5)
            .with("dead_frequency", 0.001)
        let job = try daemon.run(SAEsTrain.self, params)
        #expect(job.state == .finished && job.attempts == (event == nil ? 1 : 2), "\(job)")
        let made = try daemon.call(SAEsList.self).saes
        let metrics = try daemon.call(JobsMetrics.self, ["job": .string(job.job)]).metrics
        #expect(made.count == 2 && metrics.count == 24)
        return made.flatMap { [.string($0.fingerprint), $0.evaluation] } + metrics
    }

    @Test func `a worker killed at an event leaves no trace in the results`() throws {
        let undisturbed = try Self.outcome(nil)
        for event in [
            "step:1", "step:6", "checkpoint-half-written:7", "checkpoint-after-rename:11", "evaluation:1", "before-publication:1",
        ] {
            #expect(try Self.outcome(event) == undisturbed, "\(event)")
        }
    }

    @Test func `a running training is cancelled within a second`() throws {
        let daemon = try LiveDaemon()
        let job = try #require(try daemon.call(SAEsTrain.self, ["layers": [0, 1, 2, 3], "steps": 100_000]).job)
        try JobLifeTests().follow(daemon, job.job) { ($0.progress?.step ?? 0) > 1 }
        let clock = ContinuousClock(), started = clock.now
        #expect(try daemon.call(JobsCancel.self, ["job": .string(job.job)]).state == .cancelled)
        // One second is the promise; a machine busy with other tests is given more.
        #expect(clock.now - started < .seconds(5))
        #expect(try daemon.call(SAEsList.self).saes.isEmpty)
        #expect(daemon.end() == 0)
    }

    @Test func `what does not go together is refused before anything is queued, and an estimate costs nothing`() throws {
        let daemon = try LiveDaemon()
        let cases: [(JSON, String, String)] = [
            (["layers": [9]], "layer_out_of_range", "9"),
            (["layers": [0, 0]], "invalid_params", "twice"),
            (["layers": [0], "context": 1024], "text_too_long", "1024"),
            (["layers": [0], "cache": "c9"], "cache_not_found", "c9"),
            (["layers": [0], "sparsity": [1]], "invalid_params", "takes k"),
            (["layers": [0], "preset": "kissane-2024", "k": 3], "invalid_params", "takes sparsity"),
            (["layers": [0, 1], "preset": "kissane-2024", "sparsity": [1, 2, 3]], "invalid_params", "3 weights for 2 layers"),
            (["layers": [0], "bandwidth": 0.1], "invalid_params", "jumprelu"),
            (["layers": [0], "dead_frequency": 0.1], "invalid_params", "resample_every"),
            (
                ["layers": [0, 1, 2, 3], "d_sae": 1_000_000, "batch_sequences": 256, "shuffle_steps": 1024], "out_of_memory",
                "MiB"
            ),
        ]
        for (params, kind, named) in cases {
            let error = try daemon.error("saes.train", params)
            #expect(error.kind == kind && error.message.contains(named), "\(params.text()): \(error)")
        }
        let estimate = try daemon.call(SAEsTrain.self, ["layers": [0], "preset": "kissane-2024", "dry_run": true])
        #expect(estimate.job == nil && estimate.estimate.steps == 24_414 && estimate.estimate.tokens == 24_414 * 4096)
        #expect(try daemon.call(JobsList.self).jobs.isEmpty)
        #expect(daemon.end() == 0)
    }

    @Test func `a training from a cache loses what the training from its text loses`() throws {
        let daemon = try LiveDaemon()
        let made = try daemon.run(
            CachesCreate.self,
            ["activations": ["blocks.0.attn.hook_z", "blocks.1.attn.hook_z"], "contexts": 66, "dtype": "float32"])
        var params = Self.training.object ?? [:]
        (params["steps"], params["shuffle_steps"], params["metrics_every"]) = (16, 4, 1)
        let fromText = try daemon.run(SAEsTrain.self, .object(params))
        params["cache"] = .string(try #require(made.result?.cache, "\(made)"))
        let fromCache = try daemon.run(SAEsTrain.self, .object(params))
        let prints = try ["s1", "s2", "s3", "s4"].map { try daemon.call(SAEsGet.self, ["sae": .string($0)]).fingerprint }
        #expect(fromText.state == .finished && fromCache.state == .finished, "\(fromCache)")
        let series = try [fromText, fromCache].map { try daemon.call(JobsMetrics.self, ["job": .string($0.job)]).metrics }
        for (text, stored) in zip(series[0], series[1]) {
            let name = "losses/overall_loss", (a, b) = (text[name]?.number ?? 0, stored[name]?.number ?? 1)
            // Contexts go through the model in batches of other sizes: other roundings, no more.
            #expect(abs(a - b) < 2e-3 * max(abs(a), 1), "\(text["step"]?.text() ?? "?"): \(a) and \(b)")
        }
        #expect(series[0].count == 32 && Set(prints).count >= 2)
        #expect(daemon.end() == 0)
    }
}
