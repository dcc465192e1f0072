import API
import Client
import Foundation
import JSON
import Testing

/// A record is damaged: the service starts, says which, and its advice can be followed.
@Suite(.timeLimit(.minutes(3))) struct DamageTests {
    /// What to damage, by bytes that stand in it alone, and the call that the advice comes to.
    static let cases: [(marked: String, table: String, key: String, mending: (method: String, params: JSON))] = [
        (#""kind":"dictionaries.train""#, "jobs", "j1", ("jobs.delete", ["job": "j1"])),
        (#""dictionary":"d1","fingerprint""#, "dictionaries", "d1", ("dictionaries.delete", ["dictionary": "d1"])),
        (#""map":"m1","dictionary""#, "maps", "m1", ("maps.delete", ["map": "m1"])),
        (#""model":"other""#, "models", "other", ("models.unload", ["model": "other"])),
    ]

    @Test func `each kind of record, and what verify advises`() throws {
        let daemon = try LiveDaemon()
        #expect(try daemon.run(DictionariesTrain.self, ExportTests.training).state == .finished)
        #expect(try daemon.run(MapsTrain.self, ["dictionary": "d1", "steps": 4]).state == .finished)
        let model = JSON.string(try daemon.copyOfModel("other").path)
        #expect(try daemon.call(ModelsLoad.self, ["path": model]).model == "other")
        #expect(daemon.end() == 0)
        let state = daemon.home.appending(path: "state/data.mdb"), sound = try Data(contentsOf: state)
        for (marked, table, key, mending) in Self.cases {
            var bytes = sound, from = bytes.startIndex
            // The engine may keep older copies of a page: all of them are damaged.
            while let range = bytes.range(of: Data(marked.utf8), in: from..<bytes.endIndex) {
                bytes[range.lowerBound + 1] ^= 1
                from = range.upperBound
            }
            #expect(from > bytes.startIndex, "\(marked) is nowhere")
            try bytes.write(to: state)
            try daemon.start()
            let report = try daemon.call(StoreVerify.self)
            let finding = try #require(report.findings.first { $0.table == table && $0.key == key }, "\(marked): \(report)")
            #expect(finding.advice.contains("delete") || finding.advice.contains("load"), "\(finding)")
            _ = try daemon.client().call(mending.method, mending.params, timeout: .seconds(60))
            let left = try daemon.call(StoreVerify.self).findings
            #expect(!left.contains { $0.table == table && $0.key == key }, "\(table): \(left)")
            #expect(daemon.end() == 0)
        }
    }

    @Test(arguments: [#"exec "$@" 2>/dev/full"#, #"exec "$@" 2> >(exit 0)"#])
    func `a log that nobody takes stops nothing`(shell: String) throws {
        guard let bash = LiveDaemon.path(of: "bash") else { return print("left out: there is no bash") }
        let daemon = try LiveDaemon(["--log-level", "debug"], under: [bash, "-c", shell, "bash"])
        for _ in 0..<50 { #expect(try daemon.call(ModelsList.self).models.count == 1) }
        #expect(daemon.end() == 0)
    }
}
