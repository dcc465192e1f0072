import API
import Foundation
import JSON
import JSONRPC
import Testing

/// Dictionaries that leave the store, come back, and are measured again.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ExportTests {
    static let training: JSON = [
        "layers": [1], "d_sae_query": [24], "d_sae_key": [16], "steps": 20, "batch_sequences": 4, "held_out_contexts": 2,
    ]

    @Test func `an exported dictionary comes back with the same weights, and evaluates to the same figures`() throws {
        let daemon = try LiveDaemon()
        _ = try daemon.run(DictionariesTrain.self, Self.training)
        let trained = try daemon.call(DictionariesGet.self, ["dictionary": "d1"])
        let folder = daemon.home.appending(path: "given").path
        _ = try daemon.call(DictionariesExport.self, ["dictionary": "d1", "path": .string(folder)])
        #expect(try daemon.error("dictionaries.export", ["dictionary": "d1", "path": .string(folder)]).kind == "file_exists")
        let imported = try daemon.call(DictionariesImport.self, ["path": .string(folder)])
        #expect(imported.dictionary == "d2" && imported.fingerprint == trained.fingerprint)
        #expect(imported.imported_from == folder && imported.job == nil && imported.evaluation == trained.evaluation)

        let job = try daemon.run(DictionariesEvaluate.self, ["dictionary": "d2", "contexts": 2])
        #expect(job.state == .finished && job.result?.dictionary == "d2", "\(job)")
        let measured = try daemon.call(DictionariesGet.self, ["dictionary": "d2"]).evaluation
        for name in ["CE", "CE_zero", "L0_query", "L0_key", "live_query", "dead_key", "density_query", "stages"] {
            #expect(measured[name] != nil && measured[name] == trained.evaluation[name], "\(name)")
        }
        #expect(measured["contexts"] == 2 && measured["corpus"] == "demo")
        #expect(daemon.end() == 0)
    }

    @Test func `a folder without our own files, as sae-lens writes it, is read too`() throws {
        let daemon = try LiveDaemon()
        _ = try daemon.run(DictionariesTrain.self, Self.training)
        let folder = daemon.home.appending(path: "given")
        _ = try daemon.call(DictionariesExport.self, ["dictionary": "d1", "path": .string(folder.path)])
        for name in ["qklens.json", "qklens.safetensors"] {
            try FileManager.default.removeItem(at: folder.appending(path: name))
        }
        let imported = try daemon.call(DictionariesImport.self, ["path": .string(folder.path)])
        #expect(imported.layer == 1 && imported.model == "demo-4l" && imported.evaluation == [:])
        // The same function of x, up to the rounding of b_enc − b_in W_enc.
        _ = try daemon.run(DictionariesEvaluate.self, ["dictionary": "d2", "contexts": 2])
        _ = try daemon.run(DictionariesEvaluate.self, ["dictionary": "d1", "contexts": 2])
        let (theirs, ours) = (
            try daemon.call(DictionariesGet.self, ["dictionary": "d2"]).evaluation,
            try daemon.call(DictionariesGet.self, ["dictionary": "d1"]).evaluation
        )
        for name in ["L0_query", "L0_key"] {
            #expect(abs((theirs[name]?.number ?? 0) - (ours[name]?.number ?? 1)) < 0.05, "\(name)")
        }
    }

    @Test func `a folder that says what cannot be represented is refused with the place`() throws {
        let daemon = try LiveDaemon()
        _ = try daemon.run(DictionariesTrain.self, Self.training)
        let cases = [
            ("query/cfg.json", "\"dtype\"", "\"dtipe\"", "dtipe"), ("key/cfg.json", "\"transcoder\"", "\"gated\"", "gated"),
            ("key/cfg.json", "\"none\"", "\"layer_norm\"", "layer_norm"),
            ("query/cfg.json", "ln1.hook_normalized", "hook_resid_pre", "hook_resid_pre"),
            ("query/cfg.json", "\"d_sae\": 24", "\"d_sae\": 25", "W_enc has shape [128, 24]"),
            ("qklens.json", "\"fingerprint\": \"", "\"fingerprint\": \"0", "fingerprint"),
        ]
        for (number, (file, found, replacement, named)) in cases.enumerated() {
            let folder = daemon.home.appending(path: "given\(number)")
            _ = try daemon.call(DictionariesExport.self, ["dictionary": "d1", "path": .string(folder.path)])
            let path = folder.appending(path: file)
            let text = try String(contentsOf: path, encoding: .utf8)
            try #require(text.contains(found), "\(file) has no \(found)")
            try text.replacingOccurrences(of: found, with: replacement).write(to: path, atomically: true, encoding: .utf8)
            let error = try daemon.error("dictionaries.import", ["path": .string(folder.path)])
            #expect(error.kind == "dictionary_unsupported" && error.message.contains(named), "\(error)")
        }
        #expect(try daemon.call(DictionariesList.self).dictionaries.count == 1)
    }
}
