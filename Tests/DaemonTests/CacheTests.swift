import API
import Foundation
import JSON
import JSONRPC
import Store
import Testing

/// Activation caches from the call to the disk.
@Suite(.serialized, .timeLimit(.minutes(3))) struct CacheTests {
    /// Two activations of some hundred contexts, in batches that do not fit the cache's blocks.
    static let creation: JSON = [
        "activations": ["blocks.1.ln1.hook_x", "blocks.0.attn.hook_q"], "contexts": 150, "context": 96, "batch_sequences": 7,
    ]

    /// What a cache holds, bit for bit.
    static func contents(_ info: CacheInfo) throws -> [[UInt8]] {
        let cache = try ActivationCache(directory: info.path)
        #expect(cache.sequences == info.contexts && cache.shape.T == info.context && cache.fileBytes == info.disk_bytes)
        #expect(try cache.verify().findings.isEmpty)
        return try info.activations.indices.flatMap { activation in
            try (0..<cache.sequences).map { sequence in
                try cache.withBytes(activation, sequence: sequence) { bytes in bytes.indices.map { bytes[$0] } }
            }
        }
    }

    static func made(_ daemon: LiveDaemon, attempts: Int, _ params: JSON = creation) throws -> CacheInfo {
        let job = try daemon.run(CachesCreate.self, params)
        #expect(job.state == .finished && job.attempts == attempts, "\(job)")
        let info = try daemon.call(CachesGet.self, ["cache": .string(try #require(job.result?.cache))])
        // The queue answers in turn: after this, it is done with the job's files.
        _ = try daemon.call(JobsGet.self, ["job": .string(job.job)])
        let state = daemon.home.appending(path: "state").path
        #expect(info.path == "\(state)/caches/c\(job.job.dropFirst())" && info.job == job.job)
        #expect(try FileManager.default.contentsOfDirectory(atPath: state + "/caches") == [info.cache])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(state)/jobs/\(job.job)") == [])
        return info
    }

    static let undisturbed = Result {
        let daemon = try LiveDaemon()
        // The daemon's directory goes with it.
        return try withExtendedLifetime(daemon) { try contents(made(daemon, attempts: 1)) }
    }

    @Test func `a cache holds what activations_capture returns, and can be listed and deleted`() throws {
        let daemon = try LiveDaemon()
        let estimate = try daemon.call(CachesCreate.self, .object(with("dry_run", true))).estimate
        #expect(estimate.tokens == 150 * 96 && estimate.steps == 22)
        let info = try Self.made(daemon, attempts: 1, .object(with("dtype", "float32")))
        #expect(info.activations.map(\.width) == [128, 128] && info.contexts == 150 && info.owner_uid == Int(getuid()))
        let exact = try daemon.call(CachesCreate.self, .object(with("dtype", "float32", "dry_run", true))).estimate.disk_bytes
        // Free pages between the first commits and the last: a few.
        #expect(abs(exact - info.disk_bytes) <= 16 * 4096, "\(exact) estimated, \(info.disk_bytes) used")
        // The first context is the first document's, after BOS.
        let text = try String(contentsOf: LiveDaemon.embeddedModel.appending(path: "corpus.txt"), encoding: .utf8)
        let first = text.prefix(4000).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var tokens: [Int] = []
        let bos = try daemon.call(TokensEncode.self, ["text": "", "prepend_bos": true]).tokens
        for line in first where tokens.count < 96 {
            tokens += bos + (try daemon.call(TokensEncode.self, ["text": .string(line), "prepend_bos": false]).tokens)
        }
        let captured = try daemon.call(
            ActivationsCapture.self,
            [
                "tokens": .array(tokens.prefix(96).map { .integer($0) }), "prepend_bos": false,
                "names": ["blocks.1.ln1.hook_x", "blocks.0.attn.hook_q"],
            ])
        let cache = try ActivationCache(directory: info.path)
        for (number, activation) in captured.activations.enumerated() {
            let expected = (activation.values ?? []).numbers.map { Float($0) }
            let found = try cache.withBytes(number, sequence: 0) { bytes in
                stride(from: 0, to: bytes.count, by: 4).map { place in
                    Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << (8 * $1) })
                }
            }
            #expect(found.count == expected.count)
            // A batch of seven and a batch of one may be summed in another order: rounding of sums of 128 products.
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 2e-5 * max(1, abs($1)) }, "\(activation.name)")
        }
        #expect(try daemon.call(CachesList.self).caches == [info])
        #expect(try daemon.call(CachesList.self, ["model": "other"]).caches.isEmpty)
        #expect(try daemon.call(CachesDelete.self, ["cache": .string(info.cache)]).freed_bytes == info.disk_bytes)
        #expect(try daemon.error("caches.get", ["cache": .string(info.cache)]).kind == "cache_not_found")
        #expect(!FileManager.default.fileExists(atPath: info.path))
        withExtendedLifetime(daemon) {}
    }

    @Test(arguments: [
        "progress:1", "cache-committed:1", "cache-committed:2", "cache-before-finish:1", "cache-before-move:1",
        "cache-after-move:1", "before-publication:1",
    ])
    func `a worker killed at an event leaves no trace in the cache`(_ event: String) throws {
        let marker = NSTemporaryDirectory() + "qklens-killed-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: marker) }
        let daemon = try LiveDaemon(environment: ["QKLENS_KILL_AT": "\(event):\(marker)"])
        let contents = try withExtendedLifetime(daemon) { try Self.contents(Self.made(daemon, attempts: 2)) }
        #expect(FileManager.default.fileExists(atPath: marker), "the worker never came to \(event)")
        #expect(try contents == Self.undisturbed.get())
    }

    @Test func `a cancelled job leaves nothing, and what was never published is removed at the next start`() throws {
        let daemon = try LiveDaemon()
        let params: JSON = ["activations": ["blocks.0.hook_resid_pre"], "context": 8, "batch_sequences": 1]
        let job = try #require(try daemon.call(CachesCreate.self, params).job)
        try JobLifeTests().follow(daemon, job.job) { $0.progress?.stage == "cache" }
        #expect(try daemon.call(JobsCancel.self, ["job": .string(job.job)]).state == .cancelled)
        let state = daemon.home.appending(path: "state")
        #expect(try FileManager.default.contentsOfDirectory(atPath: state.appending(path: "jobs/\(job.job)").path) == [])
        #expect(daemon.end() == 0)
        // As a worker leaves it that is killed between moving and publishing, its job cancelled afterwards.
        let stale = state.appending(path: "caches/c\(job.job.dropFirst())")
        try FileManager.default.createDirectory(at: stale, withIntermediateDirectories: true)
        try Data([1]).write(to: stale.appending(path: "data.mdb"))
        try daemon.start()
        #expect(!FileManager.default.fileExists(atPath: stale.path))
        #expect(try daemon.call(CachesList.self).caches.isEmpty)
    }

    @Test func `the command creates, lists, shows and deletes caches`() throws {
        let daemon = try LiveDaemon()
        func run(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
            let run = try Run("qklens", ["caches"] + arguments + ["--socket", daemon.socket])
            return (run.status, String(decoding: run.output, as: UTF8.self), run.errors)
        }
        let made = try run("create", "blocks.0.hook_resid_pre", "--contexts", "12", "--context", "16")
        #expect(made.status == 0 && made.output.contains("12 of 16 tokens"), "\(made.output) \(made.errors)")
        #expect(try run("list").output.contains("blocks.0.hook_resid_pre"))
        #expect(try run("show", "c1").output.contains("float16"))
        #expect(try run("delete", "c1").output.contains("c1 deleted"))
        let gone = try run("show", "c1")
        #expect(gone.status == 1 && gone.errors.contains("no activation cache 'c1'"))
    }

    @Test func `wrong parameters are named`() throws {
        let daemon = try LiveDaemon()
        for (params, kind, part): (JSON, String, String) in [
            (["activations": ["blocks.0.hook_nothing"]], "unknown_activation", "hook_nothing"),
            (["activations": ["blocks.4.hook_resid_pre"]], "layer_out_of_range", "layer 4"),
            (["activations": ["blocks.0.attn.hook_pattern"]], "invalid_params", "one row per position"),
            (["activations": ["hook_embed", "hook_embed"]], "invalid_params", "twice"),
            (["activations": []], "invalid_params", "activations"),
            (["activations": ["hook_embed"], "context": 129], "text_too_long", "context 129"),
            (["activations": ["hook_embed"], "dtype": "float8"], "invalid_params", "dtype"),
            (["activations": ["hook_embed"], "corpus": "/x/text.parquet"], "path_refused", ".jsonl"),
        ] {
            let error = try daemon.error("caches.create", params)
            #expect(error.kind == kind && error.message.contains(part), "\(params.text()): \(error)")
        }
        #expect(try daemon.error("caches.delete", ["cache": "c9"]).kind == "cache_not_found")
        #expect(try daemon.call(JobsList.self).jobs.isEmpty)
    }

    /// The job's parameters with some others.
    private func with(_ pairs: JSON...) -> JSONObject {
        var object = Self.creation.object ?? [:]
        for place in stride(from: 0, to: pairs.count, by: 2) { object[pairs[place].string ?? ""] = pairs[place + 1] }
        return object
    }
}

extension JSON {
    /// The numbers in nested lists, in order.
    fileprivate var numbers: [Double] {
        if let array { return array.flatMap(\.numbers) }
        return number.map { [$0] } ?? []
    }
}
