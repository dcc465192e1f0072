import API
import Foundation
import JSON
import JSONRPC
import Testing

/// Published autoencoders, and what they tell of a look, over a socket.
@Suite(.serialized, .timeLimit(.minutes(3))) struct SAEImportTests {
    private static let tests = LiveDaemon.root.appending(path: "Tests")
    private static func fixture(_ name: String) -> JSON { .string(tests.appending(path: "ArtifactsTests/Fixtures/\(name)").path) }
    private static let text: JSON = "When John and Mary went to the store, John gave a drink to"

    @Test func `a published autoencoder is read, measured and compared with what was published`() throws {
        let daemon = try LiveDaemon()
        let sae = try daemon.call(SAEsImport.self, ["path": Self.fixture("hook_z_kk/sae.pt"), "contexts": 2])
        #expect(sae.sae == "s1" && sae.site == .z && sae.layer == 1 && sae.activation == .relu && sae.d_sae == 12)
        #expect(sae.settings["conventions"]?["processing"] == "folded" && sae.job == nil && sae.imported_from != nil)
        let L0 = try #require(sae.evaluation["L0"]?.number),
            explained = try #require(sae.evaluation["explained_variance"]?.number)
        #expect(sae.evaluation["tokens"] == 256 && L0 > 0 && L0 <= 12)
        let fitting = try daemon.call(
            SAEsImport.self,
            [
                "path": Self.fixture("hook_z_kk/sae.pt"), "contexts": 2, "published_L0": .real(L0),
                "published_explained_variance": .real(explained),
            ])
        #expect(fitting.warnings == nil && fitting.fingerprint == sae.fingerprint)
        let wrong = try daemon.call(
            SAEsImport.self,
            ["path": Self.fixture("hook_z_kk/sae.pt"), "contexts": 2, "published_L0": 0.1, "published_explained_variance": 0.99])
        #expect(wrong.warnings?.count ?? 0 >= 2 && wrong.warnings?.first?.contains("0.1 was published") == true)
        // The warning stands wherever the autoencoder is described.
        #expect(try daemon.call(SAEsList.self).saes.first?.warnings == wrong.warnings)
        #expect(try daemon.call(SAEsGet.self, ["sae": "s3"]).warnings == wrong.warnings)

        // What was read can be given away and comes back the same, its conventions with it.
        let folder = JSON.string(daemon.home.appending(path: "given").path)
        _ = try daemon.call(SAEsExport.self, ["sae": "s1", "path": folder])
        let again = try daemon.call(SAEsImport.self, ["path": folder, "contexts": 2])
        #expect(again.fingerprint == sae.fingerprint && again.settings == sae.settings && again.evaluation == sae.evaluation)
        #expect(try daemon.call(StoreVerify.self).sound)
        #expect(daemon.end() == 0)
    }

    @Test func `what cannot be read is refused for what it is, and leaves nothing behind`() throws {
        let daemon = try LiveDaemon()
        let hostile = Self.tests.appending(path: "CheckpointsTests/Fixtures/torch/hostile")
        for name in ["os_system", "stack_global", "storage_by_path", "compressed", "overlapping", "before_1.6"] {
            let folder = daemon.home.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            try FileManager.default.copyItem(
                at: hostile.appending(path: "\(name).pt"), to: folder.appending(path: "sae.pt"))
            try FileManager.default.copyItem(
                at: Self.tests.appending(path: "ArtifactsTests/Fixtures/hook_z_kk/sae_cfg.json"),
                to: folder.appending(path: "sae_cfg.json"))
            let error = try daemon.error("saes.import", ["path": .string(folder.appending(path: "sae.pt").path)])
            #expect(error.kind == "dictionary_unreadable" && error.message.contains("sae.pt"), "\(name): \(error)")
        }
        #expect(try daemon.error("saes.import", ["path": "/nowhere/sae.pt", "model": "demo-4l"]).kind == "file_not_found")
        #expect(try daemon.error("saes.import", ["path": "sae.pt"]).kind == "path_refused")
        #expect(
            try daemon.error("saes.import", ["path": Self.fixture("standard_z"), "processing": "rotated"]).code == -32602)
        #expect(
            try daemon.call(SAEsList.self).saes.isEmpty && !FileManager.default.fileExists(atPath: "qklens-executed-a-pickle"))
        #expect(daemon.end() == 0)
    }

    @Test func `looks and sources are taken apart into parts that sum to them`() throws {
        let daemon = try LiveDaemon()
        _ = try daemon.call(SAEsImport.self, ["path": Self.fixture("hook_z_kk/sae.pt"), "contexts": 1])
        _ = try daemon.call(SAEsImport.self, ["path": Self.fixture("res_jb"), "contexts": 1])
        let looks = try daemon.call(SAEsExplainLook.self, ["text": Self.text, "sae": "s2"])
        #expect(looks.heads.count == 4 && looks.layer == 1)
        for look in looks.heads {
            let sum = look.parts.reduce(0.0) { $0 + Double($1.value) }
            let magnitude = look.parts.reduce(1.0) { $0 + Double(abs($1.value)) }
            // Sixteen numbers in single precision.
            #expect(look.parts.count == 16 && abs(sum - Double(look.attn_score)) < 1e-4 * magnitude)
            #expect(abs(look.identity_residual) < 1e-4 * Float(magnitude) && look.pairs.count <= 10)
        }
        let found = try daemon.call(
            SAEsAttribute.self,
            ["text": Self.text, "sae": "s1", "residual_sae": "s2", "logits": true, "top_k": 3, "features": [0, 5]])
        #expect(found.features.map(\.feature) == [0, 5] && found.destination == found.tokens.count - 1)
        for feature in found.features {
            let magnitude = 1 + abs(feature.sources_sum) + abs(feature.constant)
            #expect(abs(feature.sources_sum + feature.constant - feature.pre_activation) < 1e-4 * magnitude)
            #expect(feature.head_shares.count == 4 && abs(feature.head_shares.reduce(0, +) - 1) < 1e-5)
            #expect(feature.sources.count == 3 && feature.raised?.count == 3 && feature.lowered?.count == 3)
            let hop = try #require(feature.hop)
            #expect(abs(hop.identity_residual) < 1e-4 * (1 + abs(hop.features_sum) + abs(hop.error)))
        }
        try checkInterventions(daemon)
        #expect(try daemon.error("saes.explain_look", ["text": Self.text, "sae": "s1"]).kind == "sae_unsuited")
        #expect(
            try daemon.error("saes.attribute", ["text": Self.text, "sae": "s1", "features": [12]]).kind == "feature_out_of_range")
        #expect(try daemon.error("saes.explain_look", ["text": Self.text, "sae": "s9"]).kind == "sae_not_found")
        #expect(daemon.end() == 0)
    }

    /// Features changed while the model runs: s1 is of z, s2 of the residual stream.
    private func checkInterventions(_ daemon: LiveDaemon) throws {
        let method = "interventions.features"
        func edit(_ sae: JSON, _ feature: JSON, _ more: JSONObject = [:]) -> JSON {
            var edit: JSONObject = ["sae": sae, "feature": feature]
            for (name, value) in more { edit[name] = value }
            return .object(edit)
        }
        let nothing = try daemon.call(
            InterventionsFeatures.self,
            ["task": "indirect_object", "count": 4, "edits": [edit("s1", 0, ["factor": 1]), edit("s2", 3, ["factor": 1])]])
        #expect(nothing.changed == 0 && nothing.KL_logits == 0 && nothing.drop == 0 && nothing.raised.isEmpty)
        #expect(nothing.layers == [1] && nothing.answers == nothing.answers_changed && nothing.edits.count == 2)
        let set = try daemon.call(
            InterventionsFeatures.self,
            [
                "task": "indirect_object", "count": 4, "edits": [edit("s1", 2, ["value": 20, "positions": ["END"]])],
                "logits": [" John"], "top_k": 3, "include_prompts": true,
            ])
        #expect(set.changed == 4 && set.edits[0].changed == 4 && set.edits[0].prompts == 4 && set.KL_logits > 0)
        #expect(set.raised.count == 3 && set.lowered.count == 3 && set.logits?.map(\.piece) == [" John"])
        #expect(set.raised.allSatisfy { $0.logit_changed > $0.logit } && set.by_prompt?.count == 4)
        let own = try daemon.call(TasksRun.self, ["task": "indirect_object", "count": 4])
        #expect(abs((set.answers?.logit_difference ?? 0) - own.answers.logit_difference) < 1e-3)
        let drop = try #require(set.drop), before = try #require(set.answers), after = try #require(set.answers_changed)
        #expect(abs(before.logit_difference - after.logit_difference - drop) < 1e-4)
        let bare = try daemon.call(
            InterventionsFeatures.self,
            ["text": Self.text, "edits": [edit("s1", 0, ["factor": 1])], "keep_error": false])
        #expect(bare.KL_logits > 0 && bare.changed == 1 && bare.answers == nil && bare.edits[0].changed == 0)
        for (edits, kind) in [
            ([edit("s9", 0)], "sae_not_found"), ([edit("s1", 12)], "feature_out_of_range"),
            ([edit("s1", 0, ["positions": ["S2"]])], "position_out_of_range"),
        ] {
            #expect(try daemon.error(method, ["text": Self.text, "edits": .array(edits)]).kind == kind)
        }
        let both = edit("s1", 0, ["factor": 1, "value": 2])
        #expect(try daemon.error(method, ["text": Self.text, "edits": [both]]).code == -32602)
    }
}
