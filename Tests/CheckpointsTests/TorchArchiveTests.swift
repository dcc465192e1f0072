import Checkpoints
import Foundation
import Tensors
import Testing

/// The files that Tests/References/torch/make_archives.py wrote.
private enum TorchFixtures {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/torch")

    static func path(_ name: String) -> GuardedPath { .own(root.appending(path: name + ".pt").path) }

    static func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
            .filter { $0.hasSuffix(".pt") }.map { String($0.dropLast(3)) }.sorted()
    }

    /// Why a file is refused, whether it is opened or every tensor of it is read; nil if it is not.
    static func refusal(_ path: GuardedPath) -> TorchArchiveError? {
        do throws(TorchArchiveError) {
            let archive = try TorchArchive(path)
            for entry in archive.entries { _ = try archive.tensor(entry.name) }
            return nil
        } catch {
            return error
        }
    }
}

@Suite struct TorchArchiveTests {
    @Test func `dictionaries of tensors that torch 2.13 saved are read as torch reads them`() throws {
        let expected = try SafetensorsFile(TorchFixtures.root.appending(path: "real/expected.safetensors").path)
        var found: Set<String> = []
        for name in try TorchFixtures.names("real") {
            let archive = try TorchArchive(TorchFixtures.path("real/\(name)"))
            for entry in archive.entries where entry.dtype != .I64 {
                let tensor = try archive.tensor(entry.name), wanted = try expected.tensor("\(name)/\(entry.name)")
                #expect(tensor.shape == wanted.shape && tensor.shape == entry.shape, "\(name)/\(entry.name)")
                // Every conversion to single precision is exact, or torch's own rounding to the nearest.
                #expect(tensor.values.map(\.bitPattern) == wanted.values.map(\.bitPattern), "\(name)/\(entry.name)")
                found.insert("\(name)/\(entry.name)")
            }
        }
        #expect(found == Set(expected.header.tensors.map(\.name)) && found.count == 21)
    }

    @Test func `a tensor of integers is listed, but not read as floats`() throws {
        let archive = try TorchArchive(TorchFixtures.path("real/integers"))
        #expect(archive.entries.map(\.name) == ["steps", "W"] && archive.entries[0].dtype == .I64)
        let error = #expect(throws: TorchArchiveError.self) { _ = try archive.tensor("steps") }
        #expect(error?.reason == .unreadable(tensor: "steps", dtype: .I64))
        #expect(throws: TorchArchiveError.self) { _ = try archive.tensor("W_enc") }
    }

    @Test func `hostile files are refused, each for what it does, and nothing is executed`() throws {
        let names = try TorchFixtures.names("hostile")
        #expect(names == TorchRefusals.words.keys.sorted())
        for name in names {
            guard let error = TorchFixtures.refusal(TorchFixtures.path("hostile/\(name)")) else {
                Issue.record("\(name) was accepted")
                continue
            }
            let words = try #require(TorchRefusals.words[name])
            #expect(error.description.contains(words), "\(name): \(error)")
            #expect(error.description.contains("\(name).pt"), "\(name): \(error)")
        }
        // The command that the pickles would run; see make_archives.py.
        #expect(!FileManager.default.fileExists(atPath: "qklens-executed-a-pickle"))
    }

    @Test func `a file cut anywhere, or with any one byte of what is read changed, is refused or means the same`() throws {
        let path = TorchFixtures.path("real/protocol3").path
        let bytes = try ReadableFile.contents(of: path, limit: 1 << 16)
        let wanted = try TorchArchive(.own(path)).tensor("b")
        let directory = try TemporaryDirectory()
        for count in 0..<bytes.count {
            #expect(TorchFixtures.refusal(.own(try directory.file("cut", Array(bytes[..<count])))) != nil, "\(count) bytes")
        }
        var refused = 0
        for place in bytes.indices {
            var spoilt = bytes
            spoilt[place] ^= 0x20
            let file = GuardedPath.own(try directory.file("spoilt", spoilt))
            if TorchFixtures.refusal(file) != nil {
                refused += 1
            } else {
                // Padding, times and permissions of the archive mean nothing.
                let archive = try TorchArchive(file)
                #expect(try archive.entries.map(\.name) == ["b"] && archive.tensor("b") == wanted, "byte \(place)")
            }
        }
        #expect(refused > 400, "\(refused) of \(bytes.count)")
    }
}
