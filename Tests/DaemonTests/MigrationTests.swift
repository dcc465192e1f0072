import API
import Client
import Foundation
import JSON
import Testing

/// Stores that older versions have written, opened by this one.
///
/// `Fixtures/store-N.mdb.gz` is a backup by the program whose schema was N, with one dictionary, its map and their examples: training of
/// layer 0 of the embedded model with 8 features, 10 steps; 4 steps of the mask; 4 contexts.
@Suite(.timeLimit(.minutes(2))) struct MigrationTests {
    @Test(arguments: [3]) func `everything of an older store is there and can be used`(version: Int) throws {
        let fixture = LiveDaemon.root.appending(path: "Tests/DaemonTests/Fixtures/store-\(version).mdb.gz")
        let daemon = try LiveDaemon(prepare: { home in
            let state = home.appending(path: "state")
            try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
            let gunzip = Process(), file = state.appending(path: "data.mdb")
            try Data().write(to: file)
            gunzip.executableURL = URL(filePath: "/bin/gzip")
            gunzip.arguments = ["-dc", fixture.path]
            gunzip.standardOutput = try FileHandle(forWritingTo: file)
            try gunzip.run()
            gunzip.waitUntilExit()
        })
        #expect(try daemon.call(StoreVerify.self).findings == [])
        #expect(try daemon.call(DictionariesGet.self, ["dictionary": "d1"]).layer == 0)
        #expect(try daemon.call(JobsList.self).jobs.map(\.job) == ["j3", "j2", "j1"])
        #expect(try daemon.call(MapsReport.self, ["map": "m1"]).map == "m1")
        let strongest = try #require(try daemon.call(PairsTop.self, ["map": "m1", "limit": 1]).pairs.first)
        let question: JSON = [
            "map": "m1", "query_feature": .integer(strongest.query_feature), "key_feature": .integer(strongest.key_feature),
        ]
        #expect(try !daemon.call(PairsLookup.self, question).heads.isEmpty)
        #expect(try daemon.call(ExamplesGet.self, ["map": "m1"]).contexts == 4)
        let look = try daemon.call(AttentionExplain.self, ["map": "m1", "text": "Tom gave a book", "destination": -1])
        #expect(look.heads.allSatisfy { abs($0.identity_residual) < 1e-3 })
        let more = try daemon.run(DictionariesTrain.self, JobLifeTests.short)
        #expect(more.job == "j4" && more.state == .finished)
        #expect(daemon.end() == 0)
    }
}
