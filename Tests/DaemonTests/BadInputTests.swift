import API
import Foundation
import JSON
import JSONRPC
import Testing

/// What is wrong is named with its value, and the daemon answers the next request.
@Suite(.timeLimit(.minutes(3))) struct BadInputTests {
    /// Method, parameters, the kind, and a part of the message.
    static let table: [(String, JSON, String, String)] = [
        ("models.lsit", [:], "method_not_found", "models.list"),
        ("attention.pattern", ["text": "a", "layer": -1], "invalid_params", "layer"),
        ("attention.pattern", ["text": "a", "layer": 4], "layer_out_of_range", "layer 4"),
        ("attention.pattern", ["text": "a", "layer": 1.5], "invalid_params", "layer"),
        ("attention.pattern", ["text": "a", "layer": "0"], "invalid_params", "layer"),
        ("attention.pattern", ["text": "a", "layer": 0, "heads": [4]], "head_out_of_range", "head 4"),
        ("attention.pattern", ["text": "a"], "invalid_params", "layer"),
        ("attention.pattern", ["text": "a", "layer": 0, "haeds": [1]], "invalid_params", "heads"),
        ("tokens.predict", ["text": "a", "position": 9], "position_out_of_range", "position 9"),
        ("tokens.predict", ["text": "", "prepend_bos": false], "text_empty", "no tokens"),
        ("tokens.predict", [:], "invalid_params", "exactly one"),
        ("tokens.predict", ["text": "a", "tokens": [1]], "invalid_params", "exactly one"),
        ("tokens.predict", ["tokens": [-1]], "token_out_of_range", "token -1"),
        ("tokens.predict", ["tokens": [1024]], "token_out_of_range", "token 1024"),
        ("tokens.predict", ["tokens": [2_147_483_648]], "token_out_of_range", "2147483648"),
        ("tokens.predict", ["text": "a", "top_k": 0], "invalid_params", "top_k"),
        ("tokens.predict", ["text": .string(String(repeating: "word ", count: 500))], "text_too_long", "128"),
        ("tokens.decode", ["tokens": [5000]], "token_out_of_range", "token 5000"),
        ("activations.capture", ["text": "a", "names": ["blocks.0.hook_nothing"]], "unknown_activation", "hook_nothing"),
        ("activations.capture", ["text": "a", "names": ["../../etc/shadow"]], "unknown_activation", "etc/shadow"),
        ("activations.capture", ["text": "a", "names": ["blocks.9.hook_resid_pre"]], "layer_out_of_range", "layer 9"),
        ("models.load", ["path": "models/gpt2"], "path_refused", "models/gpt2"),
        ("models.load", ["path": "/nonexistent/gpt2"], "model_unreadable", "/nonexistent/gpt2"),
        ("models.get", ["model": "gpt9"], "model_not_found", "gpt9"),
        ("models.unload", ["model": "demo-4l"], "permission_denied", "demo-4l"),
        ("dictionaries.train", ["layers": [0], "d_sae_query": [0]], "invalid_params", "d_sae_query"),
        ("dictionaries.train", ["layers": [0], "learning_rate": 0], "invalid_params", "learning_rate"),
        ("dictionaries.train", ["layers": [0], "steps": 0], "invalid_params", "steps"),
        ("dictionaries.train", ["layers": [0, 1, 0]], "invalid_params", "layers names something twice"),
        ("dictionaries.train", ["layers": [0], "seeds": [3, 3]], "invalid_params", "seeds names something twice"),
        ("dictionaries.train", ["layers": [0], "d_sae_query": [8, 8]], "invalid_params", "d_sae_query names something twice"),
        ("dictionaries.train", ["layers": [0], "d_sae_query": [8, 9], "d_sae_key": [8]], "invalid_params", "d_sae_key names 1"),
        ("dictionaries.train", ["layers": [0], "activation": "topk", "k": 600], "invalid_params", "k is 600"),
        ("dictionaries.train", ["layers": [0], "activation": "topk", "penalty": "l1"], "invalid_params", "penalty is for"),
        (
            "dictionaries.train",
            [
                "layers": [0, 1, 2, 3], "seeds": .array((0..<64).map { .integer($0) }),
                "d_sae_query": .array((0..<64).map { .integer(65_536 - $0) }),
            ], "out_of_memory", "MiB"
        ),
        ("dictionaries.train", ["layers": [4]], "layer_out_of_range", "layer 4"),
        ("dictionaries.train", ["layers": [0], "context": 200], "text_too_long", "context 200"),
        ("dictionaries.train", ["layers": [0], "corpus": "/nonexistent/text.txt"], "file_not_found", "/nonexistent/text.txt"),
        ("dictionaries.train", ["layers": [0], "corpus": "text.txt"], "path_refused", "text.txt"),
        ("dictionaries.train", ["layers": [0], "corpus": "/dev/zero"], "path_refused", ".jsonl"),
        ("dictionaries.train", ["layers": [0], "held_out_contexts": 100_000], "text_empty", "100016"),
        ("dictionaries.get", ["dictionary": "d7"], "dictionary_not_found", "d7"),
        ("maps.train", ["dictionary": "d7"], "dictionary_not_found", "d7"),
        ("maps.get", ["map": "m7"], "map_not_found", "m7"),
        ("pairs.lookup", ["map": "m7", "query_feature": 0, "key_feature": 0], "map_not_found", "m7"),
        ("attention.explain", ["text": "a", "head": 0], "dictionary_not_found", "map"),
        ("attention.pattern", ["text": "a", "layer": 0, "heads": [1, 1]], "invalid_params", "stands twice"),
        ("maps.report", ["map": "m7"], "map_not_found", "m7"),
        ("interventions.run", ["edits": [["target": "head"]], "text": "a"], "invalid_params", "layer"),
        ("tasks.run", ["task": "nothing"], "task_not_found", "nothing"),
        ("jobs.get", ["job": "j7"], "job_not_found", "j7"),
        ("jobs.cancel", ["job": "j7"], "job_not_found", "j7"),
        ("jobs.list", ["cursor": "x"], "cursor_invalid", "x"),
    ]

    @Test func `each wrong parameter has its own error, and the next request is answered`() throws {
        let daemon = try LiveDaemon()
        for (method, params, kind, part) in Self.table {
            let error = try daemon.error(method, params)
            #expect(error.kind == kind, "\(method) \(params.text().prefix(100)): \(error)")
            #expect(error.message.contains(part), "\(method) \(params.text().prefix(100)): \(error.message)")
            _ = try daemon.call(SystemPing.self)
        }
    }

    @Test func `a spoilt model directory is refused with what is wrong in it`() throws {
        let daemon = try LiveDaemon()
        func refused(_ name: String, _ kind: String, _ part: String, _ spoil: (URL) throws -> Void) throws {
            let copy = try daemon.copyOfModel(name)
            try spoil(copy)
            let error = try daemon.error("models.load", ["path": .string(copy.path)])
            #expect(error.kind == kind && error.message.contains(part), "\(name): \(error)")
            _ = try daemon.call(SystemPing.self)
        }
        let weights = try Data(contentsOf: LiveDaemon.embeddedModel.appending(path: "model.safetensors"))
        func header(_ change: (String) -> String) throws -> Data {
            let length = weights.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            let text = try #require(String(data: weights[8..<8 + length], encoding: .utf8))
            let changed = Data(change(text).utf8)
            let size = Data((0..<8).map { UInt8(truncatingIfNeeded: changed.count >> (8 * $0)) })
            return size + changed + weights[(8 + length)...]
        }
        try refused("truncated", "model_unreadable", "model.safetensors") {
            try weights.prefix(weights.count / 2).write(to: $0.appending(path: "model.safetensors"))
        }
        try refused("garbage", "model_unreadable", "model.safetensors") {
            try Data(repeating: 255, count: 64).write(to: $0.appending(path: "model.safetensors"))
        }
        try refused("renamed", "model_unreadable", "wtx.weight") {
            try header { $0.replacingOccurrences(of: "wte.weight", with: "wtx.weight") }.write(
                to: $0.appending(path: "model.safetensors"))
        }
        try refused("misshapen", "model_unreadable", "[128, 1024]") {
            try header { $0.replacingOccurrences(of: "[1024,128]", with: "[128,1024]") }.write(
                to: $0.appending(path: "model.safetensors"))
        }
        try refused("weightless", "model_unreadable", "model.safetensors") {
            try FileManager.default.removeItem(at: $0.appending(path: "model.safetensors"))
        }
        try refused("tokenless", "tokenizer_unreadable", "vocab.json") {
            try FileManager.default.removeItem(at: $0.appending(path: "vocab.json"))
        }
        try refused("rotary", "model_unsupported", "rope_theta") { copy in
            let path = copy.appending(path: "config.json")
            let text = try String(contentsOf: path, encoding: .utf8)
            try text.replacingOccurrences(of: "{\n", with: "{\n\"rope_theta\": 10000,\n").write(
                to: path, atomically: true, encoding: .utf8)
        }
    }

    @Test func `a dictionary of another model is refused`() throws {
        let daemon = try LiveDaemon()
        let other = try daemon.copyOfModel("other")
        let path = other.appending(path: "model.safetensors")
        var weights = try Data(contentsOf: path)
        // One bit of one weight (the last byte is the upper half of the last F16 number) makes another model.
        weights[weights.count - 1] ^= 1
        try weights.write(to: path)
        _ = try daemon.call(ModelsLoad.self, ["path": .string(other.path)])
        let job = try daemon.run(
            DictionariesTrain.self, ["layers": [0], "d_sae_query": [8], "steps": 2, "batch_sequences": 2, "held_out_contexts": 1])
        #expect(job.state == .finished)
        let error = try daemon.error("attention.explain", ["text": "When John", "dictionary": "d1", "head": 0, "model": "other"])
        #expect(error.kind == "dictionary_model_mismatch" && error.message.contains("other"))
        #expect(
            try daemon.error("attention.explain", ["text": "When John", "dictionary": "d1", "head": 0, "layer": 2]).kind
                == "layer_out_of_range")
        #expect(
            try daemon.error("features.examples", ["dictionary": "d1", "side": "key", "features": [8]]).kind
                == "feature_out_of_range")
        #expect(
            try daemon.error(
                "attention.explain", ["text": "When John", "dictionary": "d1", "head": 0, "destination": 1, "source": 2]
            ).kind
                == "position_out_of_range")
    }
}
