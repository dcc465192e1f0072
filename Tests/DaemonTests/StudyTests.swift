import API
import Foundation
import JSON
import JSONRPC
import Testing

/// Studies from their start to their deletion.
@Suite(.serialized, .timeLimit(.minutes(3))) struct StudyTests {
    private static let training: JSON = [
        "layers": [0, 1], "d_sae": 96, "steps": 20, "batch_sequences": 4, "held_out_contexts": 2, "k": 4,
    ]

    @Test func `every kind of study finds what it looks for, is kept, listed and deleted`() throws {
        let daemon = try LiveDaemon()
        #expect(try daemon.run(SAEsTrain.self, Self.training).state == .finished)
        func study(_ params: JSON) throws -> StudyInfo {
            let job = try daemon.run(StudiesRun.self, params)
            #expect(job.state == .finished, "\(job)")
            return try daemon.call(StudiesGet.self, ["study": .string(try #require(job.result?.study))])
        }
        let families = try study(["kind": "families", "saes": ["s1", "s2"], "contexts": 2, "limit": 5])
        let counts = try #require(families.findings?.families)
        #expect(counts.map(\.layer) == [0, 1] && counts.allSatisfy { $0.tokens == 256 && $0.live > 5 })
        #expect(counts.allSatisfy { $0.first + $0.induction + $0.local + $0.long_range <= $0.live })
        #expect(families.findings?.features?.count == 10 && families.settings["local_distance"] == 4)

        let heads = try study(["kind": "polysemanticity", "saes": ["s2"], "contexts": 2, "top_features": 6])
        let found = try #require(heads.findings?.heads)
        #expect(found.count == 4 && found.allSatisfy { $0.features.count == 6 && $0.layer == 1 })
        #expect(found.allSatisfy { Set($0.groups.joined()).isSubset(of: Set($0.features)) && $0.groups.count == $0.pieces.count })
        #expect(found.allSatisfy { $0.shares == $0.shares.sorted(by: >) })

        let answers = try study(
            ["kind": "answers", "saes": ["s1", "s2"], "task": "indirect_object", "count": 6, "limit": 2, "replacement": " or"])
        let features = try #require(answers.findings?.answers)
        #expect(features.count == 8 && answers.findings?.prompts == 6 && answers.findings?.errors?.count == 4)
        #expect(answers.findings?.changed_prompts == 6 && features.allSatisfy { $0.changed_prompts != nil })
        #expect(features.allSatisfy { $0.sources.first?.place == $0.points_to && $0.prompts > 0 })

        let prefixes = try study(["kind": "prefixes", "samples": 20, "length": 40, "longest": 3])
        let scores = try #require(prefixes.findings?.prefixes)
        #expect(scores.count == 16 && scores.allSatisfy { $0.scores.count == 3 && $0.scores.allSatisfy { $0 >= 0 && $0 <= 1 } })
        // The demo model repeats words of its own world, not random tokens: few of its heads, if any, reach the least score.
        #expect(scores.allSatisfy { ($0.needs == nil) == ($0.scores.allSatisfy { $0 < 0.1 }) })
        // The same seed, the same numbers.
        #expect(try study(["kind": "prefixes", "samples": 20, "length": 40, "longest": 3]).findings == prefixes.findings)

        let list = try daemon.call(StudiesList.self).studies
        #expect(list.map(\.kind) == [.prefixes, .prefixes, .answers, .polysemanticity, .families])
        #expect(list.allSatisfy { $0.findings == nil })
        _ = try daemon.call(StudiesDelete.self, ["study": .string(answers.study)])
        #expect(try daemon.error("studies.get", ["study": .string(answers.study)]).kind == "study_not_found")
        #expect(try daemon.call(StudiesList.self).studies.count == 4 && daemon.call(StoreVerify.self).sound)
        #expect(daemon.end() == 0)
    }

    @Test func `a study survives kill -9 of its worker, and finds the same`() throws {
        func findings(_ event: String?) throws -> StudyFindings? {
            let marker = NSTemporaryDirectory() + "qklens-killed-\(UUID().uuidString.prefix(8))"
            defer { try? FileManager.default.removeItem(atPath: marker) }
            let daemon = try LiveDaemon([], environment: event.map { ["QKLENS_KILL_AT": "\($0):\(marker)"] } ?? [:])
            let job = try daemon.run(StudiesRun.self, ["kind": "prefixes", "samples": 40, "length": 24, "longest": 2])
            #expect(job.state == .finished && job.attempts == (event == nil ? 1 : 2), "\(job)")
            return try daemon.call(StudiesGet.self, ["study": .string(job.result?.study ?? "")]).findings
        }
        let undisturbed = try findings(nil)
        #expect(undisturbed?.prefixes?.count == 16)
        for event in ["study:3", "before-publication:1"] { #expect(try findings(event) == undisturbed, "\(event)") }
    }

    @Test func `what cannot be studied is refused before anything is queued`() throws {
        let daemon = try LiveDaemon()
        #expect(try daemon.run(SAEsTrain.self, Self.training.with("site", "attn_out").with("layers", [1])).state == .finished)
        let method = "studies.run"
        #expect(try daemon.error(method, ["kind": "families", "saes": ["s9"]]).kind == "sae_not_found")
        #expect(try daemon.error(method, ["kind": "families", "saes": ["s1"]]).kind == "sae_unsuited")
        for params: JSON in [
            ["kind": "families"], ["kind": "prefixes", "saes": ["s1"]], ["kind": "prefixes", "length": 12, "longest": 6],
            ["kind": "dreams"],
        ] { #expect(try daemon.error(method, params).code == -32602, "\(params)") }
        #expect(try daemon.error(method, ["kind": "prefixes", "length": 1024]).kind == "text_too_long")
        #expect(try daemon.call(StudiesRun.self, ["kind": "prefixes", "dry_run": true]).job == nil)
        #expect(try daemon.call(JobsList.self).jobs.count == 1 && daemon.end() == 0)
    }
}
